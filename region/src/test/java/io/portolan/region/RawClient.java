package io.portolan.region;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** Sends bytes as they are and takes everything that comes until the end. One thread at a time. */
final class RawClient implements AutoCloseable {
    private final Socket socket = new Socket();

    RawClient(String host, int port) throws IOException {
        this(host, port, 256 << 10);
    }

    RawClient(URI uri) throws IOException {
        this(uri.getHost(), uri.getPort());
    }

    /** With a receive buffer of its own size. */
    RawClient(String host, int port, int receiveBytes) throws IOException {
        socket.setReceiveBufferSize(receiveBytes);
        socket.setTcpNoDelay(true);
        socket.connect(new InetSocketAddress(host, port), 5_000);
        socket.setSoTimeout(20_000);
    }

    InputStream in() throws IOException {
        return socket.getInputStream();
    }

    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    void send(String text) throws IOException {
        send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** As {@link #send(String)}; a peer that has closed in the meantime is no error. */
    void sendAnyway(byte[] bytes) throws IOException {
        try {
            send(bytes);
        } catch (SocketException closed) {
            // It did not want to hear more: what it said stands in the buffer.
        }
    }

    void endOfInput() throws IOException {
        socket.shutdownOutput();
    }

    /**
     * Everything until the peer closes, also by a reset.
     *
     * @throws AssertionError when it does not
     */
    String readToEnd() throws IOException {
        var all = new ByteArrayOutputStream();
        var buffer = new byte[16 << 10];
        try {
            for (int n = in().read(buffer); n >= 0; n = in().read(buffer)) {
                all.write(buffer, 0, n);
            }
        } catch (SocketTimeoutException stuck) {
            throw new AssertionError("connection neither answered nor closed, after: " + all, stuck);
        } catch (SocketException reset) {
            // An end like any other.
        }
        return all.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
