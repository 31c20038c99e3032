package io.portolan.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Optional;

/**
 * Free ports one by one, for servers that bind them themselves and perhaps once more after a restart.
 *
 * <p>A port that the system has given out and got back may be given out again at once: to the next who asks, or to a connection that somebody
 * opens. Those here come from {@link FreePorts blocks} that this process keeps until it ends, each port once. Thread-safe.
 */
public final class LonePorts {
    private static final LonePorts OURS = new LonePorts();

    private Optional<FreePorts> block = Optional.empty();
    private int next;

    private LonePorts() {}

    /**
     * A port that nothing listens on, and that nobody gets after this call.
     *
     * @param host address that it is to be bound at, of this machine
     * @throws IOException when the address cannot be bound, or no block of ports is free
     */
    public static int next(InetAddress host) throws IOException {
        new ServerSocket(0, 1, host).close();
        return OURS.take(host);
    }

    /** The same at 127.0.0.1. */
    public static int next() throws IOException {
        return next(InetAddress.ofLiteral("127.0.0.1"));
    }

    private synchronized int take(InetAddress host) throws IOException {
        while (true) {
            if (block.isEmpty() || next == FreePorts.BLOCK - 1) {
                // The blocks before stay marked: what was given out of them may still be listened on.
                block = Optional.of(FreePorts.take(0));
                next = 0;
            }
            int port = block.get().port(next++);
            try (var socket = new ServerSocket(port, 1, host)) {
                return socket.getLocalPort();
            } catch (IOException taken) {
                // Somebody listens at this address alone; the next one then.
            }
        }
    }
}
