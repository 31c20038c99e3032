package io.portolan.dist;

import io.portolan.cli.CommandFailure;
import io.portolan.cli.ExitCode;
import io.portolan.cli.Verb;
import io.portolan.model.FailPoints;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs one component until it is told to end. One thread at a time. */
@Command(
        name = "serve",
        description = "Runs one component: control, region or director. SIGTERM or Ctrl-C ends it cleanly.",
        footer = {
            "",
            "Examples:",
            "  portolan serve control --config /etc/portolan/control.yaml",
            "  portolan serve region --config /etc/portolan/region.yaml",
            "",
            "For settings to begin with: portolan dev --print-config DIR"
        })
final class ServeCommand extends Verb {
    @Parameters(paramLabel = "COMPONENT", description = "control, region or director.")
    private String component;

    @Option(names = "--config", required = true, paramLabel = "FILE", description = "Settings, YAML.")
    private Path config;

    @Option(names = "--until-input-ends", hidden = true, description = "End when standard input closes.")
    private boolean untilInputEnds;

    @Override
    protected int run() {
        Logs.open();
        var console = portolan().console();
        try {
            var running =
                    Components.start(component, console.folder().resolve(config), console.clock(), FailPoints.NONE);
            Runtime.getRuntime()
                    .addShutdownHook(Thread.ofPlatform().name("stop").unstarted(() -> close(running)));
            console.out().println(ChildProcess.READY);
            console.out().flush();
            if (untilInputEnds) {
                awaitEnd(console.in());
            } else {
                new CountDownLatch(1).await();
            }
            return ExitCode.DONE;
        } catch (SettingsFile.BadSettings e) {
            throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw new CommandFailure(ExitCode.FAILED, "starting " + component + ": " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitCode.DONE;
        }
    }

    private static void awaitEnd(java.io.InputStream in) {
        try {
            in.transferTo(java.io.OutputStream.nullOutputStream());
        } catch (IOException e) {
            // A broken input has ended too.
        }
    }

    private static void close(AutoCloseable running) {
        try {
            running.close();
        } catch (Exception e) {
            throw new IllegalStateException("stopping", e);
        }
    }
}
