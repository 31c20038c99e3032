package io.portolan.it;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A client that asks everything over one HTTP/1.1 connection. It repeats a request once where the connection, used before, was
 * closed without a byte of an answer, as any browser does, and counts that. One thread at a time.
 */
final class KeepAlive implements AutoCloseable {
    private static final int CONNECT_MILLIS = 5_000;
    private static final int READ_MILLIS = 30_000;

    private final URI base;
    private Connection connection;
    private boolean connected;
    private long repeated;

    KeepAlive(URI base) {
        this.base = base;
        this.connection = Connection.NONE;
    }

    /** An answer; names of headers are lower case. */
    record Answer(int status, Map<String, String> headers, byte[] body) {
        String header(String name) {
            return headers.getOrDefault(name, "");
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    private record Connection(Socket socket, InputStream in) {
        static final Connection NONE = new Connection(new Socket(), InputStream.nullInputStream());
    }

    /** Requests that were repeated on a new connection. */
    long repeated() {
        return repeated;
    }

    Answer get(String target) throws IOException {
        boolean used = connected;
        try {
            int first = ask(target);
            if (first < 0 && used) {
                repeated++;
                first = ask(target);
            }
            return read(first);
        } catch (IOException e) {
            close();
            throw new IOException("GET " + base + target + ": " + e, e);
        }
    }

    /** Sends; gives the first byte of the answer, or -1 when the connection ended before it. */
    private int ask(String target) throws IOException {
        if (!connected) {
            connect();
        }
        try {
            var out = connection.socket().getOutputStream();
            out.write(("GET " + target + " HTTP/1.1\r\nHost: " + base.getRawAuthority() + "\r\n\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1));
            int first = connection.in().read();
            if (first < 0) {
                close();
            }
            return first;
        } catch (java.net.SocketTimeoutException e) {
            throw e;
        } catch (IOException reset) {
            close();
            return -1;
        }
    }

    private void connect() throws IOException {
        var socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(base.getHost(), base.getPort()), CONNECT_MILLIS);
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(READ_MILLIS);
            connection = new Connection(socket, new BufferedInputStream(socket.getInputStream(), 64 << 10));
            connected = true;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private Answer read(int first) throws IOException {
        if (first < 0) {
            throw new EOFException("the connection ended before the answer");
        }
        var status = Integer.parseInt(((char) first + line()).split(" ", 3)[1]);
        var headers = new TreeMap<String, String>();
        for (var line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        var length = headers.get("content-length");
        if (length == null) {
            throw new IOException("an answer without Content-Length: " + headers);
        }
        var body = connection.in().readNBytes(Integer.parseInt(length));
        if (body.length < Integer.parseInt(length)) {
            throw new EOFException("the body ended after " + body.length + " of " + length + " bytes");
        }
        if (headers.getOrDefault("connection", "").equalsIgnoreCase("close")) {
            close();
        }
        return new Answer(status, headers, body);
    }

    private String line() throws IOException {
        var line = new ByteArrayOutputStream();
        while (true) {
            int c = connection.in().read();
            if (c < 0) {
                throw new EOFException("the connection ended in the head of an answer");
            }
            if (c == '\n') {
                return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
            }
            line.write(c);
        }
    }

    /** Ends the connection; the next request makes another. */
    @Override
    public void close() throws IOException {
        connected = false;
        connection.socket().close();
    }
}
