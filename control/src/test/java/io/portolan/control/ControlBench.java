package io.portolan.control;

import io.portolan.artifact.PackageWriter;
import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.RolloutState;
import io.portolan.model.Route;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import io.portolan.planner.rollout.Deployment;
import io.portolan.storage.SqliteStateStore;
import io.portolan.storage.Writer;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Figures of the control plane, by {@code bench/engine.sh}: no test of anything. */
@EnabledIfSystemProperty(named = "portolan.bench", matches = "engine")
class ControlBench {
    private static final int REGIONS = Integer.getInteger("portolan.bench.regions", 60);
    private static final int EXTENSIONS = Integer.getInteger("portolan.bench.extensions", 1000);
    private static final int AT_REST = Integer.getInteger("portolan.bench.at-rest", 5000);
    private static final int SAMPLES = Integer.getInteger("portolan.bench.samples", 60);
    /** How long each part may take: what is not done by then is said to be missing, and the figures are of what is. */
    private static final Duration PART = Duration.ofSeconds(Integer.getInteger("portolan.bench.seconds", 120));

    /** So long without a new revision: nothing of what went before is under way any more. */
    private static final Duration REST = Duration.ofSeconds(2);

    private static final InstantSource CLOCK = InstantSource.system();

    /** How much of a part's time has gone. */
    private final Instant began = CLOCK.instant();

    private boolean isOver(double share) {
        return CLOCK.instant().isAfter(began.plusMillis((long) (PART.toMillis() * share)));
    }

    @TempDir
    private Path folder;

    private static void print(String what, Object... values) {
        System.out.println("bench: " + String.format(what, values));
    }

    private static String percentiles(List<Long> millis) {
        if (millis.isEmpty()) {
            return "MISSING: not one within the time limit";
        }
        var sorted = millis.stream().sorted().toList();
        return "p50 " + at(sorted, 0.5) + " ms, p99 " + at(sorted, 0.99) + " ms, most " + sorted.getLast() + " ms ("
                + sorted.size() + ")";
    }

    private static long at(List<Long> sorted, double share) {
        return sorted.get((int) Math.min(sorted.size() - 1, Math.ceil(share * sorted.size()) - 1));
    }

    private static String name(int number) {
        return "Contoso_E" + number;
    }

    /** Many rollouts at once, then one at a time: a switch of many regions and a rollback, until the last acknowledgement. */
    @Test
    void rollouts() throws Exception {
        try (var fleet = new BenchFleet(folder.resolve("world"), REGIONS)) {
            var commits = new ArrayList<Long>();
            while (commits.size() < EXTENSIONS && !isOver(0.3)) {
                int i = commits.size();
                fleet.post("/v1/extensions", Map.of("name", name(i), "route", "e" + i));
                publish(fleet, name(i), "1.0", commits);
            }
            print("publish and commit one version, %s%s", percentiles(commits), missing(commits.size(), EXTENSIONS));
            fleet.follow();
            int done = concurrent(fleet, commits.size());
            one(fleet, Math.min(done, SAMPLES));
        }
    }

    private static String missing(int done, int wanted) {
        return done < wanted ? "; MISSING: only " + done + " of " + wanted + " within the time limit" : "";
    }

    /** How many succeeded, the first ones. */
    private int concurrent(BenchFleet fleet, int extensions) throws Exception {
        var began = CLOCK.instant();
        var cpu = fleet.cpu();
        for (int i = 0; i < extensions; i++) {
            fleet.post("/v1/rollouts", Map.of("extension", name(i), "version", "1.0", "bake", "1s"));
        }
        var started = CLOCK.instant();
        int done = 0;
        while (done < extensions && isSucceeded(fleet, "ro-" + (done + 1), 0.8)) {
            done++;
        }
        var time = Duration.between(began, CLOCK.instant());
        print(
                "%d rollouts at once, %d regions, five stages, bake 1 s: %d s (all started after %d s), CPU of the control plane %d s,"
                        + " newest revision %d, %d revisions applied by %d replicas%s",
                done,
                REGIONS,
                time.toSeconds(),
                Duration.between(began, started).toSeconds(),
                fleet.cpu().minus(cpu).toSeconds(),
                fleet.newest(),
                fleet.applied(),
                REGIONS,
                missing(done, EXTENSIONS));
        return done;
    }

