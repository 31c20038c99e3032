package io.portolan.planner.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.document.Endpoint;
import io.portolan.model.document.Monitor;
import io.portolan.model.document.Profile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Rule 8, the limits, and what else a profile must keep to. */
final class ProfileRulesTest {
    private static final Profile.Settings SETTINGS = Profile.Settings.STANDARD;
    private static final Endpoint A = Endpoint.of(Worlds.region("a"));
    private static final Endpoint B = Endpoint.of(Worlds.region("b"));

    private static Profile weighted(Endpoint... endpoints) {
        return new Profile.Weighted(SETTINGS, List.of(endpoints));
    }

    private static Profile priority(Endpoint... endpoints) {
        return new Profile.Priority(SETTINGS, List.of(endpoints));
    }

    private static Profile ttl(long seconds) {
        return new Profile.Priority(new Profile.Settings(true, seconds, false, Monitor.STANDARD), List.of(A));
    }

    private static Profile monitored(Monitor monitor) {
        return new Profile.Priority(new Profile.Settings(true, -1, false, monitor), List.of(A));
    }

    private static Monitor monitor(
            Duration interval, Duration timeout, int tolerated, int recovery, int statuses, int headers) {
        return new Monitor(
                Monitor.Protocol.HTTPS,
                0,
                "/",
                "",
                interval,
                timeout,
                tolerated,
                recovery,
                Collections.nCopies(statuses, new Monitor.Statuses(200, 299)),
                Collections.nCopies(headers, new Monitor.Header("X-Probe", "1")));
    }

    private static Endpoint nested(Profile profile, int minimum) {
        return Endpoint.of("child", new Endpoint.Nested(profile, minimum));
    }

    private static Profile deep(int depth) {
        var profile = priority(A);
        for (int i = 1; i < depth; i++) {
            profile = priority(nested(profile, 1));
        }
        return profile;
    }

