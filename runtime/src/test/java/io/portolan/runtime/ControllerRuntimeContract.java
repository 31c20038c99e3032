package io.portolan.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.controller.ControllerRuntimeKind;
import io.portolan.model.controller.ControllerState;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every runtime that starts controllers does, shown with real ones in Java and in Node.js. */
abstract class ControllerRuntimeContract {
    static final Duration LONG = Duration.ofMinutes(30);

    /** Calls in progress, by replica. */
    final Map<String, Integer> calls = new ConcurrentHashMap<>();

    private final HttpClient http = HttpClient.newHttpClient();

    /** The runtime under test, the same all through a test. */
    abstract ControllerRuntime runtime();

    /** A controller that behaves as {@link EchoController}. */
    abstract ControllerInstance echo(
            String version,
            ControllerRuntimeKind kind,
            Map<String, String> environment,
            Map<String, String> configuration,
            int replicas,
            Duration drain);

    @AfterEach
    final void endAll() {
        runtime().close();
        http.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = ControllerRuntimeKind.class,
            names = {"JVM", "NODE"})
    void runsAControllerAndTellsItWhatItAsksFor(ControllerRuntimeKind kind) {
        var echo = echo("1.0", kind, Map.of("GREETING", "hello ${config:to.whom}"), Map.of("to.whom", "you"), 1, LONG);

        runtime().ensure(echo);

        var replica = awaitReady(echo, 1).getFirst();
        assertThat(get(replica, "/env/GREETING")).isEqualTo("hello you");
        assertThat(get(replica, "/env/PORTOLAN_VERSION")).isEqualTo("1.0");
    }

    @Test
    void leavesAloneWhatRunsAsItIsTo() {
        var echo = echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, LONG);
        runtime().ensure(echo);
        var before = awaitReady(echo, 1);

        runtime().ensure(echo);
        runtime().ensure(echo);