    /** Waits for the end; false when so much of the part's time is over before. */
    private boolean isSucceeded(BenchFleet fleet, String id, double share) throws Exception {
        while (true) {
            var rollout = fleet.get("/v1/rollouts/" + id, "Prefer", "wait=5");
            var state = rollout.at("/state").asString();
            if (state.equals("SUCCEEDED")) {
                return true;
            }
            if (!state.isEmpty() && RolloutState.valueOf(state).isFinal()) {
                throw new IOException(id + " has ended as " + state + ": " + rollout);
            }
            if (isOver(share)) {
                print("%s is %s when the time is over: %s", id, state, rollout.at("/waitingFor"));
                return false;
            }
        }
    }

    private void one(BenchFleet fleet, int samples) throws Exception {
        follow(fleet);
        var taken = new ArrayList<BenchSample>();
        var rollbacks = new ArrayList<Long>();
        var pauses = new ArrayList<Long>();
        for (int i = 0; i < samples && !isOver(0.95); i++) {
            publish(fleet, name(i), "2.0", new ArrayList<>());
            var began = CLOCK.instant();
            var id = fleet.post("/v1/rollouts", Map.of("extension", name(i), "version", "2.0", "bake", "1s"))
                    .at("/id")
                    .asString();
            var answered = CLOCK.instant();
            if (!isSucceeded(fleet, id, 1)) {
                break;
            }
            taken.add(BenchSample.of(fleet, id, began, answered));
            long collected = collecting();
            var back = fleet.post("/v1/rollbacks", Map.of("extension", name(i)), "Prefer", "wait=60");
            rollbacks.add(back.at("/elapsedMillis").asLong());
            pauses.add(collecting() - collected);
        }
        print("%d extensions, %d regions over HTTP%s:", EXTENSIONS, REGIONS, missing(taken.size(), SAMPLES));
        print(
                "start of a rollout to the last acknowledgement of its first stage (fetch, switch), %s",
                percentiles(values(taken, BenchSample::first)));
        slowest(taken, "the first: ", taken.stream().findFirst());
        slowest(taken, "the slowest: ", taken.stream().max(Comparator.comparing(sample -> sample.first()
                .orElse(0L))));
        print(
                "switch of the last stage's %d regions to the last acknowledgement, %s",
                REGIONS - 3, percentiles(values(taken, BenchSample::last)));
        print("rollback of all regions, request to the last acknowledgement, %s", percentiles(rollbacks));
        IntStream.range(0, rollbacks.size())
                .boxed()
                .sorted(Comparator.comparing(rollbacks::get).reversed())
                .limit(3)
                .forEach(i -> print(
                        "  among the slowest: %d of %d, %d ms, of which the collector of the replicas' process took %d",
                        i + 1, rollbacks.size(), rollbacks.get(i), pauses.get(i)));
    }

