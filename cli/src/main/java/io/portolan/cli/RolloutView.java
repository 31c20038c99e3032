package io.portolan.cli;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.RolloutState;
import io.portolan.model.StageState;
import io.portolan.protocol.rest.RolloutBody;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** A rollout as people see it in a terminal. Stateless. */
final class RolloutView {
    private static final int BAR = 20;

    private RolloutView() {}

    /** The whole of it: heading, stages with regions and bake clock, what it waits for. */
    static List<String> lines(RolloutBody body, Instant now) {
        var lines = new ArrayList<String>();
        lines.add(Paint.HEADING.mark(
                        body.kind() == RolloutKind.ROLLBACK ? "rollback " + body.id() : "rollout " + body.id())
                + "  " + title(body) + "  " + Paint.state(body.state().name()) + "  "
                + Paint.FAINT.mark("started " + When.ago(body.startedAt(), now)));
        if (!body.stages().isEmpty()) {
            var table = new Table("STAGE", "STATE", "REGIONS", "BAKE", "GATE");
            for (var stage : body.stages()) {
                table.row(
                        stage.name(),
                        Paint.state(stage.state().name()),
                        stage.regions().stream().map(RegionName::value).collect(Collectors.joining(", ")),
                        bake(stage, now),
                        stage.verdict());
            }
            table.lines().forEach(line -> lines.add("  " + line));
        }
        for (var lost : body.lost()) {
            lines.add("  " + Paint.WARN.mark(lost.region() + " " + lost.state().toLowerCase(Locale.ROOT)) + ": "
                    + lost.reason());
        }
        body.warmed().forEach(each -> lines.add("  " + Paint.FAINT.mark(each)));
        var waiting = body.waitingFor();
        if (waiting != null) {
            lines.add("  " + Paint.BUSY.mark(waiting.text())
                    + (waiting.actors().isEmpty()
                            ? ""
                            : Paint.FAINT.mark("  (can act: " + String.join(", ", waiting.actors()) + ")")));
        } else if (!body.reason().isEmpty()) {
            lines.add("  " + body.reason());
        }
        return lines;
    }

    /** The same after a verb; {@code tried}: whether it was a dry run, and so nothing is as it says. */
    static List<String> afterwards(RolloutBody body, Instant now, boolean tried) {
        var lines = new ArrayList<>(lines(body, now));
        if (tried) {
            lines.add("");
            lines.add("nothing was changed (--dry-run)");
        }
        return lines;
    }

    /** A rollout that was not started: its heading and plan. */
    static List<String> tried(RolloutBody body) {
        var lines = new ArrayList<String>();
        lines.add(Paint.HEADING.mark("would start") + "  " + title(body));
        lines.addAll(plan(body));
        return lines;
    }

    /** The plan: order of the regions, bakes, and the predicted end. */
    static List<String> plan(RolloutBody body) {
        var plan = body.plan();
        if (plan == null) {
            return List.of();
        }
        var lines = new ArrayList<String>();
        lines.add("");
        lines.add(Paint.HEADING.mark("plan " + plan.name()) + "  "
                + (plan.predictedEnd() == null
                        ? "no window lets it end"
                        : "ends " + plan.predictedEnd().truncatedTo(ChronoUnit.SECONDS) + " if nothing goes wrong")
                + "  " + Paint.FAINT.mark("hash " + body.planHash()));
        var table = new Table("STAGE", "REGIONS, THOSE OF ONE WAVE TOGETHER", "BAKE", "MAY FAIL", "APPROVAL");
        for (var stage : plan.stages()) {
            table.row(
                    stage.name(),
                    stage.waves().isEmpty()
                            ? "none: skipped"
                            : stage.waves().stream()
                                    .map(wave ->
                                            wave.stream().map(RegionName::value).collect(Collectors.joining(", ")))
                                    .collect(Collectors.joining(" | ")),
                    When.text(stage.bake()),
                    Integer.toString(stage.maxFailedRegions()),
                    stage.approval() ? "needed" : "");
        }
        table.lines().forEach(line -> lines.add("  " + line));
        for (var step : plan.ramp()) {
            lines.add("  each wave first for " + step.percent() + " % of the sessions, " + When.text(step.bake()));
        }
        if (!plan.left().isEmpty()) {
            lines.add("  left as they are: " + String.join(", ", plan.left()));
        }
        if (Boolean.FALSE.equals(plan.checks())) {
            lines.add("  without health checks: only bakes judge its stages");
        }
        if (plan.onFail().equals("halt")) {
            lines.add("  a failure stops it and puts nothing back");
        }
        return lines;
    }

