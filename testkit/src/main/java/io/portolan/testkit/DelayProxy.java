package io.portolan.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A TCP proxy on loopback that makes everything as far away as it is told: a round trip, a rate, slow start. Thread-safe.
 *
 * <p>Bytes are held back until they would have arrived, so real time is never shorter than {@link #elapsed}; that one is counted in
 * virtual time, from the bytes and turns that really pass, and does not depend on how busy the machine is. It is right for protocols in
 * which one side speaks at a time, such as HTTP/1.1 without pipelining. Setting a connection up costs nothing.
 */
public final class DelayProxy implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 << 10;
    private static final int CONNECT_TIMEOUT_MILLIS = 10_000;

    private final ServerSocket server;
    private final InetSocketAddress target;
    private final long delayNanos;
    private final double megabitsPerSecond;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicLong longestNanos = new AtomicLong();
    private final AtomicLong turns = new AtomicLong();

    private DelayProxy(ServerSocket server, InetSocketAddress target, Duration roundTrip, double megabitsPerSecond) {
        this.server = server;
        this.target = target;
        this.delayNanos = roundTrip.toNanos() / 2;
        this.megabitsPerSecond = megabitsPerSecond;
    }

    /** Listens on a port of 127.0.0.1 that the system chooses. */
    public static DelayProxy start(InetSocketAddress target, Duration roundTrip, double megabitsPerSecond)
            throws IOException {
        var loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        var proxy = new DelayProxy(new ServerSocket(0, 256, loopback), target, roundTrip, megabitsPerSecond);
        FaultConnection.thread("delay-proxy-accept", proxy::accept);
        return proxy;
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
    }

    /** How long the busiest connection took from its first byte, in virtual time. */
    public Duration elapsed() {
        return Duration.ofNanos(longestNanos.get());
    }

    /** How often a client spoke after a server had, or first, on all connections together. */
    public long turns() {
        return turns.get();
    }

    private void accept() {
        while (true) {
            try {
                var client = server.accept();
                FaultConnection.thread("delay-proxy-connection", () -> connect(client));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void connect(Socket client) {
        try (client;
                var upstream = new Socket()) {
            open.add(client);
            open.add(upstream);
            upstream.connect(target, CONNECT_TIMEOUT_MILLIS);
            upstream.setTcpNoDelay(true);
            client.setTcpNoDelay(true);
            var path = new Path();
            var requests = FaultConnection.thread("delay-proxy-requests", () -> pass(client, upstream, path, true));
            pass(upstream, client, path, false);
            requests.join();
        } catch (IOException e) {
            // One side is gone, or the proxy: closing both tells the other.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(client);
        }
    }

    private void pass(Socket from, Socket to, Path path, boolean request) {
        var buffer = new byte[BUFFER_BYTES];
        try {
            for (int read; (read = from.getInputStream().read(buffer)) >= 0; ) {
                long until = path.deliverAtNanos(request, read);
                for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                to.getOutputStream().write(buffer, 0, read);
            }
            to.shutdownOutput();
        } catch (IOException e) {
            close(from);
            close(to);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException("closing " + socket, e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        open.forEach(DelayProxy::close);
    }

    /** Both directions of one connection. */
    private final class Path {
        private final DelayedLink up = new DelayedLink(megabitsPerSecond, delayNanos);
        private final DelayedLink down = new DelayedLink(megabitsPerSecond, delayNanos);
        private long realStartNanos = -1;
        private long virtualNanos;
        private long turnedAtNanos;
        private boolean clientSpeaks;

        /** The real time at which bytes that were just read are to be passed on. */
        synchronized long deliverAtNanos(boolean request, int bytes) {
            if (realStartNanos < 0) {
                realStartNanos = System.nanoTime();
            }
            if (request && !clientSpeaks) {
                turns.incrementAndGet();
            }
            // Whoever begins to speak does so when the last byte of the other has arrived.
            boolean turned = request != clientSpeaks;
            clientSpeaks = request;
            if (turned) {
                turnedAtNanos = virtualNanos;
            }
            virtualNanos = Math.max(virtualNanos, (request ? up : down).arrivalNanos(turnedAtNanos, bytes));
            longestNanos.accumulateAndGet(virtualNanos, Math::max);
            return realStartNanos + virtualNanos;
        }
    }
}
