package io.portolan.region;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Every thread of a region node is made here: named, and what it does not catch is logged. Stateless. */
final class Threads {
    private static final Logger LOG = LoggerFactory.getLogger(Threads.class);

    private Threads() {}

    /** Virtual threads, one a task. */
    static ExecutorService virtual(String name) {
        return Executors.newThreadPerTaskExecutor(Thread.ofVirtual()
                .name(name + "-", 0)
                .uncaughtExceptionHandler(Threads::died)
                .factory());
    }

    /** One virtual thread, the tasks one after the other. */
    static ExecutorService single(String name) {
        return Executors.newSingleThreadExecutor(Thread.ofVirtual()
                .name(name)
                .uncaughtExceptionHandler(Threads::died)
                .factory());
    }

    /** Starts one virtual thread. */
    static Thread start(String name, Runnable task) {
        return Thread.ofVirtual()
                .name(name)
                .uncaughtExceptionHandler(Threads::died)
                .start(task);
    }

    /** Platform threads of event loops. */
    static ThreadFactory platform(String name) {
        return Thread.ofPlatform()
                .name(name + "-", 0)
                .daemon()
                .uncaughtExceptionHandler(Threads::died)
                .factory();
    }

    private static void died(Thread thread, Throwable cause) {
        LOG.error("thread={} died", thread.getName(), cause);
    }
}
