package io.portolan.kubernetes;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Every thread of this module is made here: named, and what it does not catch is logged. Stateless. */
final class Threads {
    private static final Logger LOG = LoggerFactory.getLogger(Threads.class);

    private Threads() {}

    /** Starts one virtual thread. */
    static Thread start(String name, Runnable task) {
        return Thread.ofVirtual()
                .name(name)
                .uncaughtExceptionHandler((thread, cause) -> LOG.error("thread={} died", thread.getName(), cause))
                .start(task);
    }
}
