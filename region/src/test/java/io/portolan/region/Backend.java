package io.portolan.region;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A controller's replica that reads and writes exactly what a test says, each connection on a thread of its own. Thread-safe. */
final class Backend implements AutoCloseable {
    private final ServerSocket listener;
    private final Script script;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    /** Every request that came, head and body. */
    final List<Call> calls = new CopyOnWriteArrayList<>();

    final AtomicInteger connections = new AtomicInteger();

    /** What becomes of one connection; it is closed afterwards. */
    interface Script {
        void serve(Connection connection) throws IOException;
    }

    /** Answers one request; the connection stays. */
    interface Answers {
        void answer(Call call, Connection connection) throws IOException;
    }

    /** A request as it came. */
    record Call(String line, List<String> headers, byte[] body) {
        String header(String name) {
            return String.join(", ", all(name));
        }

        List<String> all(String name) {
            var start = name.toLowerCase(Locale.ROOT) + ":";
            return headers.stream()
                    .filter(header -> header.toLowerCase(Locale.ROOT).startsWith(start))
                    .map(header -> header.substring(start.length()).strip())
                    .toList();
        }

        String method() {
            return line.split(" ", -1)[0];
        }

        String target() {
            return line.split(" ", -1)[1];
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    private Backend(Script script, int port) throws IOException {
        this.script = script;
        listener = new ServerSocket();
        listener.setReuseAddress(true);
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 2048);
        Thread.ofVirtual().start(this::accept);
    }

    /** One whose connections go by a script. */
    static Backend scripted(Script script) throws IOException {
        return new Backend(script, 0);
    }

    /** One that reads requests whole and answers each. */
    static Backend answering(Answers answers) throws IOException {
        return at(0, answers);
    }

    static Backend at(int port, Answers answers) throws IOException {
        return new Backend(
                connection -> {
                    for (var call = connection.call(); call != null; call = connection.call()) {
                        answers.answer(call, connection);
                    }
                },
                port);
    }

    /** One that answers its name to whatever is asked. */
    static Backend named(String name) throws IOException {
        return answering((call, connection) -> connection.answer(200, name));
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                var socket = listener.accept();
                socket.setTcpNoDelay(true);
                connections.incrementAndGet();
                open.add(socket);
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            script.serve(new Connection(socket));
        } catch (IOException gone) {
            // The other side has had enough.
        } finally {
            open.remove(socket);
        }
    }

    /** One connection of the gateway's. One thread at a time. */
    final class Connection {
        final Socket socket;
        final InputStream in;
        final OutputStream out;

        Connection(Socket socket) throws IOException {
            this.socket = socket;
            this.in = new BufferedInputStream(socket.getInputStream(), 16 << 10);
            this.out = socket.getOutputStream();
        }

        /** Reads a request with its body; null at the end. */
        @Nullable
        Call call() throws IOException {
            var head = head();
            if (head == null) {
                return null;
            }
            var body = body(head);
            var call = new Call(head.line(), head.headers(), body);
            calls.add(call);
            return call;
        }

        /** Reads a head; null at the end. */
        @Nullable
        Call head() throws IOException {
            var line = line();
            if (line == null) {
                return null;
            }
            var headers = new ArrayList<String>();
            for (var each = line(); each != null && !each.isEmpty(); each = line()) {
                headers.add(each);
            }
            return new Call(line, headers, new byte[0]);
        }

        byte[] body(Call head) throws IOException {
            if (head.header("transfer-encoding").equals("chunked")) {
                return chunks();
            }
            var length = head.header("content-length");
            return length.isEmpty() ? new byte[0] : in.readNBytes(Integer.parseInt(length));
        }

        private byte[] chunks() throws IOException {
            var all = new ByteArrayOutputStream();
            while (true) {
                int length = Integer.parseInt(String.valueOf(line()), 16);
                if (length == 0) {
                    for (var trailer = line(); trailer != null && !trailer.isEmpty(); trailer = line()) {
                        all.writeBytes(("[" + trailer + "]").getBytes(StandardCharsets.UTF_8));
                    }
                    return all.toByteArray();
                }
                all.writeBytes(in.readNBytes(length));
                line();
            }
        }

        @Nullable
        String line() throws IOException {
            var line = new ByteArrayOutputStream();
            for (int c = in.read(); c >= 0; c = in.read()) {
                if (c == '\n') {
                    return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
                }
                line.write(c);
            }
            return null;
        }

        void answer(int status, String body, String... headers) throws IOException {
            var bytes = body.getBytes(StandardCharsets.UTF_8);
            var text = new StringBuilder("HTTP/1.1 " + status + " Said\r\nContent-Length: " + bytes.length + "\r\n");
            for (var header : headers) {
                text.append(header).append("\r\n");
            }
            write(text + "\r\n" + body);
        }

        void write(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        }
    }

    /** Cuts every connection that is open; goes on listening. */
    void cut() throws IOException {
        for (var socket : open) {
            socket.close();
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        cut();
    }
}
