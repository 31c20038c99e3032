package io.portolan.dist;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** The components of a development world, started in order and stopped in reverse. Thread-safe. */
final class DevWorld implements AutoCloseable {
    @GuardedBy("this")
    private final Map<String, Component> components = new LinkedHashMap<>();

    private final Consumer<String> say;
    private final RegionAdder adder;

    @GuardedBy("this")
    private boolean closed;

    /** Makes a region known to the control plane, and the node that will be its. */
    @FunctionalInterface
    interface RegionAdder {
        Component add(String region) throws IOException;

        /** A component was stopped by a person: that of a region that is retired stays so. */
        default void stopped(String component) throws IOException {}
    }

    /** A world that takes no further regions. */
    DevWorld(List<? extends Component> components, Consumer<String> say) {
        this(components, say, region -> {
            throw new IOException("this world takes no further regions");
        });
    }

    /** @param components in start order: the control plane first, then what follows it */
    DevWorld(List<? extends Component> components, Consumer<String> say, RegionAdder adder) {
        this.adder = adder;
        this.say = say;
        components.forEach(component -> this.components.put(component.name(), component));
    }

    /** Starts everything; what started is stopped again when one fails. */
    synchronized void start() throws IOException {
        var all = List.copyOf(components.values());
        try {
            all.getFirst().start();
            // The others need nothing of each other, and each waits for its listener.
            startAll(all.subList(1, all.size()));
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private static void startAll(List<Component> components) throws IOException {
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            var tasks = components.stream()
                    .<Callable<Boolean>>map(component -> () -> {
                        component.start();
                        return true;
                    })
                    .toList();
            var failures = new ArrayList<Throwable>();
            for (var future : executor.invokeAll(tasks)) {
                try {
                    future.get();
                } catch (ExecutionException e) {
                    failures.add(e.getCause() == null ? e : e.getCause());
                }
            }
            if (!failures.isEmpty()) {
                throw new IOException(
                        String.join(
                                "; ",
                                failures.stream()
                                        .map(DevWorld::reason)
                                        .distinct()
                                        .toList()),
                        failures.getFirst());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Answers a line of the socket. */
    synchronized String answer(String line) {
        var words = line.strip().split(" ", -1);
        if (words.length != 2) {
            return "error " + line + " (expected: stop, start or restart and a component, or add-region and a region)";
        }
        if (words[0].equals("add-region")) {
            return closed ? "error the world is ending" : added(words[1]);
        }
        var component = components.get(words[1]);
        if (component == null) {
            return "error component " + words[1] + " (expected: one of " + String.join(", ", components.keySet()) + ")";
        }
        if (closed) {
            return "error the world is ending";
        }
        try {
            switch (words[0]) {
                case "stop" -> {
                    component.stop();
                    adder.stopped(words[1]);
                }
                case "start" -> component.start();
                case "restart" -> {
                    component.stop();
                    component.start();
                }
                default -> {
                    return "error " + words[0] + " (expected: stop, start or restart)";
                }
            }
        } catch (IOException | RuntimeException e) {
            return "error " + words[0] + " " + words[1] + ": " + reason(e).replace('\n', ' ');
        }
        var state = words[1] + (component.isRunning() ? " runs" : " is stopped");
        say.accept(state);
        return "ok " + state;
    }

    private synchronized String added(String region) {
        try {
            var left = components.remove("node-" + region);
            if (left != null) {
                left.stop();
            }
            var component = adder.add(region);
            components.put(component.name(), component);
            component.start();
            say.accept(component.name() + " joins");
            return "ok " + component.name() + " joins";
        } catch (IOException | RuntimeException e) {
            return "error add-region " + region + ": " + reason(e).replace('\n', ' ');
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        for (var component : List.copyOf(components.values()).reversed()) {
            try {
                component.stop();
            } catch (RuntimeException e) {
                // The others must be stopped all the same.
                say.accept(component.name() + ": " + reason(e));
            }
        }
    }

    private static String reason(Throwable e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }
}
