package io.portolan.sync;

/** Where a region node gives to other nodes what it holds, below its base URL. Stateless. */
public final class PeerPaths {
    /** The revision in use: the signed envelope as it was received, its digest as entity tag. */
    public static final String REVISION = "/-/revision";
    /** Followed by a hash: a part of a revision. */
    public static final String OBJECTS = "/-/objects/";
    /** Followed by a hash: content. */
    public static final String BLOBS = "/-/blobs/";

    private PeerPaths() {}
}
