package io.portolan.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.controller.ControllerRuntimeKind;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.model.controller.ControllerState;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What every runtime that starts controllers does: whoever writes one runs this, from the test jar of this module. Each test starts
 * controllers that behave as {@link EchoController} and calls them at the addresses that the runtime tells.
 */
public abstract class ControllerRuntimeContract {
    /** A drain time that no test waits for. */
    protected static final Duration LONG = Duration.ofMinutes(30);

    /** A secret that {@link #secret} may set. */
    protected static final String SECRET = "ORDERS_KEY";

    /** Calls in progress, by replica. */
    protected final Map<String, Integer> calls = new ConcurrentHashMap<>();

    private final HttpClient http = HttpClient.newHttpClient();

    /** The runtime under test, the same all through a test unless {@link #restart} makes another. */
    protected abstract ControllerRuntime runtime();

    /** Closes the runtime and opens another on what it left, as a node does that starts again. */
    protected abstract void restart();

    /** Whether replicas go on while no runtime is there. */
    protected abstract boolean outlivesItsNode();

    /** Sets a secret of the extension that {@link #echo} belongs to. */
    protected abstract void secret(String name, String value) throws IOException;

    /** Everything that the runtime has written anywhere, as text: files, objects. */
    protected abstract String written() throws IOException;

    /** Something of a kind that the runtime does not take. */
    protected abstract ControllerSpec foreign();

    /** A controller that behaves as {@link EchoController}. */
    protected abstract ControllerInstance echo(
            String version,
            ControllerRuntimeKind kind,
            Map<String, String> environment,
            Map<String, String> configuration,
            int replicas,
            Duration drain);

    @AfterEach
    protected final void endAll() {
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
        // Time enough for a runtime that does not wait: another one is made meanwhile, and gets ready.
        var other = echo("2.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, LONG);
        runtime().ensure(other);
        awaitReady(other, 1);
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
        calls.clear();
        assertThat(get(after, "/env/PORTOLAN_VERSION")).isEqualTo("1.0");
    }

    @Test
    void stoppingWhatIsNotKnownIsNothingToDo() {
        runtime().stop(Specs.id("9.9", "echo"));

        assertThat(runtime().states()).isEmpty();
    }

    /** What a node does that starts again: it finds what goes on without it, and starts what does not. */
    @Test
    void goesOnAfterARestartOfTheNode() {
        var echo = echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, LONG);
        runtime().ensure(echo);
        var before = awaitReady(echo, 1);
        var pid = get(before.getFirst(), "/pid");

        restart();
        assertThat(runtime().states()).as("is told again what is wanted").isEmpty();
        runtime().ensure(echo);

        var after = awaitReady(echo, 1);
        if (outlivesItsNode()) {
            assertThat(after).isEqualTo(before);
            assertThat(get(after.getFirst(), "/pid")).isEqualTo(pid);
        } else {
            assertThat(get(after.getFirst(), "/pid")).isNotEqualTo(pid);
            assertThat(isReachable(before.getFirst())).isFalse();
        }
        assertThat(status(echo).restarts()).isZero();
    }

    @Test
    void endsWhatAnEarlierNodeLeftAndNobodyWants() {
        var old = echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, Duration.ofMillis(300));
        var current = echo("2.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, LONG);
        runtime().ensure(old);
        runtime().ensure(current);
        var left = awaitReady(old, 1).getFirst();
        awaitReady(current, 1);

        restart();
        runtime().ensure(current);
        runtime().keepOnly(Set.of(current.id()));

        patient().until(() -> !isReachable(left));
        assertThat(get(awaitReady(current, 1).getFirst(), "/env/PORTOLAN_VERSION"))
                .isEqualTo("2.0");
    }

    @Test
    void takesNothingAwayOnAnEmptyList() {
        var echo = echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, Duration.ofMillis(300));
        runtime().ensure(echo);
        var before = awaitReady(echo, 1).getFirst();