        assertThat(status(echo).ready()).isEqualTo(before);
        assertThat(status(echo).restarts()).isZero();
    }

    @Test
    void runsReplicasAndVersionsBesideEachOther() {
        var first = echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 2, LONG);
        var second = echo("2.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, LONG);

        runtime().ensure(first);
        runtime().ensure(second);

        assertThat(awaitReady(first, 2)).extracting(Replica::address).doesNotHaveDuplicates();
        var other = awaitReady(second, 1).getFirst();
        assertThat(get(other, "/env/PORTOLAN_VERSION")).isEqualTo("2.0");
        for (var replica : status(first).ready()) {
            assertThat(get(replica, "/env/PORTOLAN_VERSION")).isEqualTo("1.0");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = ControllerRuntimeKind.class,
            names = {"JVM", "NODE"})
    void startsAgainWhatEnds(ControllerRuntimeKind kind) {
        var echo = echo("1.0", kind, Map.of(), Map.of(), 1, LONG);
        runtime().ensure(echo);
        var before = awaitReady(echo, 1).getFirst();

        kill(before);

        patient().until(() -> status(echo).ready().stream()
                .anyMatch(replica -> !replica.id().equals(before.id())));
        assertThat(status(echo).restarts()).isEqualTo(1);
        assertThat(get(status(echo).ready().getFirst(), "/env/PORTOLAN_VERSION"))
                .isEqualTo("1.0");
    }

    @Test
    void takesOutWhatIsUnhealthyAndStartsItAgain() {
        var echo = echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, LONG);
        runtime().ensure(echo);
        var before = awaitReady(echo, 1).getFirst();

        assertThat(get(before, "/unhealthy")).isEqualTo("unhealthy");

        patient().until(() -> status(echo).ready().stream()
                .noneMatch(replica -> replica.id().equals(before.id())));
        patient().until(() -> status(echo).state() == ControllerState.READY);
        assertThat(status(echo).restarts()).isPositive();
    }

    @Test
    void saysThatAControllerEndsAgainAndAgain() {
        var echo = echo("1.0", ControllerRuntimeKind.NODE, Map.of("FAIL", "start"), Map.of(), 1, LONG);

        runtime().ensure(echo);

        patient().until(() -> states(echo) == ControllerState.CRASH_LOOP);
        assertThat(status(echo).reason()).contains("exit code 7");
        assertThat(status(echo).ready()).isEmpty();
    }

    @Test
    void letsCallsInProgressEndBeforeItEnds() {
        var echo = echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, LONG);
        runtime().ensure(echo);
        var replica = awaitReady(echo, 1).getFirst();
        calls.put(replica.id(), 1);

        runtime().stop(echo.id());

        assertThat(status(echo).ready()).as("takes no new calls, at once").isEmpty();
        patient().until(() -> states(echo) == ControllerState.STOPPING);
        assertThat(get(replica, "/env/PORTOLAN_VERSION"))
                .as("the call in progress goes on")
                .isEqualTo("1.0");
        calls.clear();
        patient().until(() -> !runtime().states().containsKey(echo.id()));
        assertThat(isReachable(replica)).isFalse();
    }

    @Test
    void endsWhenItsDrainTimeIsOver() {
        var echo = echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, Duration.ofMillis(300));
        runtime().ensure(echo);
        var replica = awaitReady(echo, 1).getFirst();
        calls.put(replica.id(), 1);

        runtime().stop(echo.id());

        patient().until(() -> !runtime().states().containsKey(echo.id()));
        assertThat(isReachable(replica)).isFalse();
    }

    @Test
    void comesBackWhileItIsBeingStopped() {
        var echo = echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, LONG);
        runtime().ensure(echo);
        var before = awaitReady(echo, 1).getFirst();
        calls.put(before.id(), 1);
        runtime().stop(echo.id());

        runtime().ensure(echo);

        var after = awaitReady(echo, 1).getFirst();
        assertThat(after.id()).isNotEqualTo(before.id());
        assertThat(get(after, "/env/PORTOLAN_VERSION")).isEqualTo("1.0");
    }

    @Test
    void stoppingWhatIsNotKnownIsNothingToDo() {
        runtime().stop(Specs.id("9.9", "echo"));

        assertThat(runtime().states()).isEmpty();
    }

    @Test
    void endsEverythingWhenItIsClosed() {
        var echo = echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 2, LONG);
        runtime().ensure(echo);
        var replicas = awaitReady(echo, 2);
        replicas.forEach(replica -> calls.put(replica.id(), 1));

        runtime().close();

        assertThat(replicas).noneMatch(this::isReachable);
        assertThat(runtime().states()).isEmpty();
    }

    @Test
    void refusesWhatItDoesNotTakeWithTheReason() {
        var container = Specs.container("orders");
        var instance = new ControllerInstance(Specs.id("1.0", "orders"), container, List.of(), Map.of());

        runtime().ensure(instance);

        patient().until(() -> states(instance) == ControllerState.REFUSED);
        assertThat(status(instance).reason()).contains("container");
        runtime().stop(instance.id());
        patient().until(() -> runtime().states().isEmpty());
    }

    final List<Replica> awaitReady(ControllerInstance instance, int count) {
        patient().untilAsserted(() -> {
            assertThat(runtime().states()).containsKey(instance.id());
            assertThat(status(instance))
                    .returns(ControllerState.READY, ControllerStatus::state)
                    .satisfies(status -> assertThat(status.ready()).hasSize(count));
        });
        return status(instance).ready();
    }

    final ControllerStatus status(ControllerInstance instance) {
        return java.util.Objects.requireNonNull(runtime().states().get(instance.id()), "it is known");
    }

    /** The state, {@code STOPPED} for what is not known. */
    final ControllerState states(ControllerInstance instance) {
        var status = runtime().states().get(instance.id());
        return status == null ? ControllerState.STOPPED : status.state();
    }

    /** Test machines may be busy with something else for a while. */
    static ConditionFactory patient() {
        return await().atMost(Duration.ofMinutes(2)).pollInterval(Duration.ofMillis(20));
    }

    final String get(Replica replica, String path) {
        try {
            return http.send(request(replica, path), HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(path + " of " + replica, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Ends it from inside, without an answer. */
    final void kill(Replica replica) {
        try {
            http.send(request(replica, "/exit"), HttpResponse.BodyHandlers.discarding());
        } catch (IOException e) {
            // That is the point.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    final boolean isReachable(Replica replica) {
        try {
            http.send(request(replica, "/healthz"), HttpResponse.BodyHandlers.discarding());
            return true;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static HttpRequest request(Replica replica, String path) {
        return HttpRequest.newBuilder(URI.create("http://" + replica.address().getHostString() + ":"
                        + replica.address().getPort() + path))
                .timeout(Duration.ofSeconds(60))
                .build();
    }
}
