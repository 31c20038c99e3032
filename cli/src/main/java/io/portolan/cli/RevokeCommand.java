package io.portolan.cli;

import io.portolan.protocol.rest.RolloutBody;
import io.portolan.protocol.rest.VersionBody;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes a version away everywhere, for ever. One thread at a time. */
@Command(
        name = "revoke",
        description = "Revokes a version: every region answers 410 for it, at once and for ever.",
        footer = {"", "Example:", "  portolan revoke Contoso_Orders 1.2.0 --reason 'leaks a token' --yes"})
final class RevokeCommand extends Verb {
    @Parameters(index = "0", paramLabel = "NAME", description = "Name of the extension.")
    private String name;

    @Parameters(index = "1", paramLabel = "V", description = "Version.")
    private String version;

    @Option(names = "--reason", paramLabel = "T", description = "Why; goes into the log.")
    private @Nullable String reason;

    @Override
    protected int run() {
        portolan().confirm("Revoke " + name + " " + version + " in every region?");
        var reply = api().post(
                        "/v1/extensions/" + Api.segment(name) + "/versions/" + Api.segment(version) + "/revoke",
                        new RolloutBody.Verb(reason));
        portolan().print(reply, () -> {
            var body = reply.as(VersionBody.class);
            return List.of(body.extension() + " " + body.version() + " is "
                    + Paint.state(body.state().name()));
        });
        return ExitCode.DONE;
    }
}
