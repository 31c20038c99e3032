package io.portolan.dist;

import java.io.IOException;

/** A part of a running world that can be stopped and started again. One thread at a time. */
interface Component {
    /** Its name, such as {@code node-westus}. */
    String name();

    /** Starts it; returns when it runs. Starting what runs does nothing. */
    void start() throws IOException;

    /** Stops it; returns when it has ended. Stopping what does not run does nothing. */
    void stop();

    boolean isRunning();
}
