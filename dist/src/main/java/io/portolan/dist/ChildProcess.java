package io.portolan.dist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A component as a process of its own. One thread at a time.
 *
 * <p>The child ends when its standard input closes, so it never outlives a parent that was killed. It says {@link #READY} on
 * its standard output once it runs; everything else goes to a log that the parent opened for it.
 */
final class ChildProcess implements Component {
    /** The line that a child prints when it runs. */
    static final String READY = "portolan: running";

    private static final long START_SECONDS = 180;
    private static final long STOP_SECONDS = 20;
    private static final List<String> JVM = List.of(
            "-Xms32m", "-Xmx320m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED");

    private final String name;
    private final List<String> command;
    private final Path run;
    private @Nullable Process process;

    ChildProcess(String name, Path settings, Path run, List<String> moreOptions) {
        this.name = name;
        this.run = run;
        var words = new ArrayList<String>();
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(JVM);
        words.addAll(moreOptions);
        words.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        words.addAll(List.of("serve", DevPlan.component(name), "--config", settings.toString(), "--until-input-ends"));
        this.command = List.copyOf(words);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void start() throws IOException {
        if (isRunning()) {
            return;
        }
        var log = run.resolve(name + ".log");
        var child = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        process = child;
        Files.writeString(run.resolve(name + ".pid"), child.pid() + "\n");
        var ready = new java.util.concurrent.CountDownLatch(1);
        // A thread of its own: reading a pipe pins the carrier of a virtual one, and a few children would take all
        // carriers.
        Thread.ofPlatform().daemon().name("output-of-" + name).start(() -> drain(child, ready));
        try {
            boolean said = ready.await(START_SECONDS, TimeUnit.SECONDS);
            if (!said || !child.isAlive()) {
                child.destroyForcibly();
                throw new IOException(
                        "starting " + name + ": it " + (said ? "ended" : "did not run after " + START_SECONDS + " s")
                                + "; see " + log + lastLines(log));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            child.destroyForcibly();
            throw new IOException("starting " + name + ": interrupted", e);
        }
    }

    @Override
    public void stop() {
        var ending = process;
        process = null;
        if (ending == null) {
            return;
        }
        try {
            // Closing its input asks it to end; a process that is frozen cannot hear that.
            ending.getOutputStream().close();
            if (!ending.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                ending.destroyForcibly().waitFor();
            }
        } catch (IOException closedAlready) {
            ending.destroyForcibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            ending.destroyForcibly();
        }
        run.resolve(name + ".pid").toFile().delete();
    }

    @Override
    public boolean isRunning() {
        var known = process;
        return known != null && known.isAlive();
    }

    private static void drain(Process child, java.util.concurrent.CountDownLatch ready) {
        try (var reader = child.inputReader()) {
            for (var line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.equals(READY)) {
                    ready.countDown();
                }
            }
        } catch (IOException ended) {
            // The process has ended; whoever waits finds out below.
        }
        try {
            child.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ready.countDown();
    }

    private static String lastLines(Path log) {
        try {
            var lines = Files.readAllLines(log);
            return "\n  " + String.join("\n  ", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
        } catch (IOException e) {
            return "";
        }
    }
}
