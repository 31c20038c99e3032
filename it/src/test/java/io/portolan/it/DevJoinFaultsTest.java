package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Faults of a joining region in a development world of processes, as a person would make them: its process is stopped, its clock is off,
 * what it fetches is damaged on every disk. Each stays held; what is mended goes on.
 */
@Timeout(500)
class DevJoinFaultsTest {
    @RegisterExtension
    static final SharedDev WORLD = SharedDev.processes();

    private static final Duration LIMIT = Duration.ofSeconds(240);
    private static final String FROZEN = "canadaeast";
    private static final String DAMAGED = "canadacentral";
    private static final String LATE = "koreacentral";
    /** Too large to be kept in a node's memory, and random: it has no compressed form. */
    private static final int ASSET_BYTES = 300_000;

    @Test
    void aJoinerWhoseProbeFailsWhoseBlobsAreDamagedOrWhoseClockIsOffStaysHeld() throws Exception {
        var dev = WORLD.dev();
        var assets = new HashSet<String>();
        // One extension that cannot be served holds no region; two do.
        for (var name : List.of("Contoso_Fault_A", "Contoso_Fault_B")) {
            var release = Release.write(dev.scratch("faults"), "1.0", new Random(name.hashCode()), 2, ASSET_BYTES);
            dev.rest().register(name, name.toLowerCase(java.util.Locale.ROOT).replace('_', '-'));
            dev.must("publish", release.folder().toString(), "--extension", name, "--version", "1.0");
            dev.rest().awaitSucceeded(dev.rest().start(name, "1.0"));
            assets.addAll(digests(release.folder()));
        }
        dev.must("dev", "add-region", FROZEN, "--data", dev.data().toString());
        awaitState(dev, FROZEN, "DARK");
        var frozen = dev.component("node-" + FROZEN);
        DevProcess.signal(frozen, "STOP");
        var originals = damage(dev.data(), assets);
        try {
            dev.must("dev", "add-region", DAMAGED, "--data", dev.data().toString());
            assertThatAWrongClockIsHeldWithTheNumber(dev);
            awaitState(dev, DAMAGED, "HELD");
            awaitState(dev, FROZEN, "HELD");

            assertThat(reason(dev, DAMAGED))
                    .contains("extensions are quarantined, the first: Contoso_Fault_", "storing blob: digest: ");
            assertThat(reason(dev, FROZEN)).contains("probes: good from ", "are needed");
            for (var region : List.of(DAMAGED, FROZEN)) {
                assertThat(states(dev, region)).doesNotContain("CANARY", "RAMPING", "LIVE");
                assertThat(dev.must("region", "explain", region).out()).contains("portolan region resume " + region);
            }
        } finally {
            DevProcess.signal(frozen, "CONT");
            for (var original : originals.entrySet()) {
                Files.write(original.getKey(), original.getValue());
            }
        }
        // What is mended goes on where it was held.
        dev.must("region", "resume", DAMAGED, "--reason", "mended");
        await().atMost(LIMIT).untilAsserted(() -> assertThat(states(dev, DAMAGED))
                .as("%s", reason(dev, DAMAGED))
                .contains("DARK"));
        retire(dev, DAMAGED);
        dev.must("region", "resume", FROZEN, "--reason", "mended");
        await().atMost(LIMIT).untilAsserted(() -> assertThat(
                        dev.rest().get("/v1/regions/" + FROZEN).text("/goodFor"))
                .isNotEqualTo("PT0S"));
        retire(dev, FROZEN);
    }

    private static void assertThatAWrongClockIsHeldWithTheNumber(DevProcess dev) throws Exception {
        dev.must("region", "add", LATE);
        var folder = dev.scratch("late");
        Files.writeString(
                folder.resolve("join-token"),
                dev.rest().post("/v1/regions/" + LATE + "/tokens", Map.of()).text("/token"));
        var listen = "127.0.1.60:" + (dev.portBase() + 80);
        Files.writeString(folder.resolve("region.yaml"), """
                node: node-%s
                environment: prod
                region: %s
                control: %s
                join-token: file:join-token
                data-folder: .
                listen: %s
                url: http://%s
                """.formatted(LATE, LATE, dev.control(), listen, listen));
        var words = new ArrayList<>(DevProcess.java(
                "serve", "region", "--config", folder.resolve("region.yaml").toString()));
        words.add(1, "-Dportolan.clock-offset=9s");
        var process = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("out").toFile())
                .start();
        try {
            awaitState(dev, LATE, "HELD");
            assertThat(reason(dev, LATE)).containsPattern("clock: FAIL, [4-9][.]\\d s off \\(at most 2 s\\)");
            assertThat(states(dev, LATE)).doesNotContain("ENROLLING", "SEEDING", "DARK");
        } finally {
            process.destroyForcibly().waitFor();
        }
        dev.must("region", "retire", LATE, "--yes");
        finallyRetired(dev, LATE);
    }

    private static void retire(DevProcess dev, String region) throws Exception {
        dev.must("region", "retire", region, "--yes");
        finallyRetired(dev, region);
        dev.steer("stop", "node-" + region);
    }

    private static void finallyRetired(DevProcess dev, String region) {
        await().atMost(LIMIT)
                .until(() ->
                        dev.cli("region", "retire", region, "--final", "--yes").code() == 0);
        awaitState(dev, region, "RETIRED");
    }

    private static Set<String> digests(Path folder) throws IOException {
        var digests = new HashSet<String>();
        try (var files = Files.walk(folder)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                if (Files.size(file) == ASSET_BYTES) {
                    digests.add(Digest.of(Files.readAllBytes(file)).value());
                }
            }
        }
        return digests;
    }

    /** Inverts a byte of each of these blobs on every disk of the world; gives what was there. */
    private static Map<Path, byte[]> damage(Path data, Set<String> digests) throws IOException {
        var originals = new HashMap<Path, byte[]>();
        for (var file : DiskFiles.below(data, (name, size) -> digests.contains(name))) {
            originals.put(file, DiskFiles.damage(file));
        }
        assertThat(originals).hasSizeGreaterThanOrEqualTo(digests.size() * DevProcess.REGIONS.size());
        return originals;
    }

    private static String state(DevProcess dev, String region) throws Exception {
        return dev.rest().get("/v1/regions/" + region).text("/state");
    }

    private static String reason(DevProcess dev, String region) throws Exception {
        return dev.rest().get("/v1/regions/" + region).text("/reason");
    }

    private static void awaitState(DevProcess dev, String region, String state) {
        await().atMost(LIMIT).untilAsserted(() -> assertThat(state(dev, region))
                .as("%s", dev.rest().get("/v1/regions/" + region).body())
                .isEqualTo(state));
    }

    private static List<String> states(DevProcess dev, String region) throws Exception {
        return dev.rest()
                .get("/v1/regions/" + region)
                .body()
                .at("/timeline")
                .valueStream()
                .map(step -> step.at("/after").asString())
                .toList();
    }
}
