package io.portolan.it;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A real Varnish with the configuration that {@code portolan cdn config varnish} prints, and its own log of requests. Two processes, ended by
 * their ids. One thread at a time.
 */
final class VarnishCdn implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String START = "# Start with: ";

    private final Path folder;
    private final int port;
    private final List<Process> processes = new ArrayList<>();

    private VarnishCdn(Path folder, int port) {
        this.folder = folder;
        this.port = port;
    }

    /** Starts one that pulls from the regions of a control plane. */
    static VarnishCdn start(Path folder, URI control) throws IOException {
        Files.createDirectories(folder);
        var varnish = new VarnishCdn(folder, WorldSettings.freePort("127.0.0.1"));
        try {
            varnish.startCache(control);
            varnish.startLog();
            return varnish;
        } catch (IOException | RuntimeException e) {
            varnish.close();
            throw e;
        }
    }

    private void startCache(URI control) throws IOException {
        var vcl = Files.writeString(
                folder.resolve("portolan.vcl"),
                NginxCdn.command(
                        folder,
                        "cdn",
                        "config",
                        "varnish",
                        "--server",
                        control.toString(),
                        "--listen",
                        "127.0.0.1:" + port,
                        "--size",
                        "100m"));
        var start = Files.readAllLines(vcl).stream()
                .filter(line -> line.startsWith(START + "varnishd "))
                .findFirst()
                .orElseThrow();
        // As the file itself says, in the foreground and with a folder of its own.
        var words = new ArrayList<>(List.of(start.substring(START.length())
                .replace("THIS_FILE", vcl.toString())
                .split(" ", -1)));
        words.set(0, "/usr/sbin/varnishd");
        // As the user that runs the tests: another one may not read their folder.
        words.addAll(1, List.of("-j", "none", "-F", "-n", run()));
        var started = start(words, "out.log");
        await().atMost(LIMIT).until(() -> {
            if (!started.isAlive()) {
                throw new IllegalStateException("varnishd ended: " + Files.readString(folder.resolve("out.log")));
            }
            try (var socket = new Socket("127.0.0.1", port)) {
                return socket.isConnected();
            } catch (IOException notYet) {
                return false;
            }
        });
    }

    private void startLog() throws IOException {
        start(
                List.of(
                        "/usr/bin/varnishncsa",
                        "-n",
                        run(),
                        "-F",
                        "%m %U %s %{Varnish:hitmiss}x %b",
                        "-w",
                        folder.resolve("access.log").toString()),
                "log.log");
    }

    private Process start(List<String> words, String log) throws IOException {
        var started = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(log).toFile())
                .start();
        processes.add(started);
        return started;
    }

    private String run() {
        return folder.resolve("run").toString();
    }

    /** Where it is asked. */
    URI uri() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** What it was asked for since its start: method, path, status, {@code hit} or {@code miss}, bytes of the body, {@code -} for none. */
    List<String> requests() throws IOException {
        var log = folder.resolve("access.log");
        return Files.exists(log) ? Files.readAllLines(log) : List.of();
    }

    @Override
    public void close() {
        for (var process : processes.reversed()) {
            process.destroy();
            try {
                if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }
}
