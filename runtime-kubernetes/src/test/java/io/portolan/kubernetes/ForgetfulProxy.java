package io.portolan.kubernetes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A TCP proxy on loopback that may forget the connections it has, as machines between do: they stay open, and nothing passes any more.
 * New ones pass. It may also be away: then it closes those that it has, and each new one. Thread-safe.
 */
final class ForgetfulProxy implements AutoCloseable {
    private final ServerSocket server;
    private final InetSocketAddress target;
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private volatile boolean away;

    private ForgetfulProxy(ServerSocket server, InetSocketAddress target) {
        this.server = server;
        this.target = target;
    }

    /** Listens on a port that the system chooses. */
    static ForgetfulProxy start(InetSocketAddress target) {
        try {
            var loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
            var proxy = new ForgetfulProxy(new ServerSocket(0, 64, loopback), target);
            Thread.ofVirtual().start(proxy::accept);
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where it listens. */
    InetSocketAddress address() {
        return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
    }

    /** Lets nothing pass any more on the connections that are open. */
    void forget() {
        open.forEach(connection -> connection.forgotten = true);
    }

    /** Closes everything and takes nothing, until it is back. */
    void away(boolean is) {
        away = is;
        if (is) {
            open.forEach(Connection::close);
        }
    }

    private void accept() {
        while (true) {
            try {
                var client = server.accept();
                if (away) {
                    client.close();
                } else {
                    connect(client);
                }
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void connect(Socket client) throws IOException {
        var upstream = new Socket();
        try {
            upstream.connect(target);
        } catch (IOException e) {
            client.close();
            return;
        }
        var connection = new Connection(client, upstream);
        open.add(connection);
        Thread.ofVirtual().start(() -> connection.pass(client, upstream));
        Thread.ofVirtual().start(() -> connection.pass(upstream, client));
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        open.forEach(Connection::close);
    }

    private final class Connection {
        private final Socket client;
        private final Socket upstream;
        private volatile boolean forgotten;

        Connection(Socket client, Socket upstream) {
            this.client = client;
            this.upstream = upstream;
        }

        void pass(Socket from, Socket to) {
            var buffer = new byte[64 << 10];
            try {
                for (int read; (read = from.getInputStream().read(buffer)) >= 0; ) {
                    if (!forgotten) {
                        to.getOutputStream().write(buffer, 0, read);
                    }
                }
            } catch (IOException e) {
                // One side is gone: so is the other.
            }
            if (!forgotten) {
                close();
            }
        }

        void close() {
            open.remove(this);
            try {
                client.close();
                upstream.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
