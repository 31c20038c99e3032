package io.portolan.cli;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.protocol.rest.RolloutBody;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes an extension back to a version that was good. One thread at a time. */
@Command(
        name = "rollback",
        description = "Takes an extension back to a good version, in every region at once; waits for them.",
        footer = {
            "",
            "Examples:",
            "  portolan rollback Contoso_Orders --yes",
            "  portolan rollback Contoso_Orders --to previous-lkg --reason 'orders fail'",
            "  portolan rollback Contoso_Orders --region westus --to 1.2.0",
            "",
            "A hold stays on the extension until a person rolls out a newer version or lifts it."
        })
final class RollbackCommand extends Verb {
    /** How long the first request may wait: most rollbacks are over by then and need no second one. */
    private static final Duration FIRST_WAIT = Duration.ofSeconds(2);

    @Parameters(paramLabel = "NAME", description = "Name of the extension.")
    private String name;

    @Option(names = "--environment", paramLabel = "E", description = "Environment; the server's default unless given.")
    private @Nullable String environment;

    @Option(
            names = "--to",
            paramLabel = "WHAT",
            defaultValue = "auto",
            description = "auto (default), lkg, previous-lkg, last-hotfix, previous-hotfix or a version.")
    private String to = "auto";

    @Option(names = "--region", paramLabel = "R", description = "Only this region.")
    private @Nullable String region;

    @Option(names = "--reason", paramLabel = "T", description = "Why; goes into the log.")
    private @Nullable String reason;

    @Option(names = "--no-wait", description = "Do not wait for the regions.")
    private boolean noWait;

    @Override
    protected int run() {
        var body = new RolloutBody.Rollback(
                new ExtensionName(name),
                environment == null ? null : new EnvironmentName(environment),
                to,
                region == null ? null : new RegionName(region),
                reason);
        portolan()
                .confirm("Roll " + name + " back to " + to + (environment == null ? "" : " in " + environment)
                        + (region == null ? ", in every region" : ", in region " + region) + "?");
        if (noWait || portolan().dryRun()) {
            var reply = api().post("/v1/rollbacks", body);
            portolan()
                    .print(
                            reply,
                            () -> RolloutView.afterwards(
                                    reply.as(RolloutBody.class),
                                    portolan().console().clock().instant(),
                                    portolan().dryRun()));
            return ExitCode.DONE;
        }
        var reply = api().postWaiting("/v1/rollbacks", body, FIRST_WAIT);
        var first = reply.as(RolloutBody.class);
        if (!first.state().isFinal()) {
            var last = new RolloutFollower(portolan()).convergence(first);
            var end = api().get(RolloutReading.path(last.id()));
            return end(end, end.as(RolloutBody.class));
        }
        return end(reply, first);
    }

    private int end(Reply reply, RolloutBody body) {
        portolan().print(reply, () -> List.of(RolloutView.rollback(body)));
        return RolloutFollower.exitCode(body);
    }
}
