package io.portolan.model;

/** Hook called at every {@link FailPoint}. Thread-safe. */
@FunctionalInterface
public interface FailPoints {
    /** Production's: does nothing. */
    FailPoints NONE = point -> {};

    /** Called when the running thread is at the point. */
    void reached(FailPoint point);
}