    /** Milliseconds that this process, which all replicas share as no regions do, has stood still for its garbage collector. */
    private static long collecting() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionTime)
                .sum();
    }

    private static void slowest(List<BenchSample> taken, String which, Optional<BenchSample> sample) {
        sample.ifPresent(one -> print("  %s%d of %d, %s", which, taken.indexOf(one) + 1, taken.size(), one.text()));
    }

    private static List<Long> values(List<BenchSample> samples, Function<BenchSample, Optional<Long>> value) {
        return samples.stream().flatMap(sample -> value.apply(sample).stream()).toList();
    }

    /**
     * What the rollouts before have changed last is followed first: a sample is of one rollout, not of what came before it. With the
     * end of each its document changes once more (slots), so the last revision has a document of every extension.
     */
    private void follow(BenchFleet fleet) throws Exception {
        var since = CLOCK.instant();
        var settled = since;
        long newest = fleet.newest();
        while (!isOver(0.9) && Duration.between(settled, CLOCK.instant()).compareTo(REST) < 0) {
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
            long now = fleet.newest();
            if (now != newest || fleet.behind(now) > 0) {
                settled = CLOCK.instant();
            }
            newest = now;
        }
        print(
                "all regions had followed the last revision of them, %d, %d ms after the last had succeeded%s",
                newest,
                Duration.between(since, settled).toMillis(),
                fleet.behind(newest) > 0 ? "; MISSING: not all have" : "");
    }

    private void publish(BenchFleet fleet, String extension, String version, List<Long> millis) throws Exception {
        var source = Files.createTempDirectory(folder, "source");
        Files.writeString(source.resolve("index.html"), "<!doctype html><title>x</title>" + extension + version);
        Files.writeString(source.resolve("portolan.json"), "{\"portals\":[\"*\"]}");
        var zip = source.resolve("package.zip");
        PackageWriter.pack(source, new VersionLabel(version), zip);
        var began = CLOCK.instant();
        fleet.send("PUT", "/v1/extensions/" + extension + "/versions/" + version, Files.readAllBytes(zip));
        millis.add(Duration.between(began, CLOCK.instant()).toMillis());
    }

    /** A control plane at rest: what it costs that there is much. */
    @Test
    void atRest() throws Exception {
        var world = folder.resolve("world");
        fill(world.resolve("control").resolve("state.db"));
        try (var fleet = new BenchFleet(world, REGIONS)) {
            var began = CLOCK.instant();
            fleet.followAsEver(() -> isOver(0.4));
            while (fleet.applied() < REGIONS && !isOver(0.4)) {
                LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
            }
            if (fleet.applied() < REGIONS) {
                print(
                        "MISSING: at rest: only %d of %d regions followed within the time limit",
                        fleet.applied(), REGIONS);
                return;
            }
            print(
                    "%d regions follow %d extensions %d s after the first began (the others had its objects)",
                    REGIONS, AT_REST, Duration.between(began, CLOCK.instant()).toSeconds());
            LockSupport.parkNanos(PART.dividedBy(12).toNanos());
            var cpu = fleet.cpu();
            long written = fleet.written();
            long rows = fleet.get("/v1/log/verify").at("/rows").asLong();
            var measured = PART.dividedBy(3);
            LockSupport.parkNanos(measured.toNanos());
            var used = fleet.cpu().minus(cpu);
            print(
                    "at rest, %d extensions x %d regions: %.1f %% of a core, %d bytes written and %d rows in %d s",
                    AT_REST,
                    REGIONS,
                    100.0 * used.toMillis() / measured.toMillis(),
                    fleet.written() - written,
                    fleet.get("/v1/log/verify").at("/rows").asLong() - rows,
                    measured.toSeconds());
        }
    }

    /** Extensions that have run a version everywhere for long, put into the state as the interface would have left them. */
    private static void fill(Path file) {
        var now = CLOCK.instant();
        var one = new VersionLabel("1.0");
        try (var store = SqliteStateStore.open(file)) {
            store.write(tx -> {
                for (int i = 0; i < AT_REST; i++) {
                    var name = new ExtensionName(name(i));
                    Table.EXTENSIONS.put(
                            tx,
                            name.value(),
                            Writer.ABSENT,
                            new Records.Extension(Records.SCHEMA, name, new Route("e" + i), List.of(), Map.of(), now));
                    var digest = Digest.of(name.value().getBytes(StandardCharsets.UTF_8));
                    Table.VERSIONS.put(
                            tx,
                            Table.key(name, one),
                            Writer.ABSENT,
                            new Records.Version(
                                    Records.SCHEMA,
                                    name,
                                    one,
                                    digest,
                                    digest,
                                    1,
                                    1,
                                    now,
                                    "ada",
                                    VersionState.PUBLISHED,
                                    List.of(),
                                    i));
                    Table.DEPLOYMENTS.put(tx, "prod/" + name, Writer.ABSENT, deployed(name, one));
                }
                return true;
            });
        }
    }

    private static Deployment deployed(ExtensionName name, VersionLabel version) {
        var none = Deployment.none(name, new EnvironmentName("prod"));
        var json = io.portolan.protocol.Json.mapper().<tools.jackson.databind.node.ObjectNode>valueToTree(none);
        var pointers = new HashMap<RegionName, Deployment.Pointer>();
        ControlBenchMain.regions(REGIONS)
                .forEach(
                        region -> pointers.put(new RegionName(region), new Deployment.Pointer(version, "", 1, 100, 1)));
        json.set("regions", io.portolan.protocol.Json.mapper().valueToTree(pointers));
        return io.portolan.protocol.Json.mapper().treeToValue(json, Deployment.class);
    }
}
