package io.portolan.placement.workload;

import java.io.IOException;

/** Gives the files that a workload names. */
@FunctionalInterface
public interface Attachments {
    /** For a workload that came without files, such as over the network: each is refused. */
    Attachments NONE = name -> {
        throw new IOException("files cannot be named here, give the values themselves");
    };

    /** Content of the file, its name relative to the workload. */
    byte[] read(String name) throws IOException;
}