    private static Endpoint[] many(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> Endpoint.of("e" + i, new Endpoint.Address("10.0." + i / 250 + "." + (1 + i % 250))))
                .toArray(Endpoint[]::new);
    }

    static Stream<Profile> good() {
        var second = Duration.ofSeconds(1);
        return Stream.of(
                Profile.standard(),
                weighted(A.withWeight(1), B.withWeight(1000)),
                priority(A.withPriority(1), B.withPriority(1000)),
                priority(A, B),
                new Profile.MultiValue(SETTINGS, List.of(A), 1),
                new Profile.MultiValue(SETTINGS, List.of(A), 10),
                ttl(0),
                ttl(Integer.MAX_VALUE),
                deep(10),
                weighted(many(200)),
                priority(nested(priority(A), 200)),
                monitored(Monitor.FAST),
                monitored(monitor(second.multipliedBy(2), second, 9, 100, 8, 8)),
                new Profile.Performance(
                        SETTINGS,
                        List.of(Endpoint.of("cdn", new Endpoint.Host("cdn.example.net"))
                                .withLocation("a")),
                        0),
                new Profile.Geographic(SETTINGS, List.of(A.withGeo("WORLD", "US-CA", "DE", "GEO-OC"))),
                new Profile.Subnet(SETTINGS, List.of(A.withSubnets("10.0.0.0/8", "2000::/3"), B)));
    }

    @ParameterizedTest
    @MethodSource("good")
    void keepsToTheRules(Profile profile) {
        assertThat(ProfileRules.violations(profile)).isEmpty();
    }

    static Stream<Arguments> bad() {
        var second = Duration.ofSeconds(1);
        return Stream.of(
                Arguments.of(weighted(A.withWeight(0)), "/endpoints/0/weight", "weight: 0"),
                Arguments.of(weighted(A, B.withWeight(1001)), "/endpoints/1/weight", "weight: 1001"),
                Arguments.of(priority(A.withPriority(1001)), "/endpoints/0/priority", "priority: 1001"),
                Arguments.of(priority(A, B.withPriority(1)), "/endpoints/1/priority", "priority: 1 is that of a too"),
                Arguments.of(new Profile.MultiValue(SETTINGS, List.of(A), 0), "/maxReturn", "maxReturn: 0"),
                Arguments.of(new Profile.MultiValue(SETTINGS, List.of(A), 11), "/maxReturn", "maxReturn: 11"),
                Arguments.of(
                        new Profile.MultiValue(SETTINGS, List.of(nested(priority(A), 1)), 2),
                        "/endpoints/0",
                        "profile: nested"),
                Arguments.of(ttl(-2), "/ttlSeconds", "ttlSeconds: -2"),
                Arguments.of(ttl(1L << 31), "/ttlSeconds", "ttlSeconds: 2147483648"),
                Arguments.of(deep(11), String.join("", Collections.nCopies(10, "/endpoints/0/profile")), "depth: 11"),
                Arguments.of(weighted(many(201)), "/endpoints", "endpoints: 201"),
                Arguments.of(
                        priority(nested(priority(A), 0)), "/endpoints/0/minChildEndpoints", "minChildEndpoints: 0"),
                Arguments.of(
                        priority(nested(priority(A), 1).withMode(Endpoint.Mode.ALWAYS_SERVE)),
                        "/endpoints/0/mode",
                        "ALWAYS_SERVE"),
                Arguments.of(priority(A, A), "/endpoints/1/name", "name: a stands twice"),
                Arguments.of(
                        priority(Endpoint.of("x", new Endpoint.Address("10.0.0"))), "/endpoints/0/address", "10.0.0"),
                Arguments.of(
                        priority(Endpoint.of("x", new Endpoint.Address("0.0.0.0"))), "/endpoints/0/address", "0.0.0.0"),
                Arguments.of(priority(Endpoint.of("x", new Endpoint.Host("cdn"))), "/endpoints/0/host", "host: cdn"),
                Arguments.of(
                        new Profile.Performance(
                                SETTINGS, List.of(Endpoint.of("x", new Endpoint.Host("cdn.example.net"))), 0),
                        "/endpoints/0/location",
                        "location: missing"),
                Arguments.of(new Profile.Geographic(SETTINGS, List.of()), "/endpoints", "endpoints: none"),
                Arguments.of(new Profile.Geographic(SETTINGS, List.of(A)), "/endpoints/0/geo", "geo: none"),
                Arguments.of(
                        new Profile.Geographic(SETTINGS, List.of(A.withGeo("Mars"))),
                        "/endpoints/0/geo/0",
                        "geo: Mars"),
                Arguments.of(
                        new Profile.Geographic(SETTINGS, List.of(A.withGeo("DE"), B.withGeo("FR", "DE"))),
                        "/endpoints/1/geo/1",
                        "geo: DE is mapped to a too"),
                Arguments.of(
                        new Profile.Subnet(
                                SETTINGS, List.of(A.withSubnets("10.0.0.0/8"), B.withSubnets("10.1.0.0/16"))),
                        "/endpoints/1/subnets/0",
                        "10.1.0.0/16 overlaps 10.0.0.0/8"),
                Arguments.of(
                        new Profile.Subnet(SETTINGS, List.of(A.withSubnets("10.0.0.1/8"))),
                        "/endpoints/0/subnets/0",
                        "no bits set"),
                Arguments.of(
                        new Profile.Subnet(SETTINGS, List.of(A.withSubnets("10.0.0.9-10.0.0.1"))),
                        "/endpoints/0/subnets/0",
                        "end not before"),
                Arguments.of(new Profile.Subnet(SETTINGS, List.of(A, B)), "/endpoints/1/subnets", "one fallback"),
                Arguments.of(monitored(monitor(second, second, 3, 1, 1, 0)), "/monitor/timeout", "timeout: PT1S"),
                Arguments.of(
                        monitored(monitor(second.multipliedBy(301), second, 3, 1, 1, 0)),
                        "/monitor/interval",
                        "PT5M1S"),
                Arguments.of(
                        monitored(monitor(second.multipliedBy(2), second, 10, 1, 1, 0)),
                        "/monitor/toleratedFailures",
                        "toleratedFailures: 10"),
                Arguments.of(
                        monitored(monitor(second.multipliedBy(2), second, 3, 0, 1, 0)),
                        "/monitor/recoverySuccesses",
                        "recoverySuccesses: 0"),
                Arguments.of(
                        monitored(monitor(second.multipliedBy(2), second, 3, 1, 9, 0)),
                        "/monitor/statuses",
                        "statuses: 9"),
                Arguments.of(
                        monitored(monitor(second.multipliedBy(2), second, 3, 1, 1, 9)),
                        "/monitor/headers",
                        "headers: 9"));
    }

    @ParameterizedTest
    @MethodSource("bad")
    void namesThePlaceAndTheValue(Profile profile, String pointer, String message) {
        assertThat(ProfileRules.violations(profile)).singleElement().satisfies(violation -> {
            assertThat(violation.pointer()).isEqualTo(pointer);
            assertThat(violation.message())
                    .contains(message)
                    .contains(
                            violation.message().contains("twice")
                                            || violation.message().contains(" too")
                                            || violation.message().contains("overlaps")
                                    ? ""
                                    : "expected: ");
        });
    }

    @Test
    void findsEveryFaultAtOnce() {
        var faults = new ArrayList<>(List.of(A.withWeight(0), A.withWeight(2000), B.withMode(Endpoint.Mode.DISABLED)));
        faults.add(Endpoint.of("x", new Endpoint.Host("nope")));
        var profile = new Profile.Weighted(new Profile.Settings(true, -7, false, Monitor.STANDARD), faults);

        assertThat(ProfileRules.violations(profile))
                .extracting(ProfileRules.Violation::pointer)
                .containsExactlyInAnyOrder(
                        "/ttlSeconds",
                        "/endpoints/0/weight",
                        "/endpoints/1/weight",
                        "/endpoints/1/name",
                        "/endpoints/3/host");
        var table = Worlds.table("a");
        assertThatThrownBy(() -> CompiledProfile.compile(profile, Worlds.extension("a"), table, HealthView.UNKNOWN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("weight: 0")
                .hasMessageContaining("host: nope");
    }

    @Test
    void headersThatFrameTheRequestAreRefused() {
        var monitor = new Monitor(
                Monitor.Protocol.HTTP,
                0,
                "/",
                "",
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                0,
                1,
                List.of(new Monitor.Statuses(200, 200)),
                List.of(
                        new Monitor.Header("Content-Length", "5"),
                        new Monitor.Header("X-Ok", "fine"),
                        new Monitor.Header("X-Bad", "a\r\nb: c")));

        assertThat(ProfileRules.violations(monitored(monitor)))
                .extracting(ProfileRules.Violation::pointer)
                .containsExactly("/monitor/headers/0", "/monitor/headers/2");
    }
}