        runtime().keepOnly(Set.of());
        runtime().ensure(echo("2.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, LONG));

        awaitReady(echo("2.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, LONG), 1);
        assertThat(status(echo).ready()).containsExactly(before);
        assertThat(isReachable(before)).isTrue();
    }

    @Test
    void waitsForASecretAndSaysWhich() throws IOException {
        var echo =
                echo("1.0", ControllerRuntimeKind.NODE, Map.of("KEY", "${secret:" + SECRET + "}"), Map.of(), 1, LONG);

        runtime().ensure(echo);

        patient().until(() -> states(echo) == ControllerState.REFUSED);
        assertThat(status(echo).reason()).contains(SECRET);
        secret(SECRET, "open sesame");
        assertThat(get(awaitReady(echo, 1).getFirst(), "/env/KEY")).isEqualTo("open sesame");
    }

    @Test
    void row_8_11_takesARotatedSecretWithoutAGap() throws IOException {
        secret(SECRET, "first value");
        var echo =
                echo("1.0", ControllerRuntimeKind.NODE, Map.of("KEY", "${secret:" + SECRET + "}"), Map.of(), 2, LONG);
        var fewest = Collections.synchronizedList(new ArrayList<Integer>());
        runtime().ensure(echo);
        var before = awaitReady(echo, 2);
        runtime().whenChanged(() -> Optional.ofNullable(runtime().states().get(echo.id()))
                .ifPresent(status -> fewest.add(status.ready().size())));

        secret(SECRET, "second value");

        patient()
                .until(() -> status(echo).ready().size() == 2
                        && status(echo).ready().stream().noneMatch(before::contains));
        assertThat(status(echo).ready())
                .allMatch(replica -> get(replica, "/env/KEY").equals("second value"));
        assertThat(fewest).isNotEmpty().allMatch(ready -> ready >= 2);
        assertThat(status(echo).restarts()).as("a rotation is no failure").isZero();
    }

    @Test
    void showsNoSecret() throws IOException {
        secret(SECRET, "tell-nobody");
        var echo = echo(
                "1.0",
                ControllerRuntimeKind.NODE,
                Map.of("SAY", "key $5 ${secret:" + SECRET + "}!"),
                Map.of(),
                1,
                LONG);

        runtime().ensure(echo);

        assertThat(get(awaitReady(echo, 1).getFirst(), "/env/SAY"))
                .as("in the middle of a value, beside what is none")
                .isEqualTo("key $5 tell-nobody!");
        assertThat(runtime().states().toString()).doesNotContain("tell-nobody");
        assertThat(written()).isNotEmpty().doesNotContain("tell-nobody");
    }

    @Test
    void letsGoWhenItIsClosed() {
        var echo = echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 2, LONG);
        runtime().ensure(echo);
        var replicas = awaitReady(echo, 2);
        replicas.forEach(replica -> calls.put(replica.id(), 1));

        runtime().close();

        if (outlivesItsNode()) {
            assertThat(replicas).allMatch(this::isReachable);
        } else {
            assertThat(replicas).noneMatch(this::isReachable);
        }
        assertThat(runtime().states()).isEmpty();
    }

    @Test
    void refusesWhatItDoesNotTakeWithTheReason() {
        var instance = new ControllerInstance(Specs.id("1.0", "orders"), foreign(), List.of(), Map.of());

        runtime().ensure(instance);

        patient().until(() -> states(instance) == ControllerState.REFUSED);
        assertThat(status(instance).reason()).contains(foreign().kind().name().toLowerCase(Locale.ROOT));
        runtime().stop(instance.id());
        patient().until(() -> runtime().states().isEmpty());
    }

    protected final List<Replica> awaitReady(ControllerInstance instance, int count) {
        patient().untilAsserted(() -> {
            assertThat(runtime().states()).containsKey(instance.id());
            assertThat(status(instance))
                    .returns(ControllerState.READY, ControllerStatus::state)
                    .satisfies(status -> assertThat(status.ready()).hasSize(count));
        });
        return status(instance).ready();
    }

    protected final ControllerStatus status(ControllerInstance instance) {
        return java.util.Objects.requireNonNull(runtime().states().get(instance.id()), "it is known");
    }

    /** The state, {@code STOPPED} for what is not known. */
    protected final ControllerState states(ControllerInstance instance) {
        var status = runtime().states().get(instance.id());
        return status == null ? ControllerState.STOPPED : status.state();
    }

    /** Test machines may be busy with something else for a while. */
    public static ConditionFactory patient() {
        return await().atMost(Duration.ofMinutes(2)).pollInterval(Duration.ofMillis(20));
    }

    protected final String get(Replica replica, String path) {
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
    protected final void kill(Replica replica) {
        try {
            http.send(request(replica, "/exit"), HttpResponse.BodyHandlers.discarding());
        } catch (IOException e) {
            // That is the point.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    protected final boolean isReachable(Replica replica) {
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
