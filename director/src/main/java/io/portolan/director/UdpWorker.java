package io.portolan.director;

import java.io.IOException;

/** One socket and the thread that answers on it. Several share a port; the system deals clients out to them. */
interface UdpWorker extends AutoCloseable {
    /** Set explicitly: the system's default overflows under a burst. */
    int RECEIVE_BUFFER_BYTES = 1 << 20;

    /** Answers until closed; the calling thread's only job. */
    void run();

    /** Ends {@link #run()} within a moment. */
    @Override
    void close() throws IOException;
}
