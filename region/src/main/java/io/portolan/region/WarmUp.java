package io.portolan.region;

import io.portolan.artifact.ServedFile;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the node for its own pages and files, over its own listener, before it says that it is ready: so that the code that answers is
 * compiled and the answers lie in memory when the first user comes. Thread-safe.
 *
 * <p>It takes a bounded time, and what goes wrong ends it: a node that is cold is better than one that is not ready. Its requests
 * reach no counter.
 */
final class WarmUp implements RequestObserver, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);
    /** Requests over each protocol. */
    private static final int MOST_REQUESTS = 20_000;

    private static final int BATCH = 32;
    private static final int MOST_TARGETS = 200;
    private static final int TARGETS_OF_ONE = 20;
    private static final long POLL_MILLIS = 10;
    private static final Pattern SIMPLE = Pattern.compile("[A-Za-z0-9/._-]{1,200}");
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: ([0-9]+)\r\n");
    private static final String ACCEPTED = "gzip, deflate, br";

    private final Duration limit;
    private final RequestObserver told;
    private final InstantSource clock;
    private final Set<SocketAddress> own = ConcurrentHashMap.newKeySet();
    private volatile boolean done;
    private volatile @Nullable Thread thread;

    /** A warm-up of at most {@code limit}, zero for none; the observer is told of all other requests. */
    WarmUp(Duration limit, RequestObserver told, InstantSource clock) {
        this.limit = limit;
        this.told = told;
        this.clock = clock;
        this.done = limit.isZero();
    }

    /** Whether it is over. */
    boolean isDone() {
        return done;
    }

    /** Begins as soon as there is something to serve. */
    void start(InetSocketAddress listener, RevisionApplier applier) {
        if (!done) {
            thread = Threads.start("region-warm-up", () -> run(listener, applier));
        }
    }

    @Override
    public void close() {
        var running = thread;
        if (running != null) {
            running.interrupt();
        }
    }

    @Override
    public void answered(AnswerFacts answer) {
        var client = answer.client();
        if (done || client == null || !own.contains(client)) {
            told.answered(answer);
        }
    }

    private void run(InetSocketAddress listener, RevisionApplier applier) {
        int count = 0;
        try {
            while (!applier.isReady()) {
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            }
            var began = clock.instant();
            var targets = applier.state().map(WarmUp::targets).orElse(List.of());
            if (!targets.isEmpty()) {
                var half = began.plus(limit.dividedBy(2));
                count = http1(listener, targets, half) + http2(listener, targets, began.plus(limit));
            }
            LOG.info("warm requests={} took={}", count, Duration.between(began, clock.instant()));
        } catch (IOException e) {
            // Whoever closes the node interrupts it, and a socket tells that as a fault of its own.
            if (!Thread.currentThread().isInterrupted()) {
                LOG.warn("warming up ended early: {}", e.toString());
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        } finally {
            done = true;
            own.clear();
        }
    }

    /** What there is to ask for: pages, and files of the versions that they show. */
    private static List<String> targets(ServingState state) {
        var targets = new ArrayList<String>();
        for (var extension : state.routes().values()) {
            var route = "/" + extension.document().route();
            extension.serving().ifPresent(version -> {
                targets.add(route);
                version.manifest().ifPresent(manifest -> manifest.files().stream()
                        .map(ServedFile::path)
                        .filter(path -> !manifest.isPrivate(path))
                        .filter(path -> SIMPLE.matcher(path).matches())
                        .limit(TARGETS_OF_ONE)
                        .forEach(path -> targets.add(route + "/Content/" + version.label() + "/" + path)));
            });
            if (targets.size() >= MOST_TARGETS) {
                break;
            }
        }
        return targets;
    }

    private Socket connect(InetSocketAddress listener) throws IOException {
        var socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) limit.toMillis());
        socket.bind(null);
        var address =
                listener.getAddress().isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : listener.getAddress();
        socket.connect(new InetSocketAddress(address, listener.getPort()), (int) limit.toMillis());
        own.add(socket.getLocalSocketAddress());
        return socket;
    }

    private int http1(InetSocketAddress listener, List<String> targets, Instant end) throws IOException {
        int sent = 0;
        try (var socket = connect(listener)) {
            var in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
            while (sent < MOST_REQUESTS && clock.instant().isBefore(end)) {
                // In turn one by one and many at once: both ways are taken.
                int batch = sent / BATCH % 2 == 0 ? 1 : BATCH;
                var text = new StringBuilder();
                for (int i = 0; i < batch; i++) {
                    text.append("GET ").append(targets.get((sent + i) % targets.size()));
                    text.append(" HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: " + ACCEPTED + "\r\n\r\n");
                }
                socket.getOutputStream().write(text.toString().getBytes(StandardCharsets.US_ASCII));
                for (int i = 0; i < batch; i++) {
                    skipAnswer(in);
                }
                sent += batch;
            }
        }
        return sent;
    }

    private static void skipAnswer(InputStream in) throws IOException {
        var head = new StringBuilder();
        while (head.length() < 4 || head.indexOf("\r\n\r\n", head.length() - 4) < 0) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("closed in the head of an answer");
            }
            head.append((char) next);
        }
        var length = LENGTH.matcher(head);
        if (length.find()) {
            in.skipNBytes(Long.parseLong(length.group(1)));
        }
    }

    private int http2(InetSocketAddress listener, List<String> targets, Instant end) throws IOException {
        int sent = 0;
        try (var socket = connect(listener)) {
            var out = socket.getOutputStream();
            var in = new java.io.DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
            // A window that no answer of these fills: SETTINGS_INITIAL_WINDOW_SIZE, and the connection's.
            out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.write(frame(4, 0, 0, new byte[] {0, 4, 0x7F, -1, -1, -1}));
            out.write(frame(8, 0, 0, new byte[] {0x7F, 0, 0, 0}));
            while (sent < MOST_REQUESTS && clock.instant().isBefore(end)) {
                var all = new ByteArrayOutputStream();
                for (int i = 0; i < BATCH; i++) {
                    // HEADERS with END_STREAM and END_HEADERS
                    all.writeBytes(frame(1, 5, 2 * (sent + i) + 1, fields(targets.get((sent + i) % targets.size()))));
                }
                out.write(all.toByteArray());
                for (int ended = 0; ended < BATCH; ) {
                    int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
                    int type = in.readUnsignedByte();
                    int flags = in.readUnsignedByte();
                    in.skipNBytes(4 + length);
                    // DATA or HEADERS with END_STREAM, RST_STREAM
                    if ((type <= 1 && (flags & 1) != 0) || type == 3) {
                        ended++;
                    } else if (type == 7) {
                        return sent;
                    }
                }
                sent += BATCH;
            }
        }
        return sent;
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        var buffer = java.nio.ByteBuffer.allocate(9 + payload.length);
        buffer.put((byte) (payload.length >> 16)).putShort((short) payload.length);
        return buffer.put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    /** HPACK: all as literals that are not indexed (RFC 7541, section 6.2.2), each shorter than 127 bytes or of two length bytes. */
    private static byte[] fields(String target) {
        var out = new ByteArrayOutputStream();
        for (var text : List.of(
                ":method",
                "GET",
                ":scheme",
                "http",
                ":authority",
                "localhost",
                ":path",
                target,
                "accept-encoding",
                ACCEPTED)) {
            if (text.startsWith(":") || text.equals("accept-encoding")) {
                out.write(0);
            }
            if (text.length() < 127) {
                out.write(text.length());
            } else {
                out.write(127);
                int rest = text.length() - 127;
                for (; rest >= 128; rest >>= 7) {
                    out.write(rest & 127 | 128);
                }
                out.write(rest);
            }
            out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
        }
        return out.toByteArray();
    }
}
