package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.portolan.testkit.PostgresServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Three control planes on one PostgreSQL, of which the one that runs the engine is killed or frozen in the middle of a rollout: another
 * goes on, there is one outcome, and an old leader that wakes up changes nothing.
 */
@Timeout(180)
class ClusterTest {
    private static final long SEED = Long.getLong("portolan.seed", 20261123);
    private static final Duration BAKE = Duration.ofMillis(300);
    private static final AtomicInteger VERSIONS = new AtomicInteger();

    @TempDir
    static Path folder;

    private static PostgresServer server;
    private static ClusterWorld world;

    @BeforeAll
    static void start() throws Exception {
        assumeThat(PostgresServer.installed())
                .as("package postgresql is installed")
                .isTrue();
        server = PostgresServer.start();
        world = new ClusterWorld(server, folder, SEED);
        var registered =
                world.front().post("/v1/extensions", Map.of("name", ClusterWorld.NAME, "route", ClusterWorld.ROUTE));
        assertThat(registered.status()).isEqualTo(201);
        var first = nextVersion();
        world.publish(first);
        world.assertSucceeds(world.start(first, BAKE), first);
    }

    @AfterAll
    static void stop() throws Exception {
        if (world != null) {
            world.close();
        }
        if (server != null) {
            server.close();
        }
    }

    private static String nextVersion() {
        return VERSIONS.incrementAndGet() + ".0";
    }

    @ParameterizedTest
    @ValueSource(strings = {"COMPILE_SIGNED", "SWITCH_DECIDED", "SWITCH_RECORDED", "BAKE_SEALED"})
    void anotherGoesOnWhenTheLeaderIsKilledAt(String point) throws Exception {
        var version = nextVersion();
        var leader = world.awaitLeader();
        world.publish(version);
        leader.arm("KILL", point);

        var rollout = world.start(version, BAKE);

        await().atMost(ClusterWorld.LIMIT).until(() -> !leader.isAlive());
        world.assertSucceeds(rollout, version);
        assertThat(world.awaitLeader()).isSameAs(world.other(leader));
        world.assertOneOutcome(rollout);
        world.start(world.nameOf(leader));
    }

    @ParameterizedTest
    @ValueSource(strings = {"COMPILE_SIGNED", "SWITCH_DECIDED", "SWITCH_RECORDED", "BAKE_SEALED"})
    void aLeaderThatWasFrozenChangesNothingWhenItWakesUp(String point) throws Exception {
        var version = nextVersion();
        var old = world.awaitLeader();
        world.publish(version);
        old.arm("STOP", point);

        var rollout = world.start(version, BAKE);

        await().atMost(ClusterWorld.LIMIT).until(old::frozen);
        world.assertSucceeds(rollout, version);
        assertThat(world.awaitLeader()).isSameAs(world.other(old));
        var before = world.quietLog();

        old.signal("CONT");

        // It goes on at the very line where it stood, and then looks for the lease several times.
        await().atMost(ClusterWorld.LIMIT).until(() -> !old.leads());
        await().during(Duration.ofSeconds(2)).atMost(ClusterWorld.LIMIT).untilAsserted(() -> {
            assertThat(old.leads()).isFalse();
            assertThat(world.log()).isEqualTo(before);
        });
        world.assertOneOutcome(rollout);
        world.assertServed(version);
    }

    @Test
    void aLeaderThatWakesUpInMidRolloutLeavesItToTheNewOne() throws Exception {
        var version = nextVersion();
        var old = world.awaitLeader();
        var next = world.other(old);
        world.publish(version);
        old.arm("STOP", "SWITCH_DECIDED");

        var rollout = world.start(version, Duration.ofSeconds(2));

        await().atMost(ClusterWorld.LIMIT).until(old::frozen);
        assertThat(world.awaitLeader()).isSameAs(next);
        old.signal("CONT");

        world.assertSucceeds(rollout, version);
        assertThat(world.awaitLeader()).isSameAs(next);
        world.assertOneOutcome(rollout);
    }

    @Test
    void aRollbackTakesEffectWithoutAnyEngine() throws Exception {
        var back = VERSIONS.get() + ".0";
        var version = nextVersion();
        world.publish(version);
        world.assertSucceeds(world.start(version, BAKE), version);
        var leader = world.awaitLeader();
        var other = world.other(leader);
        other.signal("STOP");
        leader.signal("STOP");
        try {
            var rollback = world.front().post("/v1/rollbacks", Map.of("extension", ClusterWorld.NAME, "to", "auto"));
            assertThat(rollback.status()).as("%s", rollback.body()).isEqualTo(202);

            world.assertServed(back);
            assertThat(world.front().get("/v1/rollouts/" + rollback.text("/id")).text("/state"))
                    .as("nobody judges it")
                    .isNotEqualTo("SUCCEEDED");

            leader.signal("CONT");
            other.signal("CONT");
            world.assertSucceeds(rollback.text("/id"), back);
            world.assertOneOutcome(rollback.text("/id"));
        } finally {
            leader.signal("CONT");
            other.signal("CONT");
        }
    }

    @Test
    void everyControlPlaneTellsTheSame() throws Exception {
        var leader = world.awaitLeader();
        for (var replica : new ClusterWorld.Replica[] {leader, world.other(leader), world.replica("three")}) {
            await().atMost(ClusterWorld.LIMIT).untilAsserted(() -> {
                var status = replica.rest().get("/v1/extensions/" + ClusterWorld.NAME + "/status");
                for (var region : status.body().at("/environments/0/regions")) {
                    assertThat(region.at("/converged").asBoolean())
                            .as("%s", status.body())
                            .isTrue();
                    assertThat(region.at("/nodes/0/inRotation").asBoolean()).isTrue();
                    assertThat(region.at("/nodes/0/revision").asLong()).isPositive();
                }
            });
            assertThat(replica.rest().get("/readyz").text("/engine"))
                    .isEqualTo(leader.rest().get("/readyz").text("/replica"));
        }
    }
}
