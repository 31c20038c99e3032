package io.portolan.runtime;

/** How many calls a replica has in progress, open sockets among them: told by whoever makes them. Thread-safe. */
@FunctionalInterface
public interface OpenCalls {
    /** Nobody makes any. */
    OpenCalls NONE = replica -> 0;

    /** Calls in progress of the replica with that id; 0 for one that is not known. */
    int of(String replica);
}
