package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who sees the new version while a region ramps. */
class RampTest {
    private static final long SEED = 11;
    private static final ExtensionName ORDERS = new ExtensionName("Contoso_Orders");
    private static final VersionLabel NEW = new VersionLabel("2.0");

    private static String session(Random random) {
        return Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
    }

    @Test
    void raisingTheShareNeverFlipsASessionBack() {
        var random = new Random(SEED);
        for (int i = 0; i < 2_000; i++) {
            var session = session(random);
            boolean included = false;
            for (int percent = 1; percent <= 100; percent++) {
                boolean now = Ramp.includes(ORDERS, NEW, session, percent);
                assertThat(now || !included)
                        .as("seed %d: %s at %d", SEED, session, percent)
                        .isTrue();
                included = now;
            }
            assertThat(included).as(session).isTrue();
        }
    }

    @Test
    void hitsTheShareAndMeetsOtherSessionsWithEachVersion() {
        var random = new Random(SEED);
        int included = 0;
        int both = 0;
        for (int i = 0; i < 10_000; i++) {
            var session = session(random);
            boolean now = Ramp.includes(ORDERS, NEW, session, 50);
            included += now ? 1 : 0;
            both += now && Ramp.includes(ORDERS, new VersionLabel("3.0"), session, 50) ? 1 : 0;
        }

        assertThat(included).as("seed %d", SEED).isBetween(4_800, 5_200);
        assertThat(both).as("seed %d", SEED).isBetween(2_300, 2_700);
    }

    private static Extension orders(NodeWorld world) {
        return new Extension("Contoso_Orders", "orders")
                .holds(world.server, Release.simple("Contoso_Orders", "1.0"))
                .holds(world.server, Release.simple("Contoso_Orders", "2.0"));
    }

    private static void publish(NodeWorld world, Extension extension) {
        world.publish(extension);
        world.awaitStatus(status -> status.lackingCount() == 0
                && status.revision()
                        == world.node()
                                .syncState()
                                .current()
                                .orElseThrow()
                                .header()
                                .number());
    }

    @Test
    void splitsBySessionThenByCookieThenByDraw(@TempDir Path folder) throws IOException {
        try (var world = new NodeWorld(folder)) {
            publish(world, orders(world).ramps("2.0", "1.0", 50));
            var seen = new HashSet<String>();
            for (int i = 0; i < 40; i++) {
                var session = "s" + i;
                var named = world.get("/orders?sessionId=" + session, "Cookie: portolan_sid=other");
                var kept = world.get("/orders", "Cookie: a=b; portolan_sid=" + session + "; c=d");

                var expected = Ramp.includes(ORDERS, NEW, session, 50) ? "2.0" : "1.0";
                assertThat(named.header("X-Portolan-Version")).isEqualTo(expected);
                assertThat(named.text()).contains("<title>" + expected + "</title>");
                assertThat(kept.header("X-Portolan-Version")).isEqualTo(expected);
                assertThat(named.headers()).doesNotContainKey("set-cookie");
                assertThat(kept.headers()).doesNotContainKey("set-cookie");
                assertThat(named.header("X-Portolan-Stage")).isEqualTo("stage4");
                seen.add(expected);
            }
            assertThat(seen).containsExactlyInAnyOrder("1.0", "2.0");

            var drawn = world.get("/orders");
            assertThat(drawn.header("Set-Cookie"))
                    .matches("portolan_sid=[0-9a-f]{32}; Path=/; Max-Age=2592000; Secure; HttpOnly; SameSite=None;"
                            + " Partitioned");
            var cookie = drawn.header("Set-Cookie").split(";", 2)[0];
            for (int i = 0; i < 5; i++) {
                var again = world.get("/orders", "Cookie: " + cookie);
                assertThat(again.header("X-Portolan-Version")).isEqualTo(drawn.header("X-Portolan-Version"));
                assertThat(again.headers()).doesNotContainKey("set-cookie");
            }
        }
    }

    @Test
    void rampsNothingThatWasNamedOrMayNotBeShown(@TempDir Path folder) throws IOException {
        try (var world = new NodeWorld(folder)) {
            publish(world, orders(world).stage("stage4", "2.0").ramps("2.0", "1.0", 1));
            for (int i = 0; i < 5; i++) {
                assertThat(world.get("/orders?pin=2.0&sessionId=" + i).header("X-Portolan-Version"))
                        .isEqualTo("2.0");
                assertThat(world.get("/orders/stage4?sessionId=" + i).header("X-Portolan-Version"))
                        .isEqualTo("2.0");
            }
            assertThat(world.get("/orders/2.0").headers()).doesNotContainKey("set-cookie");

            // Withdrawn meanwhile: nobody is sent there any more.
            publish(
                    world,
                    new Extension("Contoso_Orders", "orders")
                            .withdraws(world.server, Release.simple("Contoso_Orders", "1.0"))
                            .holds(world.server, Release.simple("Contoso_Orders", "2.0"))
                            .ramps("2.0", "1.0", 1));
            for (int i = 0; i < 5; i++) {
                assertThat(world.get("/orders?sessionId=" + i).header("X-Portolan-Version"))
                        .isEqualTo("2.0");
            }

            publish(world, orders(world).gives("2.0"));
            assertThat(world.get("/orders").headers()).doesNotContainKey("set-cookie");
        }
    }
}
