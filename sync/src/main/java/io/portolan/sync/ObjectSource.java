package io.portolan.sync;

import io.portolan.model.Digest;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Where the objects of a revision come from: the disk alone, or the disk and then the control plane. */
interface ObjectSource {
    /**
     * The bytes of each object, verified against its digest.
     *
     * @throws RevisionRefused when one is missing, damaged or too large
     */
    Map<Digest, byte[]> read(Collection<Digest> digests) throws IOException, RevisionRefused, InterruptedException;

    /** The bytes of one object; see {@link #read(Collection)}. */
    default byte[] read(Digest digest) throws IOException, RevisionRefused, InterruptedException {
        return read(List.of(digest)).values().iterator().next();
    }

    /** The objects that lie on disk. */
    static ObjectSource of(ReplicaFolder folder) {
        return digests -> {
            var found = new HashMap<Digest, byte[]>();
            for (var digest : digests) {
                found.put(
                        digest,
                        folder.object(digest)
                                .orElseThrow(() -> new RevisionRefused("object " + digest + ": missing or damaged")));
            }
            return found;
        };
    }
}
