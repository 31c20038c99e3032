package io.portolan.sync;

import io.portolan.model.Digest;
import java.io.IOException;
import java.util.Optional;

/** Who gives objects of a revision over the wire. Thread-safe. Its name is in {@code toString}. */
interface ObjectOrigin {
    /** An object's bytes, not to be believed; empty if it is not there. */
    Optional<byte[]> object(Digest digest) throws IOException, InterruptedException;
}