    /** Name of the stage that is at work, empty text for none. */
    static String present(RolloutBody body) {
        return working(body).map(RolloutBody.StageBody::name).orElse("");
    }

    /** One sentence about how it ended or what holds it. */
    static String ending(RolloutBody body) {
        if (body.kind() == RolloutKind.ROLLBACK) {
            return rollback(body);
        }
        var took =
                body.endedAt() == null ? "" : " after " + When.text(Duration.between(body.startedAt(), body.endedAt()));
        var sentence =
                switch (body.state()) {
                    case SUCCEEDED -> Paint.GOOD.mark("done") + ": " + title(body) + took;
                    case PAUSED ->
                        Paint.WARN.mark("paused") + ": " + title(body)
                                + " waits for a person; go on with: portolan rollout resume " + body.id();
                    case QUEUED, RUNNING, ROLLING_BACK ->
                        title(body) + " is " + Paint.state(body.state().name());
                    case ROLLED_BACK, ROLLED_BACK_PARTIAL, HALTED, SUPERSEDED, CANCELLED, REJECTED ->
                        Paint.state(body.state().name()) + ": " + title(body) + took;
                };
        return body.state() == RolloutState.SUCCEEDED || body.reason().isEmpty()
                ? sentence
                : sentence + ": " + body.reason();
    }

    /** What a rollback did: time, regions and blobs moved. */
    static String rollback(RolloutBody body) {
        var line = new StringBuilder();
        line.append(
                body.state() == RolloutState.SUCCEEDED || body.state() == RolloutState.ROLLED_BACK
                        ? Paint.GOOD.mark("rolled back")
                        : Paint.state(body.state().name()));
        line.append(": ").append(title(body));
        if (body.elapsedMillis() != null) {
            line.append(" in ").append(When.text(Duration.ofMillis(body.elapsedMillis())));
        }
        if (body.regionsTotal() != null) {
            line.append(", ")
                    .append(body.regionsConverged() == null ? 0 : body.regionsConverged())
                    .append(" of ")
                    .append(body.regionsTotal())
                    .append(" regions");
        }
        if (body.blobsMoved() != null) {
            line.append(", ").append(body.blobsMoved()).append(body.blobsMoved() == 1 ? " blob moved" : " blobs moved");
        }
        return line.toString();
    }

    /** What moves where. */
    static String title(RolloutBody body) {
        return body.extension() + (body.base() == null ? " " : " " + body.base() + " → ") + body.version() + " in "
                + body.environment();
    }

    private static Optional<RolloutBody.StageBody> working(RolloutBody body) {
        return body.stages().stream()
                .filter(stage -> switch (stage.state()) {
                    case APPLYING, CONVERGING, BAKING, GATING -> true;
                    case PENDING, SKIPPED, SEALED, REVERTED -> false;
                })
                .findFirst();
    }

    private static String bake(RolloutBody.StageBody stage, Instant now) {
        var from = stage.convergedAt();
        var until = stage.bakeUntil();
        if (stage.state() != StageState.BAKING || from == null || until == null) {
            return "";
        }
        double whole = Math.max(1, Duration.between(from, until).toMillis());
        int full = (int) Math.clamp(Duration.between(from, now).toMillis() / whole * BAR, 0, BAR);
        return "█".repeat(full) + "░".repeat(BAR - full) + " "
                + (until.isAfter(now) ? When.text(Duration.between(now, until)) + " left" : "done");
    }
}
