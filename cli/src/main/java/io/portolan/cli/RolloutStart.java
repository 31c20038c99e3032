package io.portolan.cli;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.VersionLabel;
import io.portolan.protocol.Json;
import io.portolan.protocol.rest.RolloutBody;
import io.portolan.protocol.rest.RolloutCheckBody;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Starts a rollout. One thread at a time. */
@Command(
        name = "start",
        description = "Starts to move an environment to a version, stage by stage.",
        footer = {
            "",
            "Examples:",
            "  portolan rollout start Contoso_Orders 1.3.0",
            "  portolan rollout start Contoso_Orders 1.3.0 --plan fast --dry-run      (prints the plan and its end)",
            "  portolan rollout start Contoso_Orders 1.3.0 --environment prod --bake 1h --reason 'new search' --wait",
            "  portolan rollout start Contoso_Orders 1.3.0 --check-only                (what it would meet; moves nothing)",
            "  portolan rollout start Contoso_Orders 1.3.0 --stage stage2 --wait       (that stage, and no other)"
        })
final class RolloutStart extends Verb {
    @Parameters(index = "0", paramLabel = "NAME", description = "Name of the extension.")
    private String name;

    @Parameters(index = "1", paramLabel = "VERSION", description = "A published version.")
    private String version;

    @Option(names = "--environment", paramLabel = "E", description = "Environment; the server's default unless given.")
    private @Nullable String environment;

    @Option(names = "--kind", paramLabel = "K", description = "safe (default), hotfix or break-glass.")
    private @Nullable String kind;

    @Option(names = "--bake", paramLabel = "D", description = "How long each stage must stay healthy, such as 30m.")
    private @Nullable String bake;

    @Option(
            names = "--plan",
            paramLabel = "PLAN",
            description = {
                "standard (bakes of a day), fast (6 h), quick (30 min), hotfix, solo (one region, by shares of the"
                        + " sessions),",
                "or a YAML or JSON file that says what differs: name, bake, stages, maxRegionsAtOnce, ramp, onFail, twoPersons."
            })
    private @Nullable String plan;

    @Option(
            names = "--contains",
            paramLabel = "V",
            split = ",",
            description = "Versions whose changes this one has too: a hotfix among them does not supersede it.")
    private List<String> contains = List.of();

    @Option(names = "--stage", paramLabel = "S", description = "Only this stage; the others stay as they are.")
    private @Nullable String stage;

    @Option(names = "--through", paramLabel = "S", description = "Up to this stage, and not beyond it.")
    private @Nullable String through;

    @Option(
            names = "--without-checks",
            description = "Let only bakes judge its stages, and no health check. Needs a reason.")
    private boolean withoutChecks;

    @Option(
            names = "--check-only",
            description = {
                "Say for each stage what would pass, wait or fail now, and why; move nothing. Recorded: portolan rollout show ck-N.",
                "Ends with 0 if it would begin, 3 if something would fail, 8 if it would wait."
            })
    private boolean checkOnly;

    @Option(
            names = "--reason",
            paramLabel = "T",
            description = "Why; goes into the log. break-glass and --without-checks need one.")
    private @Nullable String reason;

    @Option(names = "--wait", description = "Wait for the end and answer with its exit code.")
    private boolean wait;

    @Override
    protected int run() {
        var wanted = kind == null ? null : RolloutKind.of(kind);
        if (stage != null && through != null) {
            throw usage("--stage " + stage + " and --through " + through + " (expected: one of them)");
        }
        if (withoutChecks && (reason == null || reason.isBlank())) {
            throw usage("a rollout without health checks needs a reason (expected: --reason TEXT)");
        }
        if (checkOnly && wait) {
            throw usage("--check-only --wait: a check starts nothing that could be waited for");
        }
        if (wanted == RolloutKind.BREAK_GLASS && !checkOnly) {
            if (reason == null || reason.isBlank()) {
                throw usage("a break-glass rollout needs a reason (expected: --reason TEXT)");
            }
            portolan().confirm("Give " + name + " " + version + " to every region at once, without bakes?");
        }
        var start = new RolloutBody.Start(
                new ExtensionName(name),
                environment == null ? null : new EnvironmentName(environment),
                new VersionLabel(version),
                wanted,
                bake == null ? null : When.duration(bake).toString(),
                reason,
                plan == null ? null : plan(plan),
                contains.isEmpty()
                        ? null
                        : contains.stream().map(VersionLabel::new).toList(),
                stage,
                through,
                withoutChecks ? Boolean.FALSE : null);
        return checkOnly ? check(start) : start(portolan(), start, wait);
    }

    private int check(RolloutBody.Start start) {
        var reply = api().post("/v1/rollout-checks", start);
        var body = reply.as(RolloutCheckBody.class);
        portolan().print(reply, () -> RolloutCheckView.lines(body));
        return switch (body.outcome()) {
            case PASS, NOTE -> ExitCode.DONE;
            case WAIT -> ExitCode.WAITS_FOR_PERSON;
            case FAIL -> ExitCode.REVERTED;
        };
    }

    /** The name of a plan, or what a file says of one. */
    private JsonNode plan(String text) {
        if (text.matches("[a-z-]{1,20}")) {
            return Json.mapper().getNodeFactory().stringNode(text);
        }
        try {
            boolean yaml = text.endsWith(".yaml") || text.endsWith(".yml");
            return (yaml ? new YAMLMapper() : Json.mapper()).readTree(Files.readAllBytes(Path.of(text)));
        } catch (IOException e) {
            throw usage("plan " + text + ": cannot be read (expected: the name of a plan or a YAML or JSON file)");
        } catch (JacksonException e) {
            throw usage("plan " + text + ": " + e.getOriginalMessage());
        }
    }

    /** Starts and, if asked, waits; answers the exit code. */
    static int start(Portolan portolan, RolloutBody.Start start, boolean wait) {
        var reply = portolan.api().post("/v1/rollouts", start);
        var body = reply.as(RolloutBody.class);
        if (!wait || portolan.dryRun()) {
            portolan.print(reply, () -> {
                // What was only tried has no state: the plan is all there is to show.
                var lines = new java.util.ArrayList<>(
                        portolan.dryRun()
                                ? RolloutView.tried(body)
                                : RolloutView.lines(
                                        body, portolan.console().clock().instant()));
                lines.add("");
                lines.add(
                        portolan.dryRun()
                                ? "nothing was changed (--dry-run)"
                                : "next: portolan rollout watch " + body.id());
                return List.copyOf(lines);
            });
            return ExitCode.DONE;
        }
        return new RolloutFollower(portolan).toItsEnd(body.id());
    }
}
