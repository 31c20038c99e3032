package io.portolan.region;

import io.portolan.testkit.RevisionServer;
import io.portolan.testkit.Samples;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What a region node under a benchmark follows: signed revisions over loopback, made by words on standard input. One thread.
 *
 * <p>{@code extensions N}: N more extensions of three small versions each · {@code churn RATE SECONDS}: a revision RATE times a
 * second · {@code revision}: one more · {@code removed}: none of the N any more. Each prints one line when done. Ends with its input.
 */
final class BenchWorldMain {
    private static final String VERSION = "1.0.0";

    private final RevisionServer server = RevisionServer.start(Samples.PROD);
    private int turn;
    private int added;

    private BenchWorldMain() {}

    /** {@code arguments}: the folder whose files make version 1.0.0 of extension {@code bench}. */
    public static void main(String[] arguments) throws IOException {
        var world = new BenchWorldMain();
        world.begin(Path.of(arguments[0]));
        System.out.println("uri " + world.server.uri() + " token " + RevisionServer.TOKEN);
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (var line = in.readLine(); line != null; line = in.readLine()) {
            System.out.println("done " + world.act(line.strip().split(" +", -1)));
        }
        world.server.close();
        System.exit(0);
    }

    private void begin(Path site) throws IOException {
        server.put(Samples.environment());
        server.put(NodeWorld.region(""));
        server.put(new Extension("bench", "bench")
                .holds(server, release(site))
                .gives(VERSION)
                .document());
        server.publish("bench");
    }

    private static Release release(Path site) throws IOException {
        var release = new Release("bench", VERSION)
                .file("index.html", page(4096))
                .file(
                        "Content/Config/default.json",
                        "{\"endpoints\":{\"a\":\"https://a.example\"},\"feature\":{\"x\":true}}")
                .file(
                        "Content/Config/portal.portolan.test.json",
                        "{\"$merge\":\"deep\",\"endpoints\":{\"b\":\"https://b.example\"},\"flight\":[1,2,3]}");
        try (var files = Files.list(site)) {
            for (var file :
                    files.filter(f -> f.toString().endsWith(".js")).sorted().toList()) {
                var path = "a/" + file.getFileName();
                release.file(path, Files.readAllBytes(file));
                release.variant(path, "br", Files.readAllBytes(Path.of(file + ".br")));
                release.variant(path, "gzip", Files.readAllBytes(Path.of(file + ".gz")));
            }
        }
        return release;
    }

    private static String page(int length) {
        var text = new StringBuilder("<!doctype html><html><head><title>bench</title></head><body>");
        while (text.length() < length) {
            text.append("<p>").append(text.length()).append("</p>");
        }
        return text.append("</body></html>").toString();
    }

    private String act(String[] words) {
        return switch (words[0]) {
            case "extensions" -> extensions(Integer.parseInt(words[1]));
            case "churn" -> churn(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
            case "revision" -> turned();
            default -> "unknown: " + words[0];
        };
    }

    private String extensions(int count) {
        for (int i = 0; i < count; i++) {
            var name = "extension-" + added++;
            var made = new Extension(name, name);
            for (var label : new String[] {"1.0.0", "1.0.1", "1.0.2"}) {
                made.holds(server, Release.simple(name, label));
            }
            server.put(made.gives("1.0.2").document());
        }
        return published();
    }

    /** A revision in which a small extension shows its other version. */
    private String turned() {
        var label = turn++ % 2 == 0 ? "1.0.0" : "1.0.1";
        server.put(new Extension("turning", "turning")
                .holds(server, Release.simple("turning", "1.0.0"))
                .holds(server, Release.simple("turning", "1.0.1"))
                .gives(label)
                .document());
        return published();
    }

    private String churn(int rate, int seconds) {
        var last = "";
        for (int i = 0; i < rate * seconds; i++) {
            last = turned();
            LockSupport.parkNanos(Duration.ofSeconds(1).toNanos() / rate);
        }
        return last;
    }

    private String published() {
        long began = System.nanoTime();
        var number = server.publish("bench").header().number();
        return "revision " + number + " made in " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began) + " ms";
    }
}
