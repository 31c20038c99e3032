package io.portolan.director;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * DNS over TCP (RFC 7766): a virtual thread a connection; queries may follow each other without waiting and are answered in order.
 * Bounded in connections altogether and for each client, and in time: a connection on which no query is completed, or no answer taken,
 * for the idle limit is closed. Thread-safe.
 */
final class TcpListener implements AutoCloseable {
    private static final int BACKLOG = 256;
    /** Queries that are answered at the same time; each has buffers of 128 KB. */
    private static final int WORKPLACES = 8;

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);
    private static final Logger LOG = LoggerFactory.getLogger(TcpListener.class);

    private final WireServer server;
    private final Counters faults;
    private final InstantSource clock;
    private final DnsLimits limits;
    private final ServerSocket socket;
    private final Semaphore connections;
    private final Map<InetAddress, Integer> perClient = new ConcurrentHashMap<>();
    private final Set<TcpConnection> open = ConcurrentHashMap.newKeySet();
    private final BlockingQueue<Workplace> workplaces = new ArrayBlockingQueue<>(WORKPLACES);
    private final Thread thread;

    /** Where one query at a time is answered. */
    private record Workplace(Exchange exchange, WireCounters counters) {}

    private TcpListener(
            ServerSocket socket, WireServer server, DnsLimits limits, Counters faults, InstantSource clock) {
        this.socket = socket;
        this.server = server;
        this.limits = limits;
        this.faults = faults;
        this.clock = clock;
        this.connections = new Semaphore(limits.connections());
        for (int i = 0; i < WORKPLACES; i++) {
            workplaces.add(new Workplace(Exchange.tcp(), server.counters("tcp")));
        }
        this.thread = Thread.ofVirtual()
                .name("dns-tcp")
                .uncaughtExceptionHandler(TcpListener::ended)
                .unstarted(this::accept);
    }

    private static void ended(Thread thread, Throwable e) {
        LOG.error("thread ended thread={}", thread.getName(), e);
    }

    /** Binds; nothing is accepted before {@link #start}. */
    static TcpListener bind(
            InetSocketAddress address, WireServer server, DnsLimits limits, Counters faults, InstantSource clock)
            throws IOException {
        var socket = new ServerSocket();
        try {
            socket.setReuseAddress(true);
            socket.bind(address, BACKLOG);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        return new TcpListener(socket, server, limits, faults, clock);
    }

    void start() {
        thread.start();
    }

    InetSocketAddress address() {
        return new InetSocketAddress(socket.getInetAddress(), socket.getLocalPort());
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                var connection = new TcpConnection(socket.accept(), clock);
                if (admit(connection.client())) {
                    open.add(connection);
                    Thread.ofVirtual()
                            .name("dns-connection")
                            .uncaughtExceptionHandler(TcpListener::ended)
                            .start(() -> serve(connection));
                } else {
                    faults.count("portolan_dns_connections_refused_total");
                    connection.close();
                }
            } catch (IOException e) {
                if (!socket.isClosed()) {
                    faults.count("portolan_dns_errors_total{transport=\"tcp\"}");
                    pauseAfterFailedAccept();
                }
            }
        }
    }

    /** Out of file descriptors, accept fails at once and would spin. */
    private static void pauseAfterFailedAccept() {
        try {
            Thread.sleep(Duration.ofMillis(50));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether there is room for one more of a client. */
    private boolean admit(InetAddress client) {
        if (!connections.tryAcquire()) {
            return false;
        }
        if (perClient.merge(client, 1, Integer::sum) > limits.connectionsPerClient()) {
            leave(client);
            return false;
        }
        return true;
    }

    private void leave(InetAddress client) {
        perClient.compute(client, (address, count) -> count == null || count == 1 ? null : count - 1);
        connections.release();
    }

    private void serve(TcpConnection connection) {
        try {
            connection.serve(this::respond);
        } catch (IOException clientIsGone) {
            // The end of the connection or of our patience: nothing to say to anyone.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            connection.close();
            open.remove(connection);
            leave(connection.client());
        }
    }

    private boolean respond(byte[] in, int from, int length, InetAddress client, ByteArrayOutputStream out)
            throws InterruptedException {
        var workplace = workplaces.take();
        try {
            var exchange = workplace.exchange();
            System.arraycopy(in, from, exchange.in, 0, length);
            exchange.length = length;
            var began = clock.instant();
            exchange.nowMillis = began.toEpochMilli();
            exchange.source(client);
            int bytes = server.respond(exchange, workplace.counters());
            workplace.counters().took(Duration.between(began, clock.instant()).toNanos(), 1);
            if (bytes == 0) {
                return false;
            }
            out.write(bytes >> 8);
            out.write(bytes);
            out.write(exchange.out, 0, bytes);
            return true;
        } finally {
            workplaces.add(workplace);
        }
    }

    /** Closes connections without progress; called every second or so. */
    void closeIdle() {
        long now = clock.millis();
        for (var connection : open) {
            if (now - connection.progressAt() > limits.idle().toMillis()) {
                faults.count("portolan_dns_connections_idle_total");
                connection.close();
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        open.forEach(TcpConnection::close);
        try {
            thread.join(CLOSE_LIMIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
