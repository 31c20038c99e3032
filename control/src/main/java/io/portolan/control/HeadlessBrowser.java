package io.portolan.control;

import io.portolan.protocol.Json;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A Chromium without a window, as a child process. One thread at a time.
 *
 * <p>It is spoken to in the DevTools protocol over two pipes (descriptors 3 and 4, messages that end with a zero byte): no port is open
 * while it runs, no library is needed, and it ends by itself when the pipe does, also when this process is killed. Its profile is a
 * folder that goes with it, its environment holds nothing of this process, and it can resolve no host but those it is told: pages are
 * other people's programs, and this machine's other listeners are none of their business.
 *
 * <p>Whatever is wrong with the browser itself is an {@link IOException}; what is wrong with a page is said as text.
 */
final class HeadlessBrowser implements AutoCloseable {
    private static final int MESSAGE_LIMIT_BYTES = 32 << 20;
    private static final int QUEUE_LIMIT = 10_000;
    private static final int ENDING_SECONDS = 2;
    private static final int SAID_LIMIT = 300;
    /** Standard input and output become the pipes; what it says itself goes where errors go. */
    private static final String SCRIPT = "exec \"$@\" 3<&0 4>&1 0</dev/null 1>&2";

    private static final List<String> ARGUMENTS = List.of(
            "--headless",
            "--remote-debugging-pipe",
            "--no-startup-window",
            // navigator.webdriver: what pages tell of their loads is marked as a test's.
            "--enable-automation",
            "--no-first-run",
            "--no-default-browser-check",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-default-apps",
            "--disable-extensions",
            "--disable-features=Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider",
            "--disable-sync",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--mute-audio",
            "--password-store=basic");

    /** The end of what it sends. */
    private static final byte[] OVER = {};

    private final Process process;
    private final Path profile;
    private final Duration patience;
    private final InstantSource clock;
    private final OutputStream input;
    private final BlockingQueue<byte[]> messages = new ArrayBlockingQueue<>(QUEUE_LIMIT);
    private PageLoading loading = PageLoading.NONE;
    private long last;

    private HeadlessBrowser(Process process, Path profile, Duration patience, InstantSource clock) {
        this.process = process;
        this.profile = profile;
        this.patience = patience;
        this.clock = clock;
        this.input = process.getOutputStream();
        Thread.ofPlatform().daemon().name("browser-messages").start(this::read);
    }

    /**
     * Starts one.
     *
     * @param arguments beside its own
     * @param agent     what it calls itself to servers
     * @param hosts     names and addresses that it may reach
     * @param parent    folder in which its profile is made
     * @param patience  longest that it may take to start, and to answer anything but a page
     */
    static HeadlessBrowser start(
            Path program,
            List<String> arguments,
            String agent,
            List<String> hosts,
            Path parent,
            Duration patience,
            InstantSource clock)
            throws IOException {
        Files.createDirectories(parent);
        var profile = Files.createTempDirectory(parent, "profile-");
        var words = new ArrayList<>(List.of("/bin/sh", "-c", SCRIPT, "sh", program.toString()));
        words.addAll(ARGUMENTS);
        words.add("--user-agent=" + agent);
        words.add("--user-data-dir=" + profile);
        words.add("--host-resolver-rules=MAP * ~NOTFOUND"
                + String.join(
                        "", hosts.stream().map(host -> ", EXCLUDE " + host).toList()));
        words.addAll(arguments);
        var builder = new ProcessBuilder(words)
                .directory(profile.toFile())
                .redirectError(profile.resolve("said.log").toFile());
        builder.environment().clear();
        builder.environment()
                .putAll(Map.of("PATH", "/usr/bin:/bin", "HOME", profile.toString(), "LANG", "C.UTF-8", "TZ", "UTC"));
        try {
            return new HeadlessBrowser(builder.start(), profile, patience, clock);
        } catch (IOException e) {
            delete(profile);
            throw e;
        }
    }

    /** What it is, such as {@code Chrome/140.0.1.2}: the first thing to ask. */
    String product() throws IOException, InterruptedException {
        return call("", "Browser.getVersion", Map.of()).path("product").asString("an unknown browser");
    }

