package io.portolan.cli;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.protocol.rest.RolloutBody;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Packs, publishes and starts a rollout. One thread at a time. */
@Command(
        name = "deploy",
        description = "Packs a folder, publishes it and starts its rollout; with --wait stays until the end.",
        footer = {"", "Example:", "  portolan deploy ./build --extension Contoso_Orders --version 1.2.0 --wait"})
final class DeployCommand extends Verb {
    @Parameters(paramLabel = "DIR", description = "Folder with index.html and the assets.")
    private Path folder;

    @Option(names = "--extension", required = true, paramLabel = "NAME", description = "Name of the extension.")
    private String extension;

    @Option(names = "--version", required = true, paramLabel = "V", description = "Label of the release.")
    private String version;

    @Option(names = "--environment", paramLabel = "E", description = "Environment; the server's default unless given.")
    private @Nullable String environment;

    @Option(names = "--bake", paramLabel = "D", description = "How long each stage must stay healthy, such as 30m.")
    private @Nullable String bake;

    @Option(names = "--reason", paramLabel = "T", description = "Why; goes into the log.")
    private @Nullable String reason;

    @Option(names = "--wait", description = "Wait for the end and answer with its exit code.")
    private boolean wait;

    @Override
    protected int run() {
        var path = portolan().console().folder().resolve(folder);
        if (!Files.isDirectory(path)) {
            throw usage("deploying " + folder + ": no such folder");
        }
        var name = new ExtensionName(extension);
        var label = new VersionLabel(version);
        var published = PublishCommand.publish(portolan(), path, name, label);
        PublishCommand.describe(published, portolan().dryRun()).forEach(portolan()::note);
        if (portolan().dryRun()) {
            portolan().print(published, java.util.List::of);
            return ExitCode.DONE;
        }
        return RolloutStart.start(
                portolan(),
                new RolloutBody.Start(
                        name,
                        environment == null ? null : new EnvironmentName(environment),
                        label,
                        null,
                        bake == null ? null : When.duration(bake).toString(),
                        reason),
                wait);
    }
}
