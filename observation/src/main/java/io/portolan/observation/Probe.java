package io.portolan.observation;

import io.portolan.model.document.Monitor;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * One probe of one address: connects, asks once, reads the whole answer. Thread-safe.
 *
 * <p>By hand over a socket and not by an HTTP client, for what a probe needs and clients deny: the {@code Host} of the target, no
 * certificate check (as the reference has it: a probe asks whether the endpoint answers, users' browsers check who it is), no redirect,
 * one deadline for everything (connecting, the handshake, a slow drip), and memory that does not grow with the answer.
 */
final class Probe {
    /** Longest answer; an endless one is a failure. */
    static final int ANSWER_LIMIT_BYTES = 1 << 20;

    private static final int BUFFER_BYTES = 8 << 10;
    private static final int HEAD_LIMIT_BYTES = 16 << 10;
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final SSLContext anyCertificate = anyCertificate();
    private final ScheduledExecutorService timer;

    /** @param timer closes sockets at their deadline */
    Probe(ScheduledExecutorService timer) {
        this.timer = timer;
    }

    /** What came of it; empty text for success, else what was wrong. */
    String ask(URI address, ProbeTarget target) {
        var monitor = target.monitor();
        var socket = new Socket();
        var late = new AtomicBoolean();
        var deadline = timer.schedule(
                () -> {
                    // Before the socket is closed: whoever reads from it sees that at once.
                    late.set(true);
                    close(socket);
                },
                monitor.timeout().toMillis(),
                TimeUnit.MILLISECONDS);
        try (socket) {
            socket.setTcpNoDelay(true);
            var endpoint = new InetSocketAddress(host(address), port(address, monitor));
            if (endpoint.isUnresolved()) {
                return "no address for " + host(address);
            }
            socket.connect(endpoint, (int) monitor.timeout().toMillis());
            return switch (address.getScheme()) {
                case "tcp" -> "";
                case "https" -> {
                    try (var secured = (SSLSocket) anyCertificate
                            .getSocketFactory()
                            .createSocket(socket, named(address, monitor), socket.getPort(), true)) {
                        yield exchange(secured, address, target);
                    }
                }
                default -> exchange(socket, address, target);
            };
        } catch (IOException e) {
            return late.get() || e instanceof SocketTimeoutException ? TIMED_OUT : String.valueOf(e.getMessage());
        } finally {
            deadline.cancel(false);
        }
    }

    /** What {@link #ask} says of a probe that met its deadline. */
    static final String TIMED_OUT = "no answer in time";

    private static String exchange(Socket socket, URI address, ProbeTarget target) throws IOException {
        socket.getOutputStream().write(request(address, target.monitor()));
        socket.getOutputStream().flush();
        var answer = new Reading(socket.getInputStream());
        if (!answer.readHead()) {
            return "no HTTP answer";
        }
        int status = answer.status();
        if (!target.monitor().expects(status)) {
            return "status " + status;
        }
        return answer.readBody(target.answer());
    }

    private static byte[] request(URI address, Monitor monitor) {
        var text = new StringBuilder("GET ")
                .append(monitor.path())
                .append(" HTTP/1.1\r\nHost: ")
                .append(named(address, monitor));
        if (monitor.host().isEmpty() && address.getPort() >= 0) {
            text.append(':').append(address.getPort());
        }
        text.append("\r\nUser-Agent: portolan-probe\r\nAccept: */*\r\nConnection: close\r\n");
        monitor.headers().forEach(header -> text.append(header.name())
                .append(": ")
                .append(header.value())
                .append("\r\n"));
        return text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String named(URI address, Monitor monitor) {
        return monitor.host().isEmpty() ? address.getHost() : monitor.host();
    }

    private static String host(URI address) {
        var host = address.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private static int port(URI address, Monitor monitor) {
        if (monitor.port() != 0) {
            return monitor.port();
        }
        return address.getPort() >= 0 ? address.getPort() : address.getScheme().equals("http") ? 80 : 443;
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is closed or never was open: the probe has ended either way.
        }
    }

    /** An answer as it comes in, through one buffer of fixed size. */
    private static final class Reading {
        private final InputStream in;
        private final byte[] buffer = new byte[BUFFER_BYTES];
        private final StringBuilder head = new StringBuilder();
        private String start = "";

        Reading(InputStream in) {
            this.in = in;
        }

        boolean readHead() throws IOException {
            while (head.length() < HEAD_LIMIT_BYTES) {
                int count = in.read(buffer);
                if (count < 0) {
                    return false;
                }
                head.append(new String(buffer, 0, count, StandardCharsets.ISO_8859_1));
                int end = head.indexOf("\r\n\r\n");
                if (end >= 0) {
                    start = head.substring(end + 4);
                    head.setLength(end);
                    return head.toString().matches("(?s)HTTP/1\\.[01] [1-9][0-9]{2}.*");
                }
            }
            return false;
        }

        int status() {
            return Integer.parseInt(head.substring(9, 12));
        }

        /** Reads to the end; empty text where the body is as expected. */
        String readBody(String wanted) throws IOException {
            long expected = contentLength();
            boolean chunked = head.toString().toLowerCase(java.util.Locale.ROOT).contains("transfer-encoding: chunked");
            var tail = new StringBuilder(start);
            long read = start.length();
            boolean found = tail.indexOf(wanted) >= 0;
            while (!(expected >= 0 && read >= expected) && !(chunked && endsChunks(tail))) {
                int count = in.read(buffer);
                if (count < 0) {
                    if (read < expected) {
                        return "the answer broke off";
                    }
                    break;
                }
                read += count;
                if (read > ANSWER_LIMIT_BYTES) {
                    return "an answer longer than " + ANSWER_LIMIT_BYTES + " bytes";
                }
                tail.append(new String(buffer, 0, count, StandardCharsets.ISO_8859_1));
                found = found || tail.indexOf(wanted) >= 0;
                // Enough is kept to find a text that lies across two reads, and the end of chunks.
                tail.delete(0, Math.max(0, tail.length() - Math.max(wanted.length(), 2 * LAST_CHUNK.length)));
            }
            return found ? "" : "another body than expected";
        }

        private static boolean endsChunks(StringBuilder tail) {
            var end = new String(LAST_CHUNK, StandardCharsets.US_ASCII);
            int at = tail.length() - end.length();
            return at >= 0 && tail.indexOf(end, at) == at && (at == 0 || tail.charAt(at - 1) == '\n');
        }

        private long contentLength() {
            for (var line : head.toString().split("\r\n")) {
                int colon = line.indexOf(':');
                if (colon > 0 && line.substring(0, colon).equalsIgnoreCase("content-length")) {
                    var value = line.substring(colon + 1).strip();
                    return value.matches("[0-9]{1,15}") ? Long.parseLong(value) : -1;
                }
            }
            return -1;
        }
    }

    private static SSLContext anyCertificate() {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new TrustEverybody()}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("TLS: " + e.getMessage(), e);
        }
    }

    /** Probes ask whether somebody answers, not who it is. */
    private static final class TrustEverybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
