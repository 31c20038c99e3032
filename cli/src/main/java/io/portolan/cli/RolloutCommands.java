package io.portolan.cli;

import picocli.CommandLine.Command;

/** Moves versions through the stages. One thread at a time. */
@Command(
        name = "rollout",
        description = "Moves a version through the stages of an environment, and steers that.",
        subcommands = {
            RolloutStart.class,
            RolloutReading.Watch.class,
            RolloutReading.Listing.class,
            RolloutReading.Show.class,
            RolloutReading.Explain.class,
            RolloutSteering.Pause.class,
            RolloutSteering.Resume.class,
            RolloutSteering.Advance.class,
            RolloutSteering.Abort.class,
            RolloutSteering.Halt.class,
            RolloutApprove.class,
            RolloutWait.class
        },
        footer = {
            "",
            "Examples:",
            "  portolan rollout start Contoso_Orders 1.3.0 --bake 30m --wait",
            "  portolan rollout start Contoso_Orders 1.3.0 --check-only",
            "  portolan rollout watch ro-12",
            "  portolan rollout abort ro-12 --reason 'orders fail' --yes"
        })
final class RolloutCommands extends Group {}
