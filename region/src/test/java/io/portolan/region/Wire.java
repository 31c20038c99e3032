package io.portolan.region;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** One keep-alive HTTP/1.1 connection that sends exactly what a test says, {@code Host} too. One thread at a time. */
final class Wire implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;
    private final String defaultHost;

    Wire(URI node) throws IOException {
        socket = new Socket();
        socket.connect(new InetSocketAddress(node.getHost(), node.getPort()), 5_000);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(20_000);
        in = new BufferedInputStream(socket.getInputStream(), 64 << 10);
        defaultHost = node.getHost() + ":" + node.getPort();
    }

    /** An answer. */
    record Answer(int status, Map<String, String> headers, byte[] body) {
        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        String header(String name) {
            return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
        }
    }

    /** Asks on a connection of its own. */
    static Answer get(URI node, String target, String... headers) throws IOException {
        return send(node, "GET", target, headers);
    }

    static Answer send(URI node, String method, String target, String... headers) throws IOException {
        try (var wire = new Wire(node)) {
            return wire.ask(method, target, headers);
        }
    }

    /** Asks; a header {@code Host: …} takes the place of the usual one. */
    Answer ask(String method, String target, String... headers) throws IOException {
        boolean named = false;
        var text = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
        for (var header : headers) {
            named |= header.toLowerCase(Locale.ROOT).startsWith("host:");
            text.append(header).append("\r\n");
        }
        if (!named) {
            text.append("Host: ").append(defaultHost).append("\r\n");
        }
        return raw(text + "\r\n", method.equals("HEAD"));
    }

    /** Sends a body on a connection of its own. */
    static Answer post(URI node, String target, byte[] body, String... headers) throws IOException {
        try (var wire = new Wire(node)) {
            var text = new StringBuilder("POST " + target + " HTTP/1.1\r\nContent-Length: " + body.length + "\r\n");
            boolean named = false;
            for (var header : headers) {
                named |= header.toLowerCase(Locale.ROOT).startsWith("host:");
                text.append(header).append("\r\n");
            }
            if (!named) {
                text.append("Host: ").append(wire.defaultHost).append("\r\n");
            }
            return wire.raw(text + "\r\n" + new String(body, StandardCharsets.ISO_8859_1), false);
        }
    }

    /** Sends text as it is and reads one answer. */
    Answer raw(String text, boolean head) throws IOException {
        write(text);
        return read(head);
    }

    void write(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
    }

    OutputStream out() throws IOException {
        return socket.getOutputStream();
    }

    /** A head as it came, without the empty line. */
    String head() throws IOException {
        var lines = new StringBuilder();
        for (var each = line(); !each.isEmpty(); each = line()) {
            lines.append(each).append('\n');
        }
        return lines.toString();
    }

    /** So many bytes as text. */
    String text(int length) throws IOException {
        return new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    Answer read(boolean head) throws IOException {
        var line = line();
        int status = Integer.parseInt(line.split(" ", 3)[1]);
        var headers = new TreeMap<String, String>();
        for (var each = line(); !each.isEmpty(); each = line()) {
            int colon = each.indexOf(':');
            headers.put(
                    each.substring(0, colon).toLowerCase(Locale.ROOT),
                    each.substring(colon + 1).strip());
        }
        if (headers.getOrDefault("transfer-encoding", "").equals("chunked") && !head) {
            return new Answer(status, headers, chunks(headers));
        }
        int length = head ? 0 : Integer.parseInt(headers.getOrDefault("content-length", "0"));
        var body = in.readNBytes(length);
        if (body.length < length) {
            throw new EOFException("body ended after " + body.length + " of " + length + " bytes");
        }
        return new Answer(status, headers, body);
    }

    /** A body in chunks; its trailers go to the headers. */
    private byte[] chunks(Map<String, String> headers) throws IOException {
        var all = new ByteArrayOutputStream();
        while (true) {
            int length = Integer.parseInt(line(), 16);
            if (length == 0) {
                for (var each = line(); !each.isEmpty(); each = line()) {
                    int colon = each.indexOf(':');
                    headers.put(
                            each.substring(0, colon).toLowerCase(Locale.ROOT),
                            each.substring(colon + 1).strip());
                }
                return all.toByteArray();
            }
            var chunk = in.readNBytes(length);
            if (chunk.length < length) {
                throw new EOFException("chunk ended after " + chunk.length + " of " + length + " bytes");
            }
            all.writeBytes(chunk);
            line();
        }
    }

    /** Whether the other side has closed. */
    boolean isClosedByPeer() throws IOException {
        return in.read() < 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private String line() throws IOException {
        var line = new ByteArrayOutputStream();
        while (true) {
            int c = in.read();
            if (c < 0) {
                throw new EOFException("connection closed in a head: " + line);
            }
            if (c == '\n') {
                return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
            }
            line.write(c);
        }
    }
}
