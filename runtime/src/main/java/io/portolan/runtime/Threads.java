package io.portolan.runtime;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Every thread of runtimes is made here: named, and what it does not catch is logged. Stateless. */
final class Threads {
    private static final Logger LOG = LoggerFactory.getLogger(Threads.class);

    private Threads() {}

    /** Starts one virtual thread. */
    static Thread start(String name, Runnable task) {
        return Thread.ofVirtual()
                .name(name)
                .uncaughtExceptionHandler(Threads::died)
                .start(task);
    }

    /**
     * One platform thread that stays until the executor is closed. Processes are started by it: the kernel ends a child that asks for
     * it when the <em>thread</em> that made it ends, and the threads below virtual ones come and go.
     */
    static ExecutorService lasting(String name) {
        return Executors.newSingleThreadExecutor(Thread.ofPlatform()
                .name(name)
                .daemon()
                .uncaughtExceptionHandler(Threads::died)
                .factory());
    }

    private static void died(Thread thread, Throwable cause) {
        LOG.error("thread={} died", thread.getName(), cause);
    }
}
