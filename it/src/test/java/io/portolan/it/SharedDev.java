package io.portolan.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/**
 * A world that classes of tests share, since starting one is most of what they cost: started when the first needs it, again
 * when one ended it, and ended with the last. Classes keep apart by registering extensions of their own.
 */
final class SharedDev implements BeforeAllCallback, TestWatcher {
    private final String name;
    private final String[] options;
    private Optional<World> world = Optional.empty();

    private SharedDev(String name, String... options) {
        this.name = name;
        this.options = options;
    }

    /** All components in one process. */
    static SharedDev oneProcess() {
        return new SharedDev("one");
    }

    /** A process for each component. */
    static SharedDev processes() {
        // What is to be seen held is held soon; nothing that joins well stands still for so long.
        return new SharedDev("many", "--processes", "--bring-up-timeout", "60s");
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        world = Optional.of(context.getRoot()
                .getStore(ExtensionContext.Namespace.create(SharedDev.class))
                .computeIfAbsent(name, key -> new World(options), World.class));
    }

    @Override
    public void testFailed(ExtensionContext context, @Nullable Throwable cause) {
        world.flatMap(World::known).ifPresent(dev -> System.err.println(context.getDisplayName() + ": " + dev.said()));
    }

    /** The world, running. */
    DevProcess dev() throws IOException {
        return world.orElseThrow().running();
    }

    /** Ends with the test run. */
    private static final class World implements AutoCloseable {
        private final String[] options;
        private final ReentrantLock lock = new ReentrantLock();
        private Optional<Path> folder = Optional.empty();
        private Optional<DevProcess> dev = Optional.empty();

        World(String... options) {
            this.options = options;
        }

        Optional<DevProcess> known() {
            return dev;
        }

        DevProcess running() throws IOException {
            lock.lock();
            try {
                if (dev.isEmpty()) {
                    var made = Files.createTempDirectory("dev");
                    folder = Optional.of(made);
                    dev = Optional.of(DevProcess.start(made, options));
                } else if (!dev.get().isRunning()) {
                    dev.get().startAgain();
                }
                return dev.get();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() throws IOException {
            if (dev.isPresent()) {
                dev.get().close();
            }
            if (folder.isPresent()) {
                try (var all = Files.walk(folder.get())) {
                    for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
                        Files.deleteIfExists(path);
                    }
                }
            }
        }
    }
}
