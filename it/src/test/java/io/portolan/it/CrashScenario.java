package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.artifact.PackageWriter;
import io.portolan.model.Digest;
import io.portolan.model.VersionLabel;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Predicate;

/**
 * What a user does in a crash test. Whatever finds the control plane away is done again, as a user or a pipeline would; changes that
 * are not idempotent by themselves carry an Idempotency-Key. One thread at a time.
 */
final class CrashScenario {
    static final String NAME = "Contoso_Orders";
    static final String ROUTE = "orders";

    private static final Duration LIMIT = Duration.ofSeconds(150);

    private final Rest rest;
    private final Path folder;
    private final Map<Long, String> log = new LinkedHashMap<>();

    CrashScenario(URI control, Path folder) {
        this.rest = new Rest(control);
        this.folder = folder;
    }

    void register() throws Exception {
        var reply = insist(
                () -> rest.post("/v1/extensions", Map.of("name", NAME, "route", ROUTE), "Idempotency-Key", "register"));
        assertThat(reply.status()).as("%s", reply.body()).isEqualTo(201);
        noteLog();
    }

    /** Publishes; the version is published or it can be published, and never half. */
    void publish(Release release) throws Exception {
        var zip = folder.resolve(release.version() + ".zip");
        PackageWriter.pack(release.folder(), new VersionLabel(release.version()), zip);
        var path = "/v1/extensions/" + NAME + "/versions/" + release.version();
        Rest.Reply reply;
        try {
            reply = rest.put(path, zip);
            assertThat(reply.status()).as("%s", reply.body()).isEqualTo(201);
        } catch (IOException crashed) {
            var present = insist(() -> rest.get(path));
            assertThat(present.status()).as("%s", present.body()).isIn(200, 404);
            if (present.status() == 200) {
                assertInStore(release);
            }
            reply = insist(() -> rest.put(path, zip));
            assertThat(reply.status()).as("%s", reply.body()).isEqualTo(present.status() == 200 ? 200 : 201);
        }
        assertInStore(release);
        noteLog();
    }

    /** Takes a version through all stages. */
    void rollOut(String version, Duration bake) throws Exception {
        var started = insist(() -> rest.post(
                "/v1/rollouts",
                Map.of("extension", NAME, "version", version, "bake", bake.toString()),
                "Idempotency-Key",
                "out-" + version));
        assertThat(started.status()).as("%s", started.body()).isEqualTo(201);
        noteLog();
        var end = awaitFinal(started.text("/id"));
        assertThat(end.text("/state")).as("%s", end.body()).isEqualTo("SUCCEEDED");
    }

    /** Rolls back to the version before; gives the finished rollback. */
    Rest.Reply rollBack() throws Exception {
        var started = insist(
                () -> rest.post("/v1/rollbacks", Map.of("extension", NAME, "to", "auto"), "Idempotency-Key", "back"));
        assertThat(started.status()).as("%s", started.body()).isEqualTo(202);
        noteLog();
        var end = awaitFinal(started.text("/id"));
        assertThat(end.text("/state")).as("%s", end.body()).isEqualTo("SUCCEEDED");
        return end;
    }

    private Rest.Reply awaitFinal(String rollout) throws Exception {
        // Longer than one answer waits: on a starved machine a process takes a minute to start.
        var end = insist(
                () -> rest.awaitFinal(rollout),
                seen -> !seen.body().path("endedAt").isNull());
        noteLog();
        return end;
    }

    /** Both regions run the version, and their newest revision is the control plane's. */
    void assertRuns(WorldSettings world, String version) {
        await().atMost(LIMIT)
                .ignoreExceptionsMatching(IOException.class::isInstance)
                .untilAsserted(() -> {
                    var newest = new Digest(
                            rest.get("/v1/environments/prod/revisions").text("/items/0/digest"));
                    for (var region : rest.get("/v1/extensions/" + NAME + "/status")
                            .body()
                            .at("/environments/0/regions")) {
                        assertThat(region.at("/desired").asString()).isEqualTo(version);
                        assertThat(region.at("/actual").asString()).isEqualTo(version);
                        assertThat(region.at("/converged").asBoolean()).isTrue();
                        assertThat(DiskCheck.revisionsAreWhole(
                                        world.nodeFolder(region.at("/region").asString())))
                                .isEqualTo(Optional.of(newest));
                    }
                });
    }

    /** What a scenario of two rollouts and a rollback leaves, and nothing else. */
    void assertEnd(Rest.Reply rollback) throws Exception {
        noteLog();
        assertThat(rollback.text("/version")).isEqualTo("1.0");
        assertThat(rollback.body().at("/regionsConverged").asInt()).isEqualTo(CrashWorld.REGIONS.size());
        assertThat(rollback.body().at("/blobsMoved").asLong(-1))
                .as("blobs moved")
                .isZero();
        var rollouts = rest.get("/v1/rollouts").body().at("/items");
        assertThat(rollouts.valueStream()
                        .map(rollout -> rollout.at("/kind").asString() + " "
                                + rollout.at("/version").asString() + " "
                                + rollout.at("/state").asString()))
                .as("newest first")
                .containsExactly("rollback 1.0 SUCCEEDED", "safe 2.0 SUCCEEDED", "safe 1.0 SUCCEEDED");
        var versions = rest.get("/v1/extensions/" + NAME + "/versions").body().at("/items");
        assertThat(versions.valueStream().map(version -> version.at("/version").asString()))
                .containsExactlyInAnyOrder("1.0", "2.0");
        var held = rest.post("/v1/rollouts", Map.of("extension", NAME, "version", "2.0"));
        assertThat(held.status()).as("%s", held.body()).isEqualTo(409);
        var proof = rest.get("/v1/log/verify");
        assertThat(proof.body().at("/ok").asBoolean()).as("%s", proof.body()).isTrue();
    }

    /** The control plane's listener has everything that the release is made of. */
    private void assertInStore(Release release) throws Exception {
        for (var asset : release.assets().values()) {
            assertThat(insist(() -> rest.get("/v1/blobs/" + Digest.of(asset))).status())
                    .isEqualTo(200);
        }
    }

    /** Notes the log as it is now; every row that was there before must be there still. */
    private void noteLog() throws Exception {
        var now = new LinkedHashMap<Long, String>();
        for (var row : insist(() -> rest.get("/v1/log?limit=1000")).body().at("/items")) {
            now.put(row.at("/id").asLong(), row.at("/hash").asString());
        }
        assertThat(now).containsAllEntriesOf(log);
        log.putAll(now);
    }

    private static <T> T insist(Callable<T> call) throws Exception {
        return insist(call, answer -> true);
    }

    private static <T> T insist(Callable<T> call, Predicate<T> wanted) throws Exception {
        return await().atMost(LIMIT)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptionsMatching(IOException.class::isInstance)
                .until(call, wanted);
    }
}
