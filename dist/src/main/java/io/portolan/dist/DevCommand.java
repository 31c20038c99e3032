package io.portolan.dist;

import io.portolan.cli.CommandFailure;
import io.portolan.cli.Console;
import io.portolan.cli.ExitCode;
import io.portolan.cli.Verb;
import io.portolan.model.FailPoints;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Runs a whole world on this machine. One thread at a time. */
@Command(
        name = "dev",
        description = "Runs a control plane, a node for each region and a director on this machine.",
        subcommands = {
            DevSteering.Stop.class,
            DevSteering.Start.class,
            DevSteering.Restart.class,
            DevSteering.AddRegion.class
        },
        footer = {
            "",
            "Examples:",
            "  portolan dev",
            "  portolan dev --regions westeurope,westus --data /tmp/world --port-base 8000",
            "  portolan dev --processes",
            "  portolan dev stop node-westus",
            "  portolan dev add-region japaneast"
        })
final class DevCommand extends Verb {
    @Option(
            names = "--regions",
            paramLabel = "a,b,c|N",
            defaultValue = "",
            description = "Regions of the bundled list, or how many; six unless given.")
    private String regions = "";

    @Option(
            names = "--data",
            scope = ScopeType.INHERIT,
            paramLabel = "DIR",
            defaultValue = ".portolan",
            description = "Folder of all state; .portolan unless given.")
    private Path data = Path.of(".portolan");

    @Option(
            names = "--port-base",
            paramLabel = "P",
            defaultValue = "7000",
            description =
                    "Ports are P+70 (console and API), P+75 (demo portal), P+80 (nodes), P+53 (DNS), P+54 (director); 7000 unless given.")
    private int portBase = DevOptions.DEFAULT_PORT_BASE;

    @Option(names = "--processes", description = "Each component is a process of its own.")
    private boolean processes;

    @Option(
            names = "--bring-up-timeout",
            paramLabel = "D",
            defaultValue = "10m",
            description = "Longest that a joining region may stand still before it is HELD; 10m unless given.")
    private String bringUpTimeout = "10m";

    @Option(
            names = "--print-config",
            paramLabel = "DIR",
            description = "Only write the settings files that `serve` takes, below DIR.")
    private @org.jspecify.annotations.Nullable Path printConfig;

    @Override
    protected int run() {
        var console = portolan().console();
        var catalogue = RegionCatalogue.bundled();
        var options = new DevOptions(
                DevOptions.regions(regions, catalogue),
                console.folder()
                        .resolve(printConfig == null ? data : printConfig)
                        .normalize(),
                portBase,
                processes,
                timeout());
        try {
            var plan = new DevPlan(options, haveOwnAddresses(options.regions().size())).withAdded();
            return printConfig == null ? live(console, plan, catalogue) : print(console, plan, catalogue);
        } catch (IOException e) {
            throw new CommandFailure(ExitCode.FAILED, "starting: " + e.getMessage());
        } catch (SettingsFile.BadSettings e) {
            throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitCode.DONE;
        }
    }

    private Duration timeout() {
        try {
            return Units.duration(bringUpTimeout);
        } catch (IllegalArgumentException e) {
            throw usage("bring-up-timeout: " + e.getMessage());
        }
    }

    private static int print(Console console, DevPlan plan, RegionCatalogue catalogue) throws IOException {
        new DevSettings(plan, catalogue).write();
        console.err().println("wrote the settings of " + plan.components().size() + " components; run each with:");
        for (var component : plan.components()) {
            console.out()
                    .println(
                            "portolan serve " + DevPlan.component(component) + " --config " + plan.settings(component));
        }
        return ExitCode.DONE;
    }

    private static int live(Console console, DevPlan plan, RegionCatalogue catalogue)
            throws IOException, InterruptedException {
        var began = console.clock().instant();
        var options = plan.options();
        var said = new DevSpeech(console, plan);
        // Held until the process ends, so that the operating system lets go of it.
        var lock = DevLock.take(options.data());
        Logs.open(plan.run().resolve("dev.log"));
        new DevSettings(plan, catalogue).write();
        var regions =
                new DevRegions(plan, catalogue, console.clock(), (grown, name) -> component(console, grown, name));
        var world = new DevWorld(components(console, plan), said::line, regions);
        said.starting();
        world.start();
        var portal = portal(plan, said);
        var socket = DevSocket.listen(plan.run(), world::answer);
        var ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(() -> {
            // Components that still run miss those that have ended; that is told to the file only.
            Logs.errorsOnly();
            said.stopping();
            try {
                socket.close();
                portal.ifPresent(DemoPortal::close);
                world.close();
                lock.close();
            } catch (IOException e) {
                said.line("stopping: " + e.getMessage());
            }
            ended.countDown();
        }));
        portal.ifPresent(said::portalIs);
        said.running(java.time.Duration.between(began, console.clock().instant()));
        Thread.ofVirtual().name("hello").start(() -> hello(console, plan, said));
        ended.await();
        return ExitCode.DONE;
    }

    /** The demo portal; a world without one is a world all the same. */
    private static java.util.Optional<DemoPortal> portal(DevPlan plan, DevSpeech said) {
        try {
            return java.util.Optional.of(DemoPortal.start(plan.portal(), plan.controlUrl(), DevPlan.PORTAL_HOST));
        } catch (IOException e) {
            said.line("no demo portal at " + plan.portal() + ": " + e.getMessage());
            return java.util.Optional.empty();
        }
    }

    private static List<Component> components(Console console, DevPlan plan) {
        return plan.components().stream()
                .map(name -> component(console, plan, name))
                .toList();
    }

    private static Component component(Console console, DevPlan plan, String name) {
        return plan.options().processes()
                ? new ChildProcess(name, plan.settings(name), plan.run(), List.of())
                : new InProcess(
                        name,
                        () -> Components.start(
                                DevPlan.component(name), plan.settings(name), console.clock(), FailPoints.NONE));
    }

    private static void hello(Console console, DevPlan plan, DevSpeech said) {
        var hello =
                new HelloDeployment(plan.controlUrl(), plan.options().regions().size(), console.clock(), said::news);
        try {
            said.helloIs(hello.run());
        } catch (IOException e) {
            said.news("hello: " + e.getMessage());
        }
    }

    /** Whether 127.0.1.1 and so on can be bound; not every operating system has the whole of 127.0.0.0/8. */
    private static boolean haveOwnAddresses(int regions) {
        for (int i = 1; i <= regions; i++) {
            try (var probe = new ServerSocket()) {
                probe.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.1." + i), 0));
            } catch (IOException e) {
                return false;
            }
        }
        return true;
    }

    /** The folder of the world that {@code dev stop} and its siblings reach. */
    Path world() {
        var folder = portolan().console().folder().resolve(data).normalize();
        if (!Files.isDirectory(folder)) {
            throw new CommandFailure(
                    ExitCode.UNREACHABLE, "no portolan dev ran on " + folder + " (expected: --data of a running one)");
        }
        return folder;
    }
}
