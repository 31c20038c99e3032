package io.portolan.cli;

import io.portolan.model.RegionName;
import io.portolan.protocol.rest.RolloutCheckBody;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A check of a rollout as people see it in a terminal. Stateless. */
final class RolloutCheckView {
    private RolloutCheckView() {}

    /** Heading, one line a finding, and what came of it. */
    static List<String> lines(RolloutCheckBody body) {
        var lines = new ArrayList<String>();
        lines.add(Paint.HEADING.mark("check " + body.id()) + "  " + body.extension() + " " + body.version() + " in "
                + body.environment() + "  " + mark(body.outcome()) + "  "
                + Paint.FAINT.mark("plan " + body.plan().name() + ", hash " + body.planHash()));
        body.findings().forEach(finding -> lines.add("  " + line(finding)));
        for (var stage : body.stages()) {
            lines.add("  " + stage.name() + "  " + mark(stage.outcome()) + "  "
                    + stage.regions().stream().map(RegionName::value).collect(Collectors.joining(", ")));
            stage.findings().forEach(finding -> lines.add("    " + line(finding)));
        }
        if (!body.plan().left().isEmpty()) {
            lines.add("  left as they are: " + String.join(", ", body.plan().left()));
        }
        lines.add("");
        lines.add(conclusion(body) + "; nothing was changed (--check-only)");
        return lines;
    }

    private static String line(RolloutCheckBody.Finding finding) {
        return mark(finding.outcome()) + " " + finding.check() + ": " + finding.reason();
    }

    private static String conclusion(RolloutCheckBody body) {
        return switch (body.outcome()) {
            case PASS, NOTE -> "it would begin";
            case WAIT -> "it would wait for what is marked so";
            case FAIL -> "it would fail";
        };
    }

    private static String mark(RolloutCheckBody.Outcome outcome) {
        var text = outcome.name();
        return switch (outcome) {
            case PASS -> Paint.GOOD.mark(text);
            case NOTE, WAIT -> Paint.WARN.mark(text);
            case FAIL -> Paint.BAD.mark(text);
        };
    }
}
