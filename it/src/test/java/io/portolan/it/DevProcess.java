package io.portolan.it;

import static org.awaitility.Awaitility.await;

import io.portolan.testkit.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * {@code portolan dev} as a child process, as a person would start it, on a data folder and ports of its own; it can be killed
 * and started again on the same. One thread at a time.
 */
final class DevProcess implements AutoCloseable {
    static final List<String> REGIONS = InProcessWorld.REGIONS;
    static final String HELLO = "Portolan_Hello";
    static final String MAIN = "io.portolan.dist.Main";
    static final String ZONE = "ext.portolan.test";

    /** Generous: tests judge what happens, not how fast a busy machine does it. */
    static final Duration PATIENCE = Duration.ofSeconds(120);

    private static final int LOG_TAIL_LINES = 15;

    private static final List<String> SMALL_JVM = List.of(
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx512m",
            "--enable-native-access=ALL-UNNAMED",
            "-Duser.timezone=UTC");

    private final Path folder;
    private final FreePorts ports;
    private final List<String> options;
    private final Thread endWithTests = new Thread(this::destroy, "end-dev");
    private Process process;

    private DevProcess(Path folder, FreePorts ports, List<String> options, Process process) {
        this.folder = folder;
        this.ports = ports;
        this.options = options;
        this.process = process;
        Runtime.getRuntime().addShutdownHook(endWithTests);
    }

    /** Starts a new world in an empty folder and waits until it serves hello everywhere. */
    static DevProcess start(Path folder, String... options) throws IOException {
        var ports = FreePorts.take(REGIONS.size());
        Files.createDirectories(folder.resolve("home"));
        var dev = new DevProcess(
                folder, ports, List.of(options), launch(folder, words(folder, ports.base(), List.of(options))));
        try {
            dev.awaitHello();
        } catch (RuntimeException | Error e) {
            dev.close();
            throw e;
        }
        return dev;
    }

    /** Starts it again on the same data and ports; the one before must have ended. */
    void startAgain() throws IOException {
        process = launch(folder, words(folder, ports.base(), options));
        awaitHello();
    }

    /** The command line of this world. */
    List<String> words() {
        return words(folder, ports.base(), options);
    }

    private static List<String> words(Path folder, int portBase, List<String> options) {
        var words = new ArrayList<>(java("dev", "--data", data(folder).toString(), "--port-base", "" + portBase));
        words.addAll(options);
        return List.copyOf(words);
    }

