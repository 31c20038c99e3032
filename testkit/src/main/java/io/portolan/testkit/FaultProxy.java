package io.portolan.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A TCP proxy on loopback that disturbs what passes, as a {@link Fault} says. Thread-safe.
 *
 * <p>The fault can be changed at any time and then holds for the open connections too, from their next byte on.
 */
public final class FaultProxy implements AutoCloseable {
    private final ServerSocket server;
    private final InetSocketAddress target;
    private final FaultGate gate;
    private final Set<FaultConnection> open = ConcurrentHashMap.newKeySet();
    private final Counters counters = new Counters();

    private FaultProxy(ServerSocket server, InetSocketAddress target, InstantSource clock) {
        this.server = server;
        this.target = target;
        this.gate = new FaultGate(clock);
    }

    /** What passed so far. */
    static final class Counters {
        final AtomicLong connections = new AtomicLong();
        final AtomicLong requestBytes = new AtomicLong();
        final AtomicLong responseBytes = new AtomicLong();
        final AtomicLong corrupted = new AtomicLong();
    }

    /**
     * Listens on a port of 127.0.0.1 that the system chooses and passes everything on to the target.
     *
     * @param clock paces {@link Fault.Throttle}; must go by itself
     */
    public static FaultProxy start(InetSocketAddress target, InstantSource clock) throws IOException {
        var loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        var proxy = new FaultProxy(new ServerSocket(0, 256, loopback), target, clock);
        FaultConnection.thread("fault-proxy-accept", proxy::accept);
        return proxy;
    }

    /** Changes what happens to the traffic. */
    public void set(Fault fault) {
        gate.set(fault);
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
    }

    /** Where it listens, {@code http://127.0.0.1:port}. */
    public URI uri() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    /** Connections accepted so far. */
    public long connections() {
        return counters.connections.get();
    }

    /** Bytes passed on to the target so far. */
    public long requestBytes() {
        return counters.requestBytes.get();
    }

    /** Bytes passed back so far. */
    public long responseBytes() {
        return counters.responseBytes.get();
    }

    /** Bytes inverted so far. */
    public long corrupted() {
        return counters.corrupted.get();
    }

    /** Ends listening and all connections. */
    @Override
    public void close() throws IOException {
        server.close();
        gate.close();
        open.forEach(FaultConnection::reset);
    }

    private void accept() {
        while (true) {
            Socket client;
            try {
                client = server.accept();
            } catch (IOException e) {
                return;
            }
            counters.connections.incrementAndGet();
            // Connecting may take long; others are accepted meanwhile.
            FaultConnection.thread("fault-proxy-connect", () -> connect(client));
        }
    }

    private void connect(Socket client) {
        var connection = new FaultConnection(client, gate, counters);
        open.add(connection);
        if (server.isClosed()) {
            connection.reset();
        }
        try {
            connection.run(target);
        } finally {
            open.remove(connection);
        }
    }
}
