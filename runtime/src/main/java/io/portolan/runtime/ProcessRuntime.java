package io.portolan.runtime;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.portolan.model.controller.ControllerKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Runs controllers as processes of this machine. Thread-safe.
 *
 * <p>Processes listen on the loopback address, on a port that they are told by {@code PORT}. They end with the node: by a signal of the
 * kernel where {@code setpriv} is installed, and by the end of their standard input; what outlives a node all the same is ended by the
 * next one on the same folder, which knows it by process id and start time.
 */
public final class ProcessRuntime implements ControllerRuntime {
    private final ProcessHost host;
    private final Thread secretsThread;

    @GuardedBy("lock")
    private final Map<ControllerId, ProcessController> controllers = new HashMap<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition quiet = lock.newCondition();
    private volatile Map<ControllerId, ControllerStatus> states = Map.of();
    private volatile Runnable told = () -> {};
    private volatile boolean closed;

    private ProcessRuntime(ProcessHost host) {
        this.host = host;
        this.secretsThread = Threads.start("controller-secrets", this::watchSecrets);
    }

    /**
     * Opens the runtime on its folder; ends what an earlier node left running there.
     *
     * @param content where files come from
     * @param secrets the region's secrets, looked at again and again
     * @param calls   who knows of calls in progress
     * @throws UncheckedIOException when the folder cannot be used
     */
    public static ProcessRuntime open(
            ProcessSettings settings, ContentSource content, Secrets secrets, OpenCalls calls, InstantSource clock) {
        try {
            return new ProcessRuntime(new ProcessHost(settings, content, secrets, calls, clock));
        } catch (IOException e) {
            throw new UncheckedIOException("opening the controllers' folder " + settings.folder(), e);
        }
    }

    @Override
    public boolean takes(ControllerKind kind) {
        return kind == ControllerKind.PROCESS;
    }

    @Override
    public void ensure(ControllerInstance wanted) {
        for (var controller = known(wanted); controller.isPresent(); controller = known(wanted)) {
            if (controller.get().ensure(wanted)) {
                return;
            }
        }
    }

    /** The controller, a new one where there is none; empty when the runtime is closed. */
    private Optional<ProcessController> known(ControllerInstance wanted) {
        lock.lock();
        try {
            return closed
                    ? Optional.empty()
                    : Optional.of(controllers.computeIfAbsent(
                            wanted.id(), id -> new ProcessController(wanted, host, new Shown())));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void stop(ControllerId id) {
        ProcessController controller;
        lock.lock();
        try {
            controller = controllers.get(id);
        } finally {
            lock.unlock();
        }
        if (controller != null) {
            controller.stop();
        }
    }

    @Override
    public Map<ControllerId, ControllerStatus> states() {
        return states;
    }

    @Override
    public String log(ControllerId id, int mostBytes) throws IOException {
        return host.log(id, mostBytes);
    }

    @Override
    public void whenChanged(Runnable whom) {
        told = whom;
    }

    /** Looks at the secrets now instead of at the next turn. */
    public void secretsChanged() {
        for (var controller : all()) {
            controller.lookAtSecrets();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        secretsThread.interrupt();
        all().forEach(ProcessController::hurry);
        awaitQuiet(host.settings().grace().multipliedBy(2).plusSeconds(5));
        host.close();
    }

    private void awaitQuiet(Duration longest) {
        lock.lock();
        try {
            long left = longest.toNanos();
            while (!controllers.isEmpty() && left > 0) {
                left = quiet.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    private Iterable<ProcessController> all() {
        lock.lock();
        try {
            return java.util.List.copyOf(controllers.values());
        } finally {
            lock.unlock();
        }
    }

    private void watchSecrets() {
        try {
            while (!closed) {
                TimeUnit.NANOSECONDS.sleep(host.settings().secretsEvery().toNanos());
                secretsChanged();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Puts what controllers say in place; called with their lock held, so it takes none of theirs. */
    private final class Shown implements ProcessController.Publisher {
        @Override
        public void show(ControllerStatus status) {
            lock.lock();
            try {
                var next = new TreeMap<>(states);
                if (!status.equals(next.put(status.id(), status))) {
                    states = java.util.Collections.unmodifiableMap(next);
                }
            } finally {
                lock.unlock();
            }
            told.run();
        }

        @Override
        public void gone(ControllerId id) {
            lock.lock();
            try {
                var next = new TreeMap<>(states);
                next.remove(id);
                states = java.util.Collections.unmodifiableMap(next);
                controllers.remove(id);
                quiet.signalAll();
            } finally {
                lock.unlock();
            }
            host.forgetLogs(id.extension(), states.keySet());
            told.run();
        }
    }
}
