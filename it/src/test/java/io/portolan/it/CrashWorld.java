package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.testkit.HaltingFailPoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Control plane and two region nodes of which one component runs as a process that crashes and is started again on the same folder
 * and ports; the others run here. One thread at a time.
 */
final class CrashWorld implements AutoCloseable {
    static final List<String> REGIONS = List.of("westcentralus", "westus");

    private static final long CRASH_LIMIT_SECONDS = 60;

    private final WorldSettings settings;
    private final String victim;
    private final Path errors;
    private final List<AutoCloseable> parts = new ArrayList<>();
    private final List<Prober> probers = new ArrayList<>();
    private final CrashChild first;
    private volatile CrashChild child;
    private CompletableFuture<Integer> crash = new CompletableFuture<>();

    /**
     * Starts it.
     *
     * @param victim component that runs as a process
     * @param others fail points of each of the other components
     */
    CrashWorld(Path folder, String victim, Function<String, FailPoints> others) throws Exception {
        this.settings = WorldSettings.free(folder.resolve("world"), REGIONS);
        this.victim = victim;
        this.errors = folder.resolve("child.log");
        Files.createDirectories(settings.folder());
        // The control plane first: nodes that find it at once need no pause before they ask again.
        if (victim.equals(CrashMain.CONTROL)) {
            first = CrashChild.start(settings, victim, errors);
        } else {
            parts.add(CrashMain.start(settings, CrashMain.CONTROL, others.apply(CrashMain.CONTROL)));
            first = CrashChild.start(settings, victim, errors);
        }
        child = first;
        for (var region : REGIONS) {
            if (!region.equals(victim)) {
                parts.add(CrashMain.start(settings, region, others.apply(region)));
            }
        }
    }

    WorldSettings settings() {
        return settings;
    }

    /** Visits all nodes all the time from now on. */
    void probe(String route, Collection<Release> releases) {
        for (var region : REGIONS) {
            probers.add(new Prober(region, settings.nodeUri(region), route, releases, region.equals(victim)));
        }
    }

    /** Lets the process halt at its next arrival at the point, and be started again once its disk was looked at. */
    void crashAt(FailPoint point) throws Exception {
        first.arm(point.name());
        crash = CompletableFuture.supplyAsync(
                this::revive, command -> Thread.ofVirtual().name("reviver").start(command));
    }

    private int revive() {
        try {
            int code = first.awaitExit();
            try {
                // Its own only: in those of the others, which go on, files come and go under whoever lists them.
                assertDiskIsWhole(victim);
            } finally {
                // What is wrong with it is told by whoever waits for this, and not by a rollout that waits for a node.
                child = CrashChild.start(settings, victim, errors);
            }
            return code;
        } catch (Exception e) {
            throw new IllegalStateException("starting " + victim + " again", e);
        }
    }

    /** Waits until the process has crashed and is up again; fails if it did not halt at its point. */
    void awaitRevived() throws InterruptedException, TimeoutException {
        try {
            assertThat(crash.get(CRASH_LIMIT_SECONDS, TimeUnit.SECONDS))
                    .as("exit code of the process")
                    .isEqualTo(HaltingFailPoints.EXIT_CODE);
        } catch (ExecutionException e) {
            throw new AssertionError(String.valueOf(e.getCause()), e);
        }
    }

    /** Whatever any component has on disk under its final name is whole. */
    void assertDiskIsWhole() throws Exception {
        assertDiskIsWhole(CrashMain.CONTROL);
        for (var region : REGIONS) {
            assertDiskIsWhole(region);
        }
    }

    private void assertDiskIsWhole(String component) throws Exception {
        if (component.equals(CrashMain.CONTROL)) {
            DiskCheck.blobsAreWhole(settings.storeFolder());
        } else {
            DiskCheck.blobsAreWhole(settings.nodeFolder(component).resolve("blobs"));
            DiskCheck.revisionsAreWhole(settings.nodeFolder(component));
        }
    }

    /** No visit found anything wrong, and every node was found right at some. */
    void assertServedWell() {
        assertThat(probers.stream().map(Prober::wrong).flatMap(List::stream)).isEmpty();
        assertThat(probers).allSatisfy(prober -> assertThat(prober.good()).isPositive());
    }

    /** Figures of the visits. */
    String visits() {
        return "visits=" + probers.stream().mapToLong(Prober::good).sum() + " away="
                + probers.stream().mapToLong(Prober::away).sum();
    }

    @Override
    public void close() throws IOException {
        try {
            for (var part :
                    Stream.concat(probers.stream(), parts.reversed().stream()).toList()) {
                part.close();
            }
        } catch (Exception e) {
            throw new IOException("stopping a part of the world", e);
        } finally {
            crash.cancel(true);
            first.close();
            child.close();
        }
    }
}
