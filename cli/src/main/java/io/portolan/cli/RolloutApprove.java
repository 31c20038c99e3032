package io.portolan.cli;

import io.portolan.protocol.rest.RolloutBody;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Consents to a stage of a rollout's plan. One thread at a time. */
@Command(
        name = "approve",
        description = {
            "Consents to a stage of a rollout's plan; the consent is bound to that plan and expires.",
            "Where a plan wants two persons, not from whoever started it (name yourself with PORTOLAN_ACTOR)."
        },
        footer = {"", "Example:", "  PORTOLAN_ACTOR=ada portolan rollout approve ro-12 --stage stage3"})
final class RolloutApprove extends Verb {
    @Parameters(paramLabel = "ID", description = "Id of the rollout.")
    private String id;

    @Option(names = "--stage", paramLabel = "NAME", description = "The next stage that needs it unless given.")
    private @Nullable String stage;

    @Option(
            names = "--plan-hash",
            paramLabel = "HASH",
            description = "Of the plan that you looked at; refused if it is another by now.")
    private @Nullable String planHash;

    @Override
    protected int run() {
        var reply = api().post(RolloutReading.path(id) + "/approve", new RolloutBody.Approve(stage, planHash));
        portolan()
                .print(
                        reply,
                        () -> RolloutView.afterwards(
                                reply.as(RolloutBody.class),
                                portolan().console().clock().instant(),
                                portolan().dryRun()));
        return ExitCode.DONE;
    }
}
