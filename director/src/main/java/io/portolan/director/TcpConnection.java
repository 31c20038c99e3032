package io.portolan.director;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.InstantSource;
import java.util.Arrays;

/** One client's connection: queries in, answers out, until one side has enough. One thread, but {@link #close} from any. */
final class TcpConnection {
    private static final int FIRST_BUFFER_BYTES = 1024;

    private final Socket socket;
    private final InstantSource clock;
    private byte[] buffer = new byte[FIRST_BUFFER_BYTES];
    private int filled;
    private volatile long progressAt;

    /** Answers one query; writes nothing for a query that is not answered. */
    @FunctionalInterface
    interface Responder {
        /**
         * Appends the answer with its length before it; false where there is none and the connection should end.
         *
         * @param from where the query starts
         */
        boolean respond(byte[] in, int from, int length, InetAddress client, ByteArrayOutputStream out)
                throws InterruptedException;
    }

    TcpConnection(Socket socket, InstantSource clock) {
        this.socket = socket;
        this.clock = clock;
        this.progressAt = clock.millis();
    }

    InetAddress client() {
        return socket.getInetAddress();
    }

    /** When a query was last complete, by the clock's milliseconds. */
    long progressAt() {
        return progressAt;
    }

    /** Reads and answers until the end; what has arrived together is answered with one write. */
    void serve(Responder responder) throws IOException, InterruptedException {
        socket.setTcpNoDelay(true);
        var in = socket.getInputStream();
        var out = new ByteArrayOutputStream(FIRST_BUFFER_BYTES);
        while (true) {
            int read = in.read(buffer, filled, buffer.length - filled);
            if (read < 0) {
                return;
            }
            filled += read;
            boolean goOn = answerComplete(responder, out);
            if (out.size() > 0) {
                out.writeTo(socket.getOutputStream());
                out.reset();
            }
            if (!goOn) {
                return;
            }
        }
    }

    private boolean answerComplete(Responder responder, ByteArrayOutputStream out) throws InterruptedException {
        int at = 0;
        boolean goOn = true;
        while (goOn && filled - at >= 2 && filled - at - 2 >= Wire.get16(buffer, at)) {
            int length = Wire.get16(buffer, at);
            progressAt = clock.millis();
            goOn = responder.respond(buffer, at + 2, length, client(), out);
            at += length + 2;
        }
        // What is left is the start of a query, and the buffer must hold all of it.
        System.arraycopy(buffer, at, buffer, 0, filled - at);
        filled -= at;
        int needed = filled >= 2 ? Wire.get16(buffer, 0) + 2 : 2;
        if (needed > buffer.length) {
            buffer = Arrays.copyOf(buffer, needed);
        }
        return goOn;
    }

    void close() {
        try {
            socket.close();
        } catch (IOException alreadyGone) {
            filled = 0;
        }
    }
}
