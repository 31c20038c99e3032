package io.portolan.region;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** HTTP/2 frame by frame, by prior knowledge, as a test wants them. One thread at a time. */
final class Http2Frames implements AutoCloseable {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;
    static final int END_STREAM = 1;
    static final int END_HEADERS = 4;

    private final RawClient client;
    private final DataInputStream in;

    /** Connects and sends the preface and these settings. */
    Http2Frames(URI node, byte... settings) throws IOException {
        client = new RawClient(node);
        in = new DataInputStream(client.in());
        client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        send(frame(SETTINGS, 0, 0, settings));
    }

    /** A frame that came. */
    record Frame(int type, int flags, int stream, byte[] payload) {
        /** Error code of RST_STREAM and GOAWAY. */
        int error() {
            int at = type == GOAWAY ? 4 : 0;
            return (payload[at] & 0xFF) << 24
                    | (payload[at + 1] & 0xFF) << 16
                    | (payload[at + 2] & 0xFF) << 8
                    | (payload[at + 3] & 0xFF);
        }
    }

    static byte[] frame(int type, int flags, int stream, byte... payload) {
        var out = new ByteArrayOutputStream();
        int length = payload.length;
        out.writeBytes(
                new byte[] {(byte) (length >> 16), (byte) (length >> 8), (byte) length, (byte) type, (byte) flags});
        out.writeBytes(new byte[] {(byte) (stream >> 24), (byte) (stream >> 16), (byte) (stream >> 8), (byte) stream});
        out.writeBytes(payload);
        return out.toByteArray();
    }

    /** Header fields as literals: names and values in turn. */
    static byte[] fields(String... namesAndValues) {
        var out = new ByteArrayOutputStream();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            out.write(0);
            for (var text : new String[] {namesAndValues[i], namesAndValues[i + 1]}) {
                out.write(text.length());
                out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
            }
        }
        return out.toByteArray();
    }

    static byte[] get(int stream, String path) {
        return frame(
                HEADERS,
                END_STREAM | END_HEADERS,
                stream,
                fields(":method", "GET", ":scheme", "http", ":authority", "localhost", ":path", path));
    }

    void send(byte[]... frames) throws IOException {
        var all = new ByteArrayOutputStream();
        for (var frame : frames) {
            all.writeBytes(frame);
        }
        client.sendAnyway(all.toByteArray());
    }

    Frame read() throws IOException {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int stream = in.readInt();
        return new Frame(type, flags, stream, in.readNBytes(length));
    }

    /** The next frame of a type; others on the way are dropped. */
    Frame await(int type) throws IOException {
        while (true) {
            var frame = read();
            if (frame.type() == type) {
                return frame;
            }
        }
    }

    /** All frames until the other side closes. */
    List<Frame> readToEnd() throws IOException {
        var all = new ArrayList<Frame>();
        try {
            while (true) {
                all.add(read());
            }
        } catch (EOFException | SocketException closed) {
            return all;
        }
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
