package io.portolan.director;

import io.portolan.model.Digest;
import java.io.IOException;

/** Where latency maps are fetched from. */
@FunctionalInterface
interface MapOrigin {
    /**
     * The bytes of a map, not yet checked.
     *
     * @throws IOException when nobody gives it: worth another try
     */
    byte[] fetch(Digest digest) throws IOException, InterruptedException;
}
