package io.portolan.cli;

import static io.portolan.cli.Bodies.rollback;
import static io.portolan.cli.Bodies.rollout;
import static io.portolan.model.StageState.BAKING;
import static io.portolan.model.StageState.CONVERGING;
import static io.portolan.model.StageState.PENDING;
import static io.portolan.model.StageState.REVERTED;
import static io.portolan.model.StageState.SEALED;
import static io.portolan.model.StageState.SKIPPED;
import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.RolloutState;
import io.portolan.protocol.Json;
import io.portolan.protocol.rest.Page;
import io.portolan.protocol.rest.RolloutBody;
import io.portolan.protocol.rest.RolloutCheckBody;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RolloutTest {
    private static final String SHOW = "GET /v1/rollouts/ro-1";
    private static final RolloutBody RUNNING = rollout(RolloutState.RUNNING, BAKING, PENDING);
    private static final RolloutBody FURTHER = rollout(RolloutState.RUNNING, SEALED, CONVERGING);
    private static final RolloutBody DONE = rollout(RolloutState.SUCCEEDED, SEALED, SEALED);
    private static final RolloutBody BACK = rollout(RolloutState.ROLLED_BACK, REVERTED, REVERTED);
    private static final RolloutBody PAUSED = rollout(RolloutState.PAUSED, SEALED, PENDING);

    @TempDir
    private Path folder;

    private ScriptedServer server;
    private CommandRun.World world;

    @BeforeEach
    void start() throws IOException {
        server = new ScriptedServer();
        world = new CommandRun.World(folder).server(server);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void startsWithEverythingThatWasSaid() {
        server.on("POST /v1/rollouts", 201, Json.text(RUNNING));

        var run = world.run(
                "rollout",
                "start",
                "Contoso_Orders",
                "1.1.0",
                "--environment",
                "prod",
                "--bake",
                "30m",
                "--kind",
                "hotfix",
                "--reason",
                "new search");

        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("1.0.0 → 1.1.0").contains("next: portolan rollout watch ro-1");
        var body = Json.read(server.last().body(), RolloutBody.Start.class);
        assertThat(body.bake()).isEqualTo("PT30M");
        assertThat(body.reason()).isEqualTo("new search");
        assertThat(server.last().header("Idempotency-key")).isNotEmpty();
    }

    @Test
    void row_6_15_startsOneStageOrUpToOneAndWithoutHealthChecksOnlyWithAReason() {
        server.on("POST /v1/rollouts", 201, Json.text(RUNNING));

        assertThat(world.run("rollout", "start", "Contoso_Orders", "1.1.0", "--stage", "stage2")
                        .code())
                .isZero();
        assertThat(Json.read(server.last().body(), RolloutBody.Start.class).stage())
                .isEqualTo("stage2");
        assertThat(world.run(
                                "rollout",
                                "start",
                                "Contoso_Orders",
                                "1.1.0",
                                "--through",
                                "stage3",
                                "--without-checks",
                                "--reason",
                                "the probe is broken")
                        .code())
                .isZero();
        var body = Json.read(server.last().body(), RolloutBody.Start.class);
        assertThat(body.through()).isEqualTo("stage3");
        assertThat(body.checks()).isFalse();
        int asked = server.asked().size();

        assertThat(world.run("rollout", "start", "Contoso_Orders", "1.1.0", "--without-checks")
                        .code())
                .isEqualTo(ExitCode.USAGE);
        assertThat(world.run("rollout", "start", "Contoso_Orders", "1.1.0", "--stage", "stage2", "--through", "stage3")
                        .code())
                .isEqualTo(ExitCode.USAGE);
        assertThat(server.asked()).hasSize(asked);
    }

    @ParameterizedTest
    @CsvSource({"PASS,0,it would begin", "NOTE,0,it would begin", "WAIT,8,it would wait", "FAIL,3,it would fail"})
    void row_6_15_checkOnlyPrintsEveryFindingAndEndsByTheWorst(
            RolloutCheckBody.Outcome outcome, int code, String conclusion) {
        var check = Bodies.check(outcome);
        server.on("POST /v1/rollout-checks", 201, Json.text(check)).on("GET /v1/rollout-checks/ck-7", check);

        var run = world.run("rollout", "start", "Contoso_Orders", "1.1.0", "--check-only");

        assertThat(run.code()).isEqualTo(code);
        assertThat(run.out())
                .contains("check ck-7  Contoso_Orders 1.1.0 in prod  " + outcome)
                .contains("PASS validation: published")
                .contains(outcome + " health: westus is so")
                .contains("left as they are: stage2")
                .contains(conclusion);
        assertThat(world.run("rollout", "show", "ck-7").out()).isEqualTo(run.out());
    }

    @Test
    void waitingShowsChangesBesideAndTheEndAsTheAnswer() {
        server.on("POST /v1/rollouts", 201, Json.text(RUNNING))
                .on(SHOW, RUNNING)
                .on(SHOW, FURTHER)
                .on(SHOW, DONE);

        var run = world.run("rollout", "start", "Contoso_Orders", "1.1.0", "--wait", "--output", "json");

        assertThat(run.code()).isZero();
        assertThat(run.out()).isEqualTo(Json.text(DONE) + "\n");
        assertThat(run.err())
                .contains("stage1  BAKING  westus")
                .contains("stage1  SEALED")
                .contains("SUCCEEDED");
    }

    @Test
    void watchingPrintsALineForEachChange() {
        server.on(SHOW, RUNNING).on(SHOW, RUNNING).on(SHOW, FURTHER).on(SHOW, DONE);

        var run = world.run("rollout", "watch", "ro-1");

        assertThat(run.code()).isZero();
        assertThat(run.out().lines().filter(line -> line.contains("stage1  BAKING")))
                .hasSize(1);
        assertThat(run.out()).contains("done: Contoso_Orders 1.0.0 → 1.1.0 in prod after 10 s");
    }

    @Test
    void watchingInJsonPrintsOneObjectALine() {
        server.on(SHOW, RUNNING).on(SHOW, DONE);

        var run = world.run("rollout", "watch", "ro-1", "--output", "json");

        assertThat(run.out().lines().map(line -> Json.read(line, RolloutBody.class)
                        .state()))
                .containsExactly(RolloutState.RUNNING, RolloutState.SUCCEEDED);
    }

    @Test
    void watchingOnATerminalRedrawsInPlaceWithTheBakeClock() {
        server.on(SHOW, RUNNING).on(SHOW, DONE);

        var run = world.terminal("").run("rollout", "watch", "ro-1");

        assertThat(run.out()).contains("██████████░░░░░░░░░░ 5.0 s left").contains("\u001b[J");
    }

    @Test
    void aRevertedRolloutIsExitThree() {
        server.on(SHOW, BACK);

        assertThat(world.run("rollout", "watch", "ro-1").code()).isEqualTo(ExitCode.REVERTED);
        assertThat(world.run("rollout", "wait", "ro-1").code()).isEqualTo(ExitCode.REVERTED);
    }

    @Test
    void waitingForAPersonIsExitEight() {
        server.on(SHOW, PAUSED);

        var run = world.run("rollout", "wait", "ro-1");

        assertThat(run.code()).isEqualTo(ExitCode.WAITS_FOR_PERSON);
        assertThat(run.out()).contains("rollout resume ro-1");
    }

    @Test
    void aStageThatMustBeApprovedIsExitFive() {
        var waiting = new RolloutBody.WaitingFor(
                "stage2: waiting for approval (portolan rollout approve ro-1 --stage stage2)",
                CommandRun.NOW,
                null,
                List.of("anyone who may approve"));
        server.on(SHOW, rollout(RolloutState.RUNNING, SEALED, PENDING, waiting));

        var run = world.run("rollout", "wait", "ro-1");

        assertThat(run.code()).isEqualTo(ExitCode.NEEDS_APPROVAL);
        assertThat(run.err()).contains("rollout approve ro-1");
    }

    @Test
    void waitingForAStageEndsWhenItIsThereOrPast() {
        server.on(SHOW, FURTHER);

        assertThat(world.run("rollout", "wait", "ro-1", "--for", "stage=stage1:SEALED")
                        .code())
                .isZero();
        assertThat(world.run("rollout", "wait", "ro-1", "--for", "stage=stage1:BAKING")
                        .code())
                .isZero();
        assertThat(world.run("rollout", "wait", "ro-1", "--for", "stage=stage1").code())
                .isEqualTo(ExitCode.USAGE);
    }

    @Test
    void anEndWithoutWhatWasWaitedForIsExitOne() {
        server.on(SHOW, DONE);

        for (var never : List.of("PAUSED", "stage=stage1:REVERTED", "stage=stage2:SKIPPED")) {
            var run = world.run("rollout", "wait", "ro-1", "--for", never);

            assertThat(run.code()).as(never).isEqualTo(ExitCode.FAILED);
            assertThat(run.err()).contains("ro-1 ended in SUCCEEDED").contains(never);
        }
        assertThat(world.run("rollout", "wait", "ro-1", "--for", "stage=stage2:SEALED")
                        .code())
                .isZero();
    }

    @Test
    void waitingForAStageOrStateThatThereIsNotIsExitTwo() {
        server.on(SHOW, DONE);

        var stage = world.run("rollout", "wait", "ro-1", "--for", "stage=stage9:SEALED");
        assertThat(stage.code()).isEqualTo(ExitCode.USAGE);
        assertThat(stage.err()).contains("stage9").contains("stage1, stage2");
        for (var unknown : List.of("FINE", "stage=stage1:FINE")) {
            var state = world.run("rollout", "wait", "ro-1", "--for", unknown);
            assertThat(state.code()).as(unknown).isEqualTo(ExitCode.USAGE);
            assertThat(state.err()).contains("FINE").contains("expected: one of");
        }
    }

    @Test
    void aStageWithoutRegionsIsPastItsSeal() {
        server.on(SHOW, rollout(RolloutState.RUNNING, SKIPPED, BAKING));

        for (var past : List.of("APPLYING", "BAKING", "SEALED", "SKIPPED")) {
            assertThat(world.run("rollout", "wait", "ro-1", "--for", "stage=stage1:" + past, "--timeout", "0s")
                            .code())
                    .as(past)
                    .isZero();
        }
    }

    @Test
    void waitingTooLongIsExitSeven() {
        server.on(SHOW, RUNNING);

        assertThat(world.run("rollout", "wait", "ro-1", "--timeout", "0s").code())
                .isEqualTo(ExitCode.TIMED_OUT);
    }

    @Test
    void listsShowsAndExplains() {
        server.on("GET /v1/rollouts", new Page<>(List.of(RUNNING, DONE), null))
                .on(SHOW, RUNNING)
                .on(
                        SHOW + "/explain",
                        new RolloutBody.WaitingFor(
                                "stage1 bakes", CommandRun.NOW, CommandRun.NOW.plusSeconds(9), List.of("operator")));

        assertThat(world.run("rollout", "list").out())
                .contains("RUNNING    stage1")
                .contains("SUCCEEDED");
        assertThat(world.run("rollout", "show", "ro-1").out()).contains("stage2  PENDING  westeurope");
        assertThat(world.run("rollout", "explain", "ro-1").out())
                .contains("stage1 bakes")
                .contains("until 2026-11-23T12:00:09Z")
                .contains("can act: operator");
    }

    @Test
    void steersAndAsksOnlyBeforeAbortAndHalt() {
        for (var verb : List.of("pause", "resume", "advance", "abort", "halt")) {
            server.on("POST /v1/rollouts/ro-1/" + verb, RUNNING);
        }

        assertThat(world.run("rollout", "pause", "ro-1").code()).isZero();
        assertThat(world.run("rollout", "resume", "ro-1", "--yes").code()).isZero();
        assertThat(world.run("rollout", "advance", "ro-1").code()).isZero();
        assertThat(world.run("rollout", "abort", "ro-1").code()).isEqualTo(ExitCode.USAGE);
        assertThat(world.run("rollout", "halt", "ro-1").code()).isEqualTo(ExitCode.USAGE);
        assertThat(world.run("rollout", "abort", "ro-1", "--yes", "--reason", "it fails")
                        .code())
                .isZero();
        assertThat(server.last().body()).contains("it fails");

        server.on("POST /v1/rollouts/ro-1/abort?dryRun=true", RUNNING);
        assertThat(world.run("rollout", "abort", "ro-1", "--yes", "--dry-run").out())
                .contains("nothing was changed (--dry-run)");
    }

    @Test
    void aPersonIsAskedOnATerminal() {
        server.on("POST /v1/rollouts/ro-1/abort", RUNNING);

        assertThat(world.terminal("n\n").run("rollout", "abort", "ro-1").code()).isEqualTo(ExitCode.FAILED);
        assertThat(server.asked()).isEmpty();
        assertThat(world.terminal("y\n").run("rollout", "abort", "ro-1").code()).isZero();
    }

    @Test
    void rollbackPrintsTimeRegionsAndBlobs() {
        server.on("POST /v1/rollbacks", rollback(RolloutState.SUCCEEDED, 420L, null));

        var run = world.run("rollback", "Contoso_Orders", "--yes", "--reason", "orders fail");

        assertThat(run.code()).isZero();
        assertThat(run.out())
                .isEqualTo(
                        "rolled back: Contoso_Orders 1.1.0 → 1.0.0 in prod in 420 ms, 6 of 6 regions, 0 blobs moved\n");
        assertThat(server.last().header("Prefer")).startsWith("wait=");
        assertThat(Json.read(server.last().body(), RolloutBody.Rollback.class).to())
                .isEqualTo("auto");
    }

    @Test
    void aSlowRollbackSaysForWhomItWaits() {
        var waits = new RolloutBody.WaitingFor(
                "waiting for region westus: node-westus is silent", CommandRun.NOW, null, List.of());
        server.on("POST /v1/rollbacks", 202, Json.text(rollback(RolloutState.RUNNING, null, waits)))
                .on("GET /v1/rollouts/ro-2", rollback(RolloutState.RUNNING, null, waits))
                .on("GET /v1/rollouts/ro-2", rollback(RolloutState.RUNNING, null, waits))
                .on("GET /v1/rollouts/ro-2", rollback(RolloutState.SUCCEEDED, 9000L, null));

        var run = world.run("rollback", "Contoso_Orders", "--yes");

        assertThat(run.code()).isZero();
        assertThat(run.err()).containsOnlyOnce("waiting for region westus: node-westus is silent");
        assertThat(run.out()).contains("in 9.0 s");
    }

    @Test
    void rollbackNeedsYesWithoutATerminal() {
        var run = world.run("rollback", "Contoso_Orders");

        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(server.asked()).isEmpty();
    }

    @Test
    void nothingToRollBackToIsExitFour() {
        server.refuse("POST /v1/rollbacks", 409, "nothing-to-roll-back-to", "there is only 1.0.0");

        assertThat(world.run("rollback", "Contoso_Orders", "--yes").code()).isEqualTo(ExitCode.CONFLICT);
    }

    @Test
    void aRollbackNeedNotBeWaitedFor() {
        server.on("POST /v1/rollbacks", 202, Json.text(rollback(RolloutState.RUNNING, null, null)));

        var run = world.run("rollback", "Contoso_Orders", "--yes", "--no-wait", "--to", "lkg", "--region", "westus");

        assertThat(run.code()).isZero();
        assertThat(server.asked()).hasSize(1);
        assertThat(server.last().header("Prefer")).isEmpty();
    }

    @Test
    void breakGlassNeedsAReasonAndAQuestion() {
        server.on("POST /v1/rollouts", 201, Json.text(RUNNING));

        assertThat(world.run("rollout", "start", "Contoso_Orders", "1.1.0", "--kind", "break-glass", "--yes")
                        .code())
                .isEqualTo(ExitCode.USAGE);
        assertThat(world.run("rollout", "start", "Contoso_Orders", "1.1.0", "--kind", "break-glass", "--reason", "fire")
                        .code())
                .isEqualTo(ExitCode.USAGE);
        assertThat(world.run(
                                "rollout",
                                "start",
                                "Contoso_Orders",
                                "1.1.0",
                                "--kind",
                                "break-glass",
                                "--reason",
                                "fire",
                                "--yes")
                        .code())
                .isZero();
    }
}
