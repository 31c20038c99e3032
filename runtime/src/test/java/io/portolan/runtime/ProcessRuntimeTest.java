package io.portolan.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.portolan.model.controller.ControllerRuntimeKind;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.model.controller.ControllerState;
import io.portolan.model.controller.Replicas;
import io.portolan.model.controller.Resources;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract with processes, and what only holds for them. */
class ProcessRuntimeTest extends ControllerRuntimeContract {
    @TempDir
    Path folder;

    private Optional<ProcessWorld> started = Optional.empty();

    @BeforeEach
    void open() {
        started = Optional.of(new ProcessWorld(folder, calls, List.of("Contoso_Orders"), ""));
    }

    private ProcessWorld world() {
        return started.orElseThrow();
    }

    @Override
    protected ControllerRuntime runtime() {
        return world().runtime;
    }

    @Override
    protected void restart() {
        var before = world();
        before.runtime.close();
        var next = new ProcessWorld(folder, calls, List.of("Contoso_Orders"), "");
        next.inherit(before);
        started = Optional.of(next);
    }

    @Override
    protected boolean outlivesItsNode() {
        return false;
    }

    @Override
    protected void secret(String name, String value) {
        world().secrets.put(name, value);
    }

    @Override
    protected String written() throws IOException {
        var text = new StringBuilder();
        try (var files = Files.walk(folder)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                text.append(Files.readString(file, StandardCharsets.ISO_8859_1));
            }
        }
        return text.toString();
    }

    @Override
    protected ControllerSpec foreign() {
        return Specs.container("orders");
    }

    @Override
    protected ControllerInstance echo(
            String version,
            ControllerRuntimeKind kind,
            Map<String, String> environment,
            Map<String, String> configuration,
            int replicas,
            Duration drain) {
        return world().echo(version, kind, environment, configuration, replicas, drain);
    }

    @Test
    void refusesExtensionsThatTheNodesSettingsDoNotName() {
        runtime().close();
        started = Optional.of(new ProcessWorld(folder, calls, List.of("Contoso_Maps"), ""));
        var echo = echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, LONG);

        runtime().ensure(echo);

        assertThat(states(echo)).isEqualTo(ControllerState.REFUSED);
        assertThat(status(echo).reason()).contains("controllers-allow");
    }

    @Test
    void writesNoSecretAnywhere() throws IOException {
        world().secrets.put("ORDERS_KEY", "tell-nobody");
        var echo =
                echo("1.0", ControllerRuntimeKind.NODE, Map.of("SAY", "key ${secret:ORDERS_KEY}!"), Map.of(), 1, LONG);

        runtime().ensure(echo);

        awaitReady(echo, 1);
        var log = folder.resolve("logs/Contoso_Orders/1.0/echo-1.log");
        patient().untilAsserted(() -> assertThat(Files.readString(log))
                .contains("said at the start: key [secret ORDERS_KEY]!"));
        try (var files = Files.walk(folder)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain("tell-nobody");
            }
        }
        assertThat(runtime().states().toString()).doesNotContain("tell-nobody");
    }

    /** Java names the value of a variable that it does not take. */
    @Test
    void refusesASecretThatNoVariableHoldsWithoutShowingIt() throws IOException {
        world().secrets.put("ORDERS_KEY", "tell-\0nobody");
        var echo = echo("1.0", ControllerRuntimeKind.NODE, Map.of("KEY", "${secret:ORDERS_KEY}"), Map.of(), 1, LONG);

        runtime().ensure(echo);

        patient().until(() -> states(echo) != ControllerState.STARTING);
        assertThat(status(echo).reason()).contains("secret ORDERS_KEY holds a NUL character, which no variable can");
        assertThat(states(echo)).isEqualTo(ControllerState.REFUSED);
        assertThat(runtime().states().toString()).doesNotContain("tell-", "nobody");
        assertThat(written()).doesNotContain("tell-", "nobody");
        world().secrets.put("ORDERS_KEY", "open sesame");
        assertThat(get(awaitReady(echo, 1).getFirst(), "/env/KEY")).isEqualTo("open sesame");
    }

    @Test
    void namesTheVariableAndTheKeyThatHoldWhatNoVariableCan() {
        var echo = echo(
                "1.0",
                ControllerRuntimeKind.NODE,
                Map.of("TO", "${config:to.whom}", "SAY", "some\0thing", "\0", "some"),
                Map.of("to.whom", "any\0body"),
                1,
                LONG);

        runtime().ensure(echo);

        patient().until(() -> states(echo) == ControllerState.REFUSED);
        assertThat(status(echo).reason())
                .contains("config to.whom holds a NUL", "variable SAY holds a NUL", "variable ? holds a NUL")
                .doesNotContain("some", "body");
    }

    @Test
    void startsNothingFromDamagedFiles() {
        var echo = echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, LONG);
        world().damage(echo.files().getFirst());

        runtime().ensure(echo);

        patient().until(() -> states(echo) == ControllerState.CRASH_LOOP);
        assertThat(status(echo).reason()).contains("digest");
        assertThat(folder.resolve("work/Contoso_Orders/1.0/echo/1/app")).doesNotExist();
    }

    /** As on a full disk: a file is where the folder is to be. */
    @Test
    void leavesNoProcessBehindThatItCouldNotNote() throws IOException {
        assumeThat(Path.of("/proc/self/cwd")).exists();
        var running = folder.resolve("running");
        Files.delete(running);
        Files.createFile(running);
        var echo = echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, LONG);

        runtime().ensure(echo);

        patient().until(() -> states(echo) == ControllerState.CRASH_LOOP);
        assertThat(status(echo).reason()).contains("cannot be started");
        Files.delete(running);
        Files.createDirectory(running);
        var pid = Long.parseLong(get(awaitReady(echo, 1).getFirst(), "/pid"));
        patient().untilAsserted(() -> assertThat(ProcessHandle.current().children())
                .filteredOn(this::worksInFolder)
                .extracting(ProcessHandle::pid)
                .containsExactly(pid));
    }

    private boolean worksInFolder(ProcessHandle process) {
        try {
            // As text: of what has ended the folder is away.
            return Files.readSymbolicLink(Path.of("/proc/" + process.pid() + "/cwd"))
                    .toString()
                    .startsWith(folder.toRealPath().toString());
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void leavesNoFilesOfWhatHasEnded() {
        var echo = echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, Duration.ZERO);
        runtime().ensure(echo);
        awaitReady(echo, 1);
        assertThat(folder.resolve("work/Contoso_Orders/1.0/echo/1/app/echo.mjs"))
                .exists();

        runtime().stop(echo.id());

        patient().until(() -> runtime().states().isEmpty());
        assertThat(folder.resolve("work")).isEmptyDirectory();
        assertThat(folder.resolve("running")).isEmptyDirectory();
        assertThat(folder.resolve("logs/Contoso_Orders/1.0/echo-1.log"))
                .as("is kept for whoever asks why")
                .exists();
    }

    @Test
    void runsProcessesAsAnotherUserWhereTheNodeIsRoot() throws IOException {
        assumeThat(System.getProperty("user.name")).isEqualTo("root");
        runtime().close();
        // Another user has to be able to enter it: the folders of tests are their owner's alone.
        var open = Files.createTempDirectory(
                Path.of("/tmp"),
                "portolan-user",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        started = Optional.of(new ProcessWorld(open, calls, List.of("*"), "", "nobody"));
        var echo = echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, LONG);

        runtime().ensure(echo);

        var pid = Long.parseLong(get(awaitReady(echo, 1).getFirst(), "/pid"));
        assertThat(ProcessHandle.of(pid).orElseThrow().info().user()).contains("nobody");
        assertThat(Files.readString(Path.of("/proc/" + pid + "/status"))).containsPattern("NoNewPrivs:\\s+1");
        runtime().close();
        WorkFolder.delete(open);
    }

    /** What a person types at the node's terminal is sent to all processes of its group. */
    @Test
    void leavesSignalsOfTheTerminalToTheNode() throws IOException {
        assumeThat(Path.of("/usr/bin/setsid")).isExecutable();
        var echo = echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, LONG);

        runtime().ensure(echo);

        var pid = get(awaitReady(echo, 1).getFirst(), "/pid");
        var fields = Files.readString(Path.of("/proc/" + pid + "/stat"))
                .replaceFirst("(?s)^.*\\) ", "")
                .split(" ");
        assertThat(fields[2]).as("process group").isEqualTo(pid);
        assertThat(fields[3]).as("session").isEqualTo(pid);
    }

    /** It is counted when it has chosen its replica, and that takes a moment. */
    @Test
    void waitsForACallThatChoseItsReplicaJustBeforeThatWasLeft() throws Exception {
        runtime().close();
        var left = new AtomicLong();
        var asked = new AtomicInteger();
        var open = new AtomicInteger(1);
        started = Optional.of(new ProcessWorld(
                folder,
                new ConcurrentHashMap<>() {
                    @Override
                    public Integer getOrDefault(Object replica, Integer none) {
                        boolean late = left.get() != 0 && System.nanoTime() - left.get() > 50_000_000;
                        asked.addAndGet(late ? 1 : 0);
                        return late ? Integer.valueOf(open.get()) : none;
                    }
                },
                List.of("*"),
                ""));
        var echo = echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, LONG);
        runtime().ensure(echo);
        var process = ProcessHandle.of(Long.parseLong(get(awaitReady(echo, 1).getFirst(), "/pid")))
                .orElseThrow();

        left.set(System.nanoTime());
        runtime().stop(echo.id());

        patient().until(() -> asked.get() >= 3);
        assertThat(process.isAlive()).as("while the call is in progress").isTrue();
        open.set(0);
        patient().until(() -> !process.isAlive());
    }

    /** What passes sockets on tells them after the drain, and not at once. */
    @Test
    void leavesSocketsTimeToCloseAfterTheDrain() {
        runtime().close();
        // More than whoever does not wait asks: that is once, and what watched it may be about to.
        int closedAt = 6;
        var leaving = new AtomicBoolean();
        var asked = new AtomicInteger();
        started = Optional.of(new ProcessWorld(
                folder,
                new ConcurrentHashMap<>() {
                    @Override
                    public Integer getOrDefault(Object replica, Integer none) {
                        return leaving.get() && asked.incrementAndGet() >= closedAt ? none : Integer.valueOf(1);
                    }
                },
                List.of("*"),
                ""));
        var echo = echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, Duration.ZERO);
        runtime().ensure(echo);
        awaitReady(echo, 1);

        runtime().stop(echo.id());
        leaving.set(true);

        patient().until(() -> runtime().states().isEmpty());
        assertThat(asked.get()).as("looks until the call had ended").isBetween(closedAt, closedAt + 2);
    }

    @Test
    void replacesAFrozenOne() throws Exception {
        var echo = world().frozenSoon(
                        echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, LONG), Duration.ofMillis(100));
        runtime().ensure(echo);
        var before = awaitReady(echo, 1).getFirst();

        freezesAndIsReplaced(echo, before);
    }

    /** Looked at every five minutes: nobody would notice in time but for the call. */
    @Test
    void noticesAFrozenOneSoonerWhileACallWaitsForIt() throws Exception {
        var echo = world().frozenSoon(
                        echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, LONG), Duration.ofMinutes(5));
        runtime().ensure(echo);
        var before = awaitReady(echo, 1).getFirst();
        calls.put(before.id(), 1);

        freezesAndIsReplaced(echo, before);
    }

    /** The head of a good answer is no answer. */
    @Test
    void replacesOneWhoseHealthNeverEndsItsAnswer() {
        var echo = world().frozenSoon(
                        echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, LONG), Duration.ofMillis(100));
        runtime().ensure(echo);
        var before = awaitReady(echo, 1).getFirst();

        assertThat(get(before, "/stall")).isEqualTo("stalls");

        patient().until(() -> status(echo).ready().stream()
                .noneMatch(replica -> replica.id().equals(before.id())));
        patient().until(() -> states(echo) == ControllerState.READY);
        assertThat(isReachable(before)).isFalse();
    }

    @Test
    void endsOneWhoseHealthNeverEndsItsAnswer() {
        var echo = world().frozenSoon(
                        echo("1.0", ControllerRuntimeKind.NODE, Map.of("HEALTH", "stalls"), Map.of(), 1, LONG),
                        Duration.ofMillis(100));
        runtime().ensure(echo);
        var log = folder.resolve("logs/Contoso_Orders/1.0/echo-1.log");
        patient().untilAsserted(() -> assertThat(log).content().contains("begins an answer that has no end"));

        runtime().stop(echo.id());

        patient().until(() -> runtime().states().isEmpty());
    }

    private void freezesAndIsReplaced(ControllerInstance echo, Replica before) throws Exception {
        var frozen = ProcessHandle.of(Long.parseLong(get(before, "/pid"))).orElseThrow();

        new ProcessBuilder("kill", "-STOP", String.valueOf(frozen.pid()))
                .start()
                .waitFor();

        patient().until(() -> status(echo).ready().stream()
                .noneMatch(replica -> replica.id().equals(before.id())));
        patient().until(() -> states(echo) == ControllerState.READY);
        assertThat(frozen.isAlive()).as("it could not end by itself").isFalse();
    }

    @Test
    void saysWhenOneThatEndsAgainAndAgainIsStartedNext() {
        var echo = echo("1.0", ControllerRuntimeKind.NODE, Map.of("FAIL", "start"), Map.of(), 1, LONG);

        runtime().ensure(echo);

        patient().untilAsserted(() -> assertThat(states(echo)).isEqualTo(ControllerState.CRASH_LOOP));
        // The longest pause of these settings is 200 ms, of which at least three quarters are waited.
        patient().untilAsserted(() -> assertThat(status(echo).reason())
                .matches("ended with exit code 7; failure \\d+ in a row; started again at 20\\d\\d-[-0-9T:.]+Z,"
                        + " after a pause of 0\\.(1[5-9]\\d?|2)\\d*s.*"));
    }

    @Test
    void doesNotOpenForAUserThatThereIsNot() {
        runtime().close();

        assertThatThrownBy(() -> new ProcessWorld(folder, calls, List.of("*"), "", "nobody-knows-them"))
                .hasStackTraceContaining("controllers-user: nobody-knows-them");
    }

    @Test
    void saysWhereLimitsAreNotEnforcedAndThatNothingIsScaled() {
        var limited = new Resources(500, 64L << 20);
        var fixed = world().echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, LONG, limited);
        var echo = new ControllerInstance(
                fixed.id(), Specs.withReplicas(fixed.spec(), new Replicas(1, 4, 50)), fixed.files(), Map.of());

        runtime().ensure(echo);

        awaitReady(echo, 1);
        assertThat(status(echo).reason())
                .contains("limits are not enforced")
                .contains("processes are not scaled: 1 of at most 4 run");
    }

    /** This machine has no cgroup v2 with controllers: what is written is looked at in a folder that is laid out like one. */
    @Test
    void putsReplicasIntoGroupsWithTheirLimits() throws IOException {
        runtime().close();
        var cgroup = Files.createDirectory(folder.resolve("cgroup"));
        Files.writeString(cgroup.resolve("cgroup.controllers"), "cpuset cpu io memory pids\n");
        started = Optional.of(new ProcessWorld(folder.resolve("own"), calls, List.of("*"), cgroup.toString()));
        var limited = new Resources(500, 256L << 20);
        var echo = world().echo("1.0", ControllerRuntimeKind.NODE, Map.of(), Map.of(), 1, LONG, limited);

        runtime().ensure(echo);

        var replica = awaitReady(echo, 1).getFirst();
        var group = cgroup.resolve("portolan-controllers").resolve(replica.id().replace('/', '_'));
        assertThat(group.resolve("cpu.max")).hasContent("50000 100000");
        assertThat(group.resolve("memory.max")).hasContent(String.valueOf(256L << 20));
        assertThat(group.resolve("cgroup.procs")).hasContent(get(replica, "/pid"));
        assertThat(status(echo).reason()).isEmpty();
    }
}