    /**
     * Loads one page as if nothing had ever been loaded before.
     *
     * @return what was wrong with it, empty text for nothing
     * @throws IOException when the browser does not work
     */
    String load(URI page, Duration limit) throws IOException, InterruptedException {
        var context = call("", "Target.createBrowserContext", Map.of())
                .path("browserContextId")
                .asString();
        try {
            var target = call("", "Target.createTarget", Map.of("url", "about:blank", "browserContextId", context))
                    .path("targetId")
                    .asString();
            var session = call("", "Target.attachToTarget", Map.of("targetId", target, "flatten", true))
                    .path("sessionId")
                    .asString();
            for (var domain : List.of("Inspector.enable", "Network.enable", "Page.enable")) {
                call(session, domain, Map.of());
            }
            loading = new PageLoading(page, session);
            var until = clock.instant().plus(limit);
            send(session, "Page.navigate", Map.of("url", page.toString()));
            while (!loading.isOver() && clock.instant().isBefore(until)) {
                next(until);
            }
            return loading.isOver() ? loading.fault() : loading.faultOr("its load event did not come within " + limit);
        } finally {
            loading = PageLoading.NONE;
            call("", "Target.disposeBrowserContext", Map.of("browserContextId", context));
        }
    }

    private JsonNode call(String session, String method, Map<String, Object> parameters)
            throws IOException, InterruptedException {
        long id = send(session, method, parameters);
        var until = clock.instant().plus(patience);
        while (clock.instant().isBefore(until)) {
            var message = next(until);
            if (message.path("id").asLong(-1) == id) {
                if (message.has("error")) {
                    throw new IOException(
                            method + ": " + message.at("/error/message").asString(""));
                }
                return message.path("result");
            }
        }
        throw new IOException("no answer to " + method + " within " + patience.toSeconds() + " s" + said());
    }

    private long send(String session, String method, Map<String, Object> parameters) throws IOException {
        var message = new TreeMap<String, Object>(Map.of("id", ++last, "method", method, "params", parameters));
        if (!session.isEmpty()) {
            message.put("sessionId", session);
        }
        try {
            input.write(Json.bytes(message));
            input.write(0);
            input.flush();
        } catch (IOException e) {
            throw new IOException("it ended" + said(), e);
        }
        return last;
    }

    /** The next message, or an empty object when the time is over; events of the page that is loaded are noted. */
    private JsonNode next(Instant until) throws IOException, InterruptedException {
        long millis = Math.max(1, Duration.between(clock.instant(), until).toMillis());
        var bytes = messages.poll(millis, TimeUnit.MILLISECONDS);
        if (bytes == null) {
            return Json.mapper().createObjectNode();
        }
        if (bytes == OVER) {
            throw new IOException("it ended" + said());
        }
        try {
            var message = Json.mapper().readTree(bytes);
            loading.note(message);
            return message;
        } catch (JacksonException e) {
            throw new IOException("it sent what is no JSON", e);
        }
    }

    /** Takes messages apart until there are no more. */
    private void read() {
        try (InputStream output = new BufferedInputStream(process.getInputStream())) {
            var message = new ByteArrayOutputStream();
            for (int next = output.read(); next >= 0; next = output.read()) {
                if (next != 0) {
                    message.write(next);
                } else {
                    // One that nobody takes is a browser that sends without end.
                    if (!messages.offer(message.toByteArray(), patience.toSeconds(), TimeUnit.SECONDS)) {
                        break;
                    }
                    message.reset();
                }
                if (message.size() > MESSAGE_LIMIT_BYTES) {
                    break;
                }
            }
        } catch (IOException ended) {
            // Told below.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        while (!messages.offer(OVER)) {
            messages.poll();
        }
    }

    /** The last that it said for people. */
    private String said() {
        try {
            var lines = Files.readString(profile.resolve("said.log"), StandardCharsets.ISO_8859_1)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .toList();
            var line = lines.isEmpty() ? "" : lines.getLast().strip();
            return line.isEmpty()
                    ? ""
                    : ": " + (line.length() > SAID_LIMIT ? line.substring(line.length() - SAID_LIMIT) : line);
        } catch (IOException e) {
            return "";
        }
    }

    /** Ends it and all that it started, and waits until they have. */
    @Override
    public void close() {
        var children = process.descendants().toList();
        try {
            // Asked first: what is only killed leaves files behind in the folder for temporary ones.
            send("", "Browser.close", Map.of());
            process.waitFor(ENDING_SECONDS, TimeUnit.SECONDS);
        } catch (IOException ended) {
            // That is what was wanted.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        children.forEach(ProcessHandle::destroyForcibly);
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().onExit().join();
        delete(profile);
    }

    /** Deletes a folder as far as that goes: what is left goes with the next start of the control plane. */
    static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException e) {
            // A process that is about to end may still write.
        }
    }
}
