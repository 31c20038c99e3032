package io.portolan.director;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Rcode;

/**
 * The DNS sockets of a director, UDP and TCP on one port. Thread-safe.
 *
 * <p>UDP is answered by one thread, TCP by a virtual thread a connection: queries on one connection may follow each other without
 * waiting (RFC 7766) and are answered in order. Nothing that a packet holds ends a thread.
 */
final class DnsListener implements AutoCloseable {
    /** Set explicitly: the system's default overflows under a burst. */
    private static final int RECEIVE_BUFFER_BYTES = 1 << 20;
    /** Most TCP connections at once; further ones are closed at once. */
    static final int CONNECTION_LIMIT = 512;
    /** Longest pause of a TCP client, between queries and within one. */
    private static final Duration IDLE_LIMIT = Duration.ofSeconds(10);

    private static final int MESSAGE_LIMIT_BYTES = 65535;
    private static final int BACKLOG = 256;
    /** Attempts to find a port that is free for both. */
    private static final int BIND_ATTEMPTS = 20;

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);
    private static final Logger LOG = LoggerFactory.getLogger(DnsListener.class);

    private final Answerer answerer;
    private final Counters counters;
    private final DatagramChannel udp;
    private final ServerSocket tcp;
    private final Semaphore connections = new Semaphore(CONNECTION_LIMIT);
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Thread udpThread;
    private final Thread tcpThread;

    private DnsListener(Answerer answerer, Counters counters, DatagramChannel udp, ServerSocket tcp) {
        this.answerer = answerer;
        this.counters = counters;
        this.udp = udp;
        this.tcp = tcp;
        this.udpThread = Thread.ofPlatform()
                .name("dns-udp")
                .daemon()
                .uncaughtExceptionHandler(DnsListener::ended)
                .start(this::serveUdp);
        this.tcpThread = Thread.ofVirtual()
                .name("dns-tcp")
                .uncaughtExceptionHandler(DnsListener::ended)
                .start(this::serveTcp);
    }

    private static void ended(Thread thread, Throwable e) {
        LOG.error("thread ended thread={}", thread.getName(), e);
    }

    /** Binds both sockets and starts to answer. */
    static DnsListener start(InetSocketAddress address, Answerer answerer, Counters counters) throws IOException {
        for (int attempt = 1; ; attempt++) {
            var udp = DatagramChannel.open();
            var tcp = new ServerSocket();
            try {
                udp.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BUFFER_BYTES);
                udp.bind(address);
                int port = ((InetSocketAddress) udp.getLocalAddress()).getPort();
                tcp.setReuseAddress(true);
                tcp.bind(new InetSocketAddress(address.getAddress(), port), BACKLOG);
                return new DnsListener(answerer, counters, udp, tcp);
            } catch (IOException e) {
                udp.close();
                tcp.close();
                if (address.getPort() != 0 || attempt == BIND_ATTEMPTS) {
                    throw new IOException("listening for DNS on " + address + ": " + e.getMessage(), e);
                }
            }
        }
    }

    /** Where it listens. */
    InetSocketAddress address() {
        return new InetSocketAddress(tcp.getInetAddress(), tcp.getLocalPort());
    }

    private void serveUdp() {
        var buffer = ByteBuffer.allocateDirect(MESSAGE_LIMIT_BYTES);
        while (udp.isOpen()) {
            try {
                buffer.clear();
                if (udp.receive(buffer) instanceof InetSocketAddress client) {
                    buffer.flip();
                    var message = new byte[buffer.remaining()];
                    buffer.get(message);
                    var answer = answer(message, client.getAddress(), false);
                    // Port 0 cannot be answered; sending there throws.
                    if (answer.length > 0 && client.getPort() != 0) {
                        udp.send(ByteBuffer.wrap(answer), client);
                    }
                }
            } catch (IOException e) {
                if (udp.isOpen()) {
                    counters.count("portolan_dns_errors_total{transport=\"udp\"}");
                }
            }
        }
    }

    private void serveTcp() {
        while (!tcp.isClosed()) {
            try {
                var socket = tcp.accept();
                if (!connections.tryAcquire()) {
                    counters.count("portolan_dns_connections_refused_total");
                    socket.close();
                    continue;
                }
                open.add(socket);
                Thread.ofVirtual()
                        .name("dns-connection")
                        .uncaughtExceptionHandler(DnsListener::ended)
                        .start(() -> serve(socket));
            } catch (IOException e) {
                if (!tcp.isClosed()) {
                    counters.count("portolan_dns_errors_total{transport=\"tcp\"}");
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

    private void serve(Socket socket) {
        try (socket) {
            socket.setSoTimeout((int) IDLE_LIMIT.toMillis());
            socket.setTcpNoDelay(true);
            var in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
            var out = socket.getOutputStream();
            while (true) {
                var message = new byte[in.readUnsignedShort()];
                in.readFully(message);
                var answer = answer(message, socket.getInetAddress(), true);
                if (answer.length == 0) {
                    return;
                }
                var framed = ByteBuffer.allocate(answer.length + 2);
                framed.putShort((short) answer.length).put(answer);
                out.write(framed.array());
            }
        } catch (IOException clientIsGone) {
            // The end of the connection or of the client's patience, or ours: nothing to say to anyone.
        } finally {
            open.remove(socket);
            connections.release();
        }
    }

    private byte[] answer(byte[] message, InetAddress source, boolean overTcp) {
        byte[] answer;
        try {
            answer = answerer.answer(message, source, overTcp);
        } catch (RuntimeException e) {
            counters.count("portolan_dns_failures_total");
            LOG.debug("answering failed", e);
            answer = Answerer.failure(message);
        }
        var rcode = answer.length == 0 ? "DROPPED" : Rcode.string(answer[3] & 0x0f);
        counters.count(
                "portolan_dns_answers_total{rcode=\"" + rcode + "\",transport=\"" + (overTcp ? "tcp" : "udp") + "\"}");
        return answer;
    }

    @Override
    public void close() {
        try {
            udp.close();
            tcp.close();
            for (var socket : open) {
                socket.close();
            }
            udpThread.join(CLOSE_LIMIT);
            tcpThread.join(CLOSE_LIMIT);
        } catch (IOException e) {
            LOG.warn("closing DNS sockets reason={}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
