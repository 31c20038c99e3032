package io.portolan.cli;

import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.protocol.rest.RolloutBody;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * Follows one rollout by long-poll and shows it: redrawn in place on a terminal, a line for each change elsewhere, NDJSON where
 * JSON is asked for. One thread at a time.
 *
 * <p>A control plane that goes away for less than {@link #PATIENCE} is waited for: rollouts outlive its restarts.
 */
final class RolloutFollower {
    /** How long one poll lets the server wait; also how often a bake clock is redrawn. */
    private static final Duration POLL = Duration.ofSeconds(1);
    /** Least time between two polls, whatever the server does. */
    private static final Duration PACE = Duration.ofMillis(250);

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** A rollback that takes longer than this says for whom it waits. */
    private static final Duration QUIET = Duration.ofSeconds(2);
    /** What the planner says of a stage that must be approved. */
    private static final String APPROVAL = "waiting for approval";
    /** Nothing that is followed lasts longer. */
    private static final Duration EVER = Duration.ofDays(365);

    private final Portolan portolan;
    private final LiveLines live;

    RolloutFollower(Portolan portolan) {
        this.portolan = portolan;
        this.live = new LiveLines(portolan.console());
    }

    /** Watches until the end; pauses are shown, not answered. */
    int watch(String id) {
        var shown = new Shown();
        var last = poll(id, body -> body.state().isFinal(), EVER, shown::show);
        return last.map(body -> {
                    live.end();
                    if (portolan.output() == Portolan.Output.TABLE) {
                        portolan.line(RolloutView.ending(body));
                    }
                    return exitCode(body);
                })
                .orElse(ExitCode.TIMED_OUT);
    }

    /** Waits until the end, or until only a person can let it go on; shows progress beside the answer. */
    int toItsEnd(String id) {
        return until(id, RolloutState.SUCCEEDED.name(), body -> body.state() == RolloutState.SUCCEEDED, EVER);
    }

    /** Waits until the rollout is as wanted ({@code what} in words), has ended otherwise, or waits for a person. */
    int until(String id, String what, Predicate<RolloutBody> wanted, Duration timeout) {
        var progress = new Progress();
        Predicate<RolloutBody> over = body -> wanted.test(body) || body.state().isFinal() || waitsForPerson(body);
        var last = poll(id, over, timeout, progress::show);
        if (last.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.TIMED_OUT,
                    "rollout " + id + " took longer than " + When.text(timeout),
                    List.of("see: portolan rollout explain " + id));
        }
        var body = last.get();
        var reply = portolan.api().get(RolloutReading.path(id));
        portolan.print(reply, () -> List.of(RolloutView.ending(body)));
        if (wanted.test(body)) {
            return ExitCode.DONE;
        }
        if (needsApproval(body)) {
            portolan.note(id + " waits for a person: portolan rollout approve " + id);
            return ExitCode.NEEDS_APPROVAL;
        }
        int code = exitCode(body);
        if (code == ExitCode.DONE) {
            // It went well, and still not as whoever waits relies on.
            portolan.note(id + " ended in " + body.state() + " and was not seen in " + what);
            return ExitCode.FAILED;
        }
        return code;
    }

    /** Whether nothing moves before a person does something. */
    private static boolean waitsForPerson(RolloutBody body) {
        return body.state() == RolloutState.PAUSED || needsApproval(body);
    }

    private static boolean needsApproval(RolloutBody body) {
        var waiting = body.waitingFor();
        return body.state() == RolloutState.RUNNING
                && waiting != null
                && waiting.text().contains(APPROVAL);
    }

    /** Waits for the regions of a rollback, and says for whom when it takes long. */
    RolloutBody convergence(RolloutBody started) {
        var waiting = new Object() {
            String text = "";
        };
        return poll(started.id(), body -> body.state().isFinal(), EVER, body -> {
                    var what = body.waitingFor();
                    boolean late = portolan.console()
                            .clock()
                            .instant()
                            .isAfter(started.startedAt().plus(QUIET));
                    if (what != null && late && !what.text().equals(waiting.text)) {
                        waiting.text = what.text();
                        portolan.note(what.text().startsWith("waiting") ? what.text() : "waiting for " + what.text());
                    }
                })
                .orElseThrow();
    }

    /** Exit code of a rollout as it is now. */
    static int exitCode(RolloutBody body) {
        return switch (body.state()) {
            case SUCCEEDED -> ExitCode.DONE;
            case ROLLED_BACK -> body.kind() == RolloutKind.ROLLBACK ? ExitCode.DONE : ExitCode.REVERTED;
            case ROLLED_BACK_PARTIAL -> body.kind() == RolloutKind.ROLLBACK ? ExitCode.FAILED : ExitCode.REVERTED;
            case HALTED -> ExitCode.FAILED;
            case SUPERSEDED, CANCELLED, REJECTED -> ExitCode.CONFLICT;
            case PAUSED -> ExitCode.WAITS_FOR_PERSON;
            case QUEUED, RUNNING, ROLLING_BACK -> ExitCode.TIMED_OUT;
        };
    }

    private Optional<RolloutBody> poll(
            String id, Predicate<RolloutBody> over, Duration timeout, java.util.function.Consumer<RolloutBody> show) {
        var clock = portolan.console().clock();
        var deadline = clock.instant().plus(timeout);
        var lastAnswer = clock.instant();
        var path = RolloutReading.path(id);
        var etag = "";
        while (true) {
            var began = clock.instant();
            try {
                var reply = etag.isEmpty()
                        ? portolan.api().get(path)
                        : portolan.api().getWaiting(path, POLL, etag);
                if (reply.status() == 304) {
                    // What it waits for is said anew each time, and is not part of the tag.
                    reply = portolan.api().get(path);
                }
                etag = reply.etag();
                var body = reply.as(RolloutBody.class);
                lastAnswer = clock.instant();
                show.accept(body);
                if (over.test(body)) {
                    return Optional.of(body);
                }
            } catch (CommandFailure e) {
                boolean away = e.exitCode() == ExitCode.UNREACHABLE || e.exitCode() == ExitCode.TIMED_OUT;
                if (!away || clock.instant().isAfter(lastAnswer.plus(PATIENCE))) {
                    throw e;
                }
                live.note("cannot reach the control plane, trying again");
            }
            if (!clock.instant().isBefore(deadline)) {
                return Optional.empty();
            }
            pause(began, clock.instant());
        }
    }

    private static void pause(Instant began, Instant now) {
        var rest = PACE.minus(Duration.between(began, now));
        if (rest.isPositive()) {
            LockSupport.parkNanos(rest.toNanos());
        }
        if (Thread.interrupted()) {
            throw new CommandFailure(ExitCode.FAILED, "interrupted");
        }
    }

    /** What watch has shown. */
    private final class Shown {
        private final RolloutChanges changes = new RolloutChanges();

        void show(RolloutBody body) {
            if (portolan.output() == Portolan.Output.TABLE && live.redraws()) {
                live.draw(RolloutView.lines(body, portolan.console().clock().instant()));
                return;
            }
            var news = changes.since(body);
            if (portolan.output() == Portolan.Output.TABLE) {
                news.forEach(portolan::line);
            } else if (!news.isEmpty()) {
                portolan.printStreamed(body);
            }
        }
    }

    /** What a wait has shown, on standard error. */
    private final class Progress {
        private final RolloutChanges changes = new RolloutChanges();

        void show(RolloutBody body) {
            changes.since(body).forEach(portolan::note);
        }
    }
}
