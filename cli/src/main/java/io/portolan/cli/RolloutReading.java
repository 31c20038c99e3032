package io.portolan.cli;

import io.portolan.protocol.rest.RolloutBody;
import io.portolan.protocol.rest.RolloutCheckBody;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Verbs that read rollouts. Stateless. */
final class RolloutReading {
    private RolloutReading() {}

    static String path(String id) {
        return (isCheck(id) ? "/v1/rollout-checks/" : "/v1/rollouts/") + Api.segment(id);
    }

    /** Whether it is the id of a check-only run. */
    private static boolean isCheck(String id) {
        return id.startsWith("ck-");
    }

    /** {@code rollout watch}. */
    @Command(
            name = "watch",
            description = "Shows a rollout live until it ends; ends with its exit code. Ctrl-C stops watching only.",
            footer = {"", "Example:", "  portolan rollout watch ro-12"})
    static final class Watch extends Verb {
        @Parameters(paramLabel = "ID", description = "Id of the rollout.")
        private String id;

        @Override
        protected int run() {
            return new RolloutFollower(portolan()).watch(id);
        }
    }

    /** {@code rollout list}. */
    @Command(name = "list", description = "Lists the rollouts, newest first.")
    static final class Listing extends Verb {
        @Option(names = "--extension", paramLabel = "NAME", defaultValue = "", description = "Only this extension's.")
        private String extension = "";

        @Override
        protected int run() {
            var reply = api().get("/v1/rollouts" + (extension.isEmpty() ? "" : "?extension=" + Api.segment(extension)));
            portolan().print(reply, () -> {
                var now = portolan().console().clock().instant();
                var table = new Table(
                        "ID", "EXTENSION", "ENVIRONMENT", "VERSION", "KIND", "STATE", "STAGE", "STARTED", "REASON");
                for (var rollout : reply.items(RolloutBody.class)) {
                    if (extension.isEmpty() || rollout.extension().value().equals(extension)) {
                        table.row(
                                rollout.id(),
                                rollout.extension(),
                                rollout.environment(),
                                rollout.version(),
                                rollout.kind().label(),
                                Paint.state(rollout.state().name()),
                                RolloutView.present(rollout),
                                When.ago(rollout.startedAt(), now),
                                rollout.reason());
                    }
                }
                return table.isEmpty()
                        ? List.of("no rollout; start one with: portolan rollout start NAME VERSION")
                        : table.lines();
            });
            return ExitCode.DONE;
        }
    }

    /** {@code rollout show}. */
    @Command(name = "show", description = "Shows one rollout with its stages, or a check (ck-N).")
    static final class Show extends Verb {
        @Parameters(paramLabel = "ID", description = "Id of the rollout.")
        private String id;

        @Override
        protected int run() {
            var reply = api().get(path(id));
            portolan()
                    .print(
                            reply,
                            () -> isCheck(id)
                                    ? RolloutCheckView.lines(reply.as(RolloutCheckBody.class))
                                    : RolloutView.lines(
                                            reply.as(RolloutBody.class),
                                            portolan().console().clock().instant()));
            return ExitCode.DONE;
        }
    }

    /** {@code rollout explain}. */
    @Command(name = "explain", description = "Says what a rollout waits for, since when, until when, and who can act.")
    static final class Explain extends Verb {
        @Parameters(paramLabel = "ID", description = "Id of the rollout.")
        private String id;

        @Override
        protected int run() {
            var reply = api().get(path(id) + "/explain");
            portolan().print(reply, () -> {
                var body = reply.tree();
                var now = portolan().console().clock().instant();
                var lines = new ArrayList<String>();
                lines.add(Trees.text(body, "text"));
                var since = Trees.time(body, "since");
                if (since != null) {
                    lines.add("  since " + since.truncatedTo(ChronoUnit.SECONDS) + " (" + When.ago(since, now) + ")");
                }
                var until = Trees.time(body, "until");
                if (until != null) {
                    lines.add("  until " + until.truncatedTo(ChronoUnit.SECONDS)
                            + (until.isAfter(now) ? " (in " + When.text(Duration.between(now, until)) + ")" : ""));
                }
                var actors = Trees.joined(body.path("actors"));
                if (!actors.isEmpty()) {
                    lines.add("  can act: " + actors);
                }
                return lines;
            });
            return ExitCode.DONE;
        }
    }
}
