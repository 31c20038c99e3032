package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * A CDN that dies is taken from everybody without anybody being asked, and comes back by a growing share, seen from twenty sessions of a real
 * browser. Times are printed, never asserted.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CdnBreakerTest {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final String DELIVERY = "/v1/environments/prod/delivery";
    private static final int SESSIONS = Integer.getInteger("portolan.sessions", 20);

    @RegisterExtension
    private static final SharedRegions SHARED = new SharedRegions();

    @TempDir
    private static Path folder;

    private CdnWorld world;
    private Chromium chromium;
    private final InstantSource clock = InstantSource.system();

    @BeforeAll
    void start() throws Exception {
        world = new CdnWorld(SHARED.regions(), folder, "westeurope");
        chromium = SHARED.chromium();
        world.deployProbe(folder.resolve("probe1"));
    }

    @BeforeEach
    void watch() throws Exception {
        world.watch();
        awaitWatched(text -> text.contains("0 of ") && text.contains("from 6 places"));
    }

    @AfterEach
    void leaveAsItWas() throws Exception {
        world.breakCdn(CdnFault.NONE);
        world.regions().rest().post("/v1/environments/prod/cdns/cdn0/reset", Map.of("reason", "end of a test"));
        world.deliver(List.of(), "ON", "GO");
    }

    @AfterAll
    void stop() {
        world.close();
    }

    private JsonNode delivery() throws Exception {
        return world.regions().rest().get(DELIVERY).body();
    }

    private void awaitWatched(Predicate<String> wanted) {
        await().atMost(LIMIT).until(() -> delivery().at("/cdns/0/watched").asString(), wanted);
    }

    private void awaitShare(int share) {
        await().atMost(LIMIT)
                .until(() -> world.shares(), shares -> shares.stream().allMatch(each -> each == share));
    }

    private List<JsonNode> incidents(String state) throws Exception {
        var found = new ArrayList<JsonNode>();
        for (var incident :
                world.regions().rest().get("/v1/incidents?state=all").body().at("/items")) {
            if (incident.at("/key").asString().equals("cdn/prod/cdn0")
                    && incident.at("/state").asString().equals(state)) {
                found.add(incident);
            }
        }
        return found;
    }

    /** Row 4.3 of the contract, experiments 41 and 42. */
    @Test
    void row43TwentySessionsLoseADeadCdnTogetherAndGetItBackByARamp() throws Exception {
        var visits = new ArrayList<Visit>();
        try {
            for (int i = 0; i < SESSIONS; i++) {
                var visit = chromium.visit(
                        world.regions().nodeUri(InProcessWorld.REGIONS.get(i % InProcessWorld.REGIONS.size())));
                visits.add(visit);
                visit.open("/probe");
                visit.await(ProbeExtension.STARTED);
                visit.awaitWorker();
            }

            world.breakCdn(CdnFault.HANG);
            var died = clock.instant();
            awaitShare(0);
            System.out.printf(
                    "a dead CDN was taken from all %d regions %d ms after its death%n",
                    InProcessWorld.REGIONS.size(),
                    Duration.between(died, clock.instant()).toMillis());

            var said = delivery().at("/breakers/0");
            assertThat(said.at("/by").asString()).isEqualTo("breaker");
            assertThat(said.at("/state").asString()).isEqualTo("OPEN");
            assertThat(said.at("/reason").asString()).containsPattern("probes from [3-6] places failed");
            assertThat(said.at("/evidence").toString()).contains("no answer in time");
            assertThat(incidents("TRIGGERED")).hasSize(1);
            assertThat(NginxCdn.command(
                            folder,
                            "cdn",
                            "status",
                            "--server",
                            world.regions().controlUri().toString()))
                    .containsPattern("cdn0 +http\\S+ +0 % .*breaker")
                    .contains("% of probes fail");
            for (var visit : visits) {
                visit.reload();
                visit.await(ProbeExtension.STARTED);
                assertThat(visit.settled("fetch('/-/worker.js').then((script) => script.text())")
                                .asString())
                        .doesNotContain(world.cdnUrl());
                assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
                visit.assertNothingSeen();
            }

            world.breakCdn(CdnFault.NONE);
            var healed = clock.instant();
            awaitShare(100);
            System.out.printf(
                    "it was back everywhere %d ms after it was well again%n",
                    Duration.between(healed, clock.instant()).toMillis());
            assertThat(shareRows()).as("shares in the log, oldest first").endsWith(0, 5, 25, 50, 100);
            await().atMost(LIMIT).until(() -> incidents("TRIGGERED").isEmpty());
            assertThat(incidents("RESOLVED")).isNotEmpty();

            // A session that saw it fail comes back by itself after half a minute; one that begins now asks it at once.
            world.nginx().forget();
            try (var visit = chromium.visit(world.regions().nodeUri("westeurope"))) {
                visit.open("/probe");
                visit.await(ProbeExtension.STARTED);
                visit.awaitWorker();
                assertThat(visit.settled("lazy(5)").asString()).isEqualTo("chunk 5 of version 1.0");
                visit.assertNothingSeen();
            }
            assertThat(asked("/CDN/probe/Content/1.0/")).contains("lazy5.js");
        } finally {
            visits.forEach(Visit::close);
        }
    }

    private List<Integer> shareRows() throws Exception {
        var shares = new ArrayList<Integer>();
        for (var after = "0"; !after.isEmpty(); ) {
            var page = world.regions()
                    .rest()
                    .get("/v1/log?limit=500&after=" + after)
                    .body();
            for (var row : page.at("/items")) {
                if (row.at("/type").asString().startsWith("portolan.cdn.")
                        && row.at("/data/step").asString("").matches("TRIPPED|RAMPED|CLOSED")) {
                    shares.add(row.at("/data/after").asInt());
                }
            }
            after = page.at("/next").asString("");
        }
        return shares;
    }

    /** Row 4.11: whoever rewrites the delivery does not undo what the breaker said, and neither undoes what a person said. */
    @Test
    void row411NeitherSettingsNorTheBreakerUndoWhatWasSaid() throws Exception {
        world.breakCdn(CdnFault.STATUS_503);
        awaitShare(0);
        var set = world.regions()
                .rest()
                .put(
                        DELIVERY,
                        Map.of("cdns", List.of(Map.of("name", "cdn0", "url", world.cdnUrl())), "firstVisit", "GO"));
        assertThat(set.status()).isEqualTo(200);
        assertThat(world.shares()).containsOnly(0);

        world.regions().rest().post("/v1/environments/prod/cdns/cdn0/trip", Map.of("reason", "by hand"));
        world.breakCdn(CdnFault.NONE);

        awaitWatched(text -> text.contains("a person took it away"));
        assertThat(world.shares()).containsOnly(0);
        assertThat(delivery().at("/breakers/0/reason").asString()).isEqualTo("by hand");
        assertThat(incidents("TRIGGERED")).isEmpty();

        world.regions().rest().post("/v1/environments/prod/cdns/cdn0/reset", Map.of("share", 40, "reason", "mended"));
        awaitShare(40);
        awaitWatched(text -> text.startsWith("it is watched"));
        assertThat(world.shares()).as("never more than a person left").containsOnly(40);
    }

    /** Row 4.9: a rollout goes its way during an outage of the CDN, and the CDN comes back during one, without a stale or mixed page. */
    @Test
    void row49ARolloutDuringAnOutageAndARecoveryDuringARollout() throws Exception {
        world.regions().rest().register("Contoso_Moving", "moving");
        world.regions().deploy("Contoso_Moving", "1.0", ProbeExtension.write(folder.resolve("moving1"), "1.0"));
        try (var visit = chromium.visit(world.regions().nodeUri("westeurope"))) {
            visit.open("/moving");
            visit.await(ProbeExtension.STARTED);
            visit.awaitWorker();

            world.breakCdn(CdnFault.HANG);
            world.regions().deploy("Contoso_Moving", "1.1", ProbeExtension.write(folder.resolve("moving2"), "1.1"));
            visit.reload();
            visit.await(ProbeExtension.STARTED);
            isOfOneVersion(visit, "1.1", 1);

            var rollout = world.regions().rest();
            world.regions()
                    .publish("Contoso_Moving", "1.2", ProbeExtension.write(folder.resolve("moving3"), "1.2"), folder);
            var id = rollout.start("Contoso_Moving", "1.2");
            world.breakCdn(CdnFault.NONE);
            isOfOneVersion(visit, "1.1", 2);
            rollout.awaitSucceeded(id);
            awaitShare(100);
            visit.reload();
            visit.await(ProbeExtension.STARTED);
            isOfOneVersion(visit, "1.2", 3);
            visit.assertNothingSeen();
        }
    }

    private static void isOfOneVersion(Visit visit, String version, int chunk) {
        assertThat(visit.value("portolan.version").asString()).isEqualTo(version);
        assertThat(visit.value("document.getElementById('state').textContent").asString())
                .isEqualTo("started version " + version);
        assertThat(visit.settled("lazy(" + chunk + ")").asString())
                .isEqualTo("chunk " + chunk + " of version " + version);
        assertThat(visit.settled("inWorker()").asString()).isEqualTo("version " + version);
    }

    /** A CDN that nearly nobody is to ask: what those tell that do not is what proves that none is needed. */
    @Test
    void sessionsThatWereDrawnToGoWithoutACdnAreReported() throws Exception {
        world.regions().rest().post("/v1/environments/prod/cdns/cdn0/reset", Map.of("share", 1, "reason", "a test"));
        awaitShare(1);
        var node = world.regions().nodeUri("westeurope");
        long before = Metrics.sum(node, "portolan_dark_sessions");
        // One of a hundred asks it: hardly three in a row.
        for (int i = 0; i < 3 && Metrics.sum(node, "portolan_dark_sessions") == before; i++) {
            try (var visit = chromium.visit(node)) {
                visit.open("/probe");
                visit.await(ProbeExtension.STARTED);
                visit.awaitWorker();
                long told = Metrics.sum(node, "portolan_telemetry_beacons_total");
                assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
                // What came before the chunk, and the chunk.
                await().atMost(LIMIT).until(() -> Metrics.sum(node, "portolan_telemetry_beacons_total") > told + 1);
                visit.assertNothingSeen();
            }
        }

        await().atMost(LIMIT).until(() -> delivery().at("/darkSeen/sessions").asLong() > before);
        var seen = delivery().at("/darkSeen");
        assertThat(seen.at("/places").asInt()).isEqualTo(6);
        assertThat(seen.at("/failing").asLong()).isZero();
        assertThat(seen.at("/files").asLong()).isPositive();
        assertThat(NginxCdn.command(
                        folder,
                        "cdn",
                        "status",
                        "--server",
                        world.regions().controlUri().toString()))
                .containsPattern(
                        "without any CDN: [0-9]+ sessions? within 24 h, by 6 regions, [0-9]+ files, none was lacking");
    }

    /** What a page begins with is at the CDN before the first region shows it, and the rollout says so. */
    @Test
    void entryFilesAreFetchedThroughTheCdnBeforeTheSwitch() throws Exception {
        world.regions().rest().register("Contoso_Warm", "warm");
        world.nginx().forget();

        world.regions().deploy("Contoso_Warm", "1.0", ProbeExtension.write(folder.resolve("warm1"), "1.0"));

        assertThat(asked("/CDN/warm/Content/1.0/")).contains("app.js", "style.css");
        // Other files of it are asked for afterwards: one of them is what regions watch the CDN by.
        assertThat(lastAsked("/CDN/warm/Content/1.0/app.js", "/CDN/warm/Content/1.0/style.css"))
                .as("the last of them, and the first region that shows it")
                .isBeforeOrEqualTo(firstSwitch("Contoso_Warm"));
        var rollouts = world.regions().rest().get("/v1/rollouts").body().at("/items");
        assertThat(rollouts.toString()).contains("CDN cdn0: 2 of 2 entry files fetched through it");
    }

    private Instant lastAsked(String... paths) throws IOException {
        return world.nginx().requests().stream()
                .map(line -> line.split(" ", -1))
                .filter(words -> List.of(paths).contains(words[1]))
                .map(words -> Instant.ofEpochMilli((long) (Double.parseDouble(words[5]) * 1000)))
                .max(Instant::compareTo)
                .orElseThrow();
    }

    /** When the first region was pointed at any version of an extension. */
    private Instant firstSwitch(String extension) throws Exception {
        for (var after = "0"; !after.isEmpty(); ) {
            var page = world.regions()
                    .rest()
                    .get("/v1/log?limit=500&after=" + after)
                    .body();
            for (var row : page.at("/items")) {
                if (row.at("/data/extension").asString("").equals(extension)
                        && !row.at("/data/after/regions").isEmpty()) {
                    return Instant.parse(row.at("/at").asString());
                }
            }
            after = page.at("/next").asString("");
        }
        throw new AssertionError("no region was pointed at a version of " + extension);
    }

    private List<String> asked(String prefix) throws IOException {
        return world.nginx().requests().stream()
                .map(line -> line.split(" ", -1)[1])
                .filter(path -> path.startsWith(prefix))
                .map(path -> path.substring(prefix.length()))
                .distinct()
                .toList();
    }
}
