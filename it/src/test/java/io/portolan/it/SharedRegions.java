package io.portolan.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Six regions and a browser that classes of tests share, with real bundles in them: publishing these is most of what such a class costs.
 * Each bundle is deployed when it is first asked for. Classes leave the regions running and the delivery as they found it. One thread at a
 * time.
 *
 * <p>They belong to the session: Surefire runs each class that a process is handed as a plan of its own, and what belongs to the root of
 * that ends with the class. A development world does, since its processes cost more while they stand idle than when they are started again.
 */
final class SharedRegions implements BeforeAllCallback {
    private Optional<World> world = Optional.empty();

    @Override
    public void beforeAll(ExtensionContext context) {
        world = Optional.of(context.getStore(
                        ExtensionContext.StoreScope.LAUNCHER_SESSION,
                        ExtensionContext.Namespace.create(SharedRegions.class))
                .computeIfAbsent("world", key -> new World(), World.class));
    }

    InProcessWorld regions() throws IOException {
        return world.orElseThrow().regions();
    }

    Chromium chromium() {
        return world.orElseThrow().chromium();
    }

    /** A folder that is removed at the end. */
    Path folder() throws IOException {
        return world.orElseThrow().folder();
    }

    /** The folder that a bundle was published from; deploys it at the first call. */
    Path deployed(Bundle bundle) throws Exception {
        return world.orElseThrow().deployed(bundle);
    }

    /** Ends with the test run. */
    private static final class World implements AutoCloseable {
        private final Map<String, Path> sources = new HashMap<>();
        private Optional<Path> folder = Optional.empty();
        private Optional<InProcessWorld> regions = Optional.empty();
        private Optional<Chromium> chromium = Optional.empty();

        Path folder() throws IOException {
            if (folder.isEmpty()) {
                folder = Optional.of(Files.createTempDirectory("regions"));
            }
            return folder.get();
        }

        InProcessWorld regions() throws IOException {
            if (regions.isEmpty()) {
                regions = Optional.of(new InProcessWorld(folder().resolve("world")));
            }
            return regions.get();
        }

        Chromium chromium() {
            if (chromium.isEmpty()) {
                chromium = Optional.of(new Chromium());
            }
            return chromium.get();
        }

        Path deployed(Bundle bundle) throws Exception {
            var present = sources.get(bundle.route());
            if (present != null) {
                return present;
            }
            var source = bundle.assemble(folder().resolve("source").resolve(bundle.route()));
            regions().rest().register(bundle.extension(), bundle.route());
            regions().deploy(bundle.extension(), bundle.version(), source);
            sources.put(bundle.route(), source);
            return source;
        }

        @Override
        public void close() throws IOException {
            chromium.ifPresent(Chromium::close);
            regions.ifPresent(InProcessWorld::close);
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