    private static Process launch(Path folder, List<String> words) throws IOException {
        var all = new ArrayList<>(defaultSignals());
        all.addAll(words);
        var builder = new ProcessBuilder(all)
                .directory(folder.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("dev.out").toFile()));
        builder.environment().put("PORTOLAN_HOME", folder.resolve("home").toString());
        return builder.start();
    }

    /**
     * What lets a child obey signals: whatever runs the tests in its background has SIGINT ignored, which children inherit and a
     * JVM respects. Empty where {@code env} cannot do it.
     */
    private static List<String> defaultSignals() throws IOException {
        var words = List.of("env", "--default-signal=INT,QUIT");
        var probe = new ArrayList<>(words);
        probe.add("true");
        try {
            var tried = new ProcessBuilder(probe).redirectErrorStream(true).start();
            return tried.waitFor() == 0 ? words : List.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while asking env for signals", e);
        }
    }

    /** A command line of the product as it was just built. */
    static List<String> java(String... arguments) {
        var words = new ArrayList<String>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(SMALL_JVM);
        words.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN));
        words.addAll(List.of(arguments));
        return List.copyOf(words);
    }

    private void awaitHello() {
        try {
            await().atMost(PATIENCE).pollInterval(Duration.ofMillis(200)).until(() -> !isRunning() || helloIsServed());
        } catch (RuntimeException e) {
            throw new AssertionError("hello is not served everywhere; " + said(), e);
        }
        if (!isRunning()) {
            throw new AssertionError("portolan dev ended with " + process.exitValue() + "; " + said());
        }
    }

    private boolean helloIsServed() throws InterruptedException {
        try {
            var rollouts = rest().get("/v1/rollouts?extension=" + HELLO).body().at("/items");
            if (rollouts.isEmpty() || !rollouts.get(0).path("endedAt").isString()) {
                return false;
            }
            for (var region : REGIONS) {
                if (Pages.get(node(region).resolve("/hello")).statusCode() != 200) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** What the world has said and logged, for the message of a failure. */
    String said() {
        var text = new StringBuilder("portolan dev said:\n");
        try {
            text.append(Files.readString(folder.resolve("dev.out")));
            try (var logs = Files.newDirectoryStream(data().resolve("run"), "*.log")) {
                for (var log : logs) {
                    var lines = Files.readAllLines(log);
                    text.append("--- ").append(log.getFileName()).append('\n');
                    lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size())
                            .forEach(line -> text.append(line).append('\n'));
                }
            }
        } catch (IOException e) {
            text.append(e);
        }
        return text.toString();
    }

    /** A folder for what a test needs beside the world. */
    Path scratch(String name) {
        try {
            return Files.createTempDirectory(folder, name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path data() {
        return data(folder);
    }

    // As the operating system names it, for comparison with what strace sees.
    static Path data(Path folder) {
        try {
            return folder.toRealPath().resolve("data");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    URI control() {
        return URI.create("http://127.0.0.1:" + ports.port(70));
    }

    Rest rest() {
        return new Rest(control());
    }

    URI node(String region) {
        return URI.create("http://" + address(region) + ":" + ports.port(80));
    }

    /** Address of a region's node, as DNS gives it. */
    static String address(String region) {
        return "127.0.1." + (REGIONS.indexOf(region) + 1);
    }

    int portBase() {
        return ports.base();
    }

    /** Asks this world's director. */
    Dig dig() {
        return new Dig(ports.port(53));
    }

    /** Runs a command of the product against this world, to its end. */
    Command cli(String... arguments) throws IOException, InterruptedException {
        return Command.run(folder, variables(), java(arguments));
    }

    /** Starts a command of the product against this world. */
    Command.Running startCli(String... arguments) throws IOException {
        return Command.start(folder, variables(), java(arguments));
    }

    /** As {@link #cli}, but only success will do. */
    Command must(String... arguments) throws IOException, InterruptedException {
        var command = cli(arguments);
        if (command.code() != 0) {
            throw new AssertionError(String.join(" ", arguments) + " ended with " + command.code() + ":\n"
                    + command.out() + command.err() + said());
        }
        return command;
    }

    /** Stops, starts or restarts a component, as a person would. */
    void steer(String verb, String component) throws IOException, InterruptedException {
        must("dev", verb, component, "--data", data().toString());
    }

    /** Variables that lead commands of the product here. */
    Map<String, String> variables() {
        return Map.of(
                "PORTOLAN_SERVER", control().toString(),
                "PORTOLAN_HOME", folder.resolve("home").toString());
    }

    /** The process of a component of a world of processes. */
    ProcessHandle component(String name) throws IOException {
        var pid = Files.readString(data().resolve("run").resolve(name + ".pid")).strip();
        return ProcessHandle.of(Long.parseLong(pid))
                .orElseThrow(() -> new AssertionError(name + ": no process " + pid));
    }

    boolean isRunning() {
        return process.isAlive();
    }

    ProcessHandle handle() {
        return process.toHandle();
    }

    /** Kills it without warning. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Sends a signal such as {@code INT} and waits for the end; gives the exit code. */
    int end(String signal) throws IOException, InterruptedException {
        signal(process.toHandle(), signal);
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("does not end at " + signal + "; " + said());
        }
        return process.exitValue();
    }

    /** Sends a signal, such as {@code STOP}, to one process. */
    static void signal(ProcessHandle process, String signal) throws IOException, InterruptedException {
        var sent = new ProcessBuilder("kill", "-" + signal, "" + process.pid())
                .inheritIO()
                .start();
        if (sent.waitFor() != 0) {
            throw new AssertionError("kill -" + signal + " " + process.pid() + " failed");
        }
    }

    /** Ends it and whatever it started; comes back when they have ended. */
    private void destroy() {
        // Its children end with it; one that a test left frozen cannot, and is ended here.
        var children = process.descendants().toList();
        process.destroyForcibly();
        children.forEach(ProcessHandle::destroyForcibly);
        process.toHandle().onExit().join();
        children.forEach(child -> child.onExit().join());
    }

    @Override
    public void close() throws IOException {
        destroy();
        ports.close();
        Runtime.getRuntime().removeShutdownHook(endWithTests);
    }
}
