package io.portolan.director;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;

/**
 * UDP on Linux by {@code recvmmsg} and {@code sendmmsg}: under load one pair of system calls answers up to {@link #BATCH} queries (ADR 13
 * has what it gains).
 */
final class NativeUdpWorker implements UdpWorker {
    /** Most queries that are read at once. */
    static final int BATCH = 64;

    /** Longest query; a longer one is cut and then broken. */
    private static final int QUERY_BYTES = 4096;
    // struct mmsghdr { struct msghdr { name, namelen, iov, iovlen, control, controllen, flags }, len }
    private static final int HEADER = 64;
    private static final int NAME = 0;
    private static final int NAME_BYTES = 8;
    private static final int VECTOR = 16;
    private static final int VECTORS = 24;
    private static final int RECEIVED = 56;
    private static final int VECTOR_SIZE = 16;
    private static final int NAME_SLOT = 32;

    private final NativeSocket socket;
    private final WireServer server;
    private final WireCounters counters;
    private final Counters faults;
    private final InstantSource clock;
    private volatile boolean closed;

    private NativeUdpWorker(NativeSocket socket, WireServer server, Counters faults, InstantSource clock) {
        this.socket = socket;
        this.server = server;
        this.counters = server.counters("udp");
        this.faults = faults;
        this.clock = clock;
    }

    static NativeUdpWorker open(InetSocketAddress address, WireServer server, Counters faults, InstantSource clock)
            throws IOException {
        return new NativeUdpWorker(NativeSocket.bind(address, RECEIVE_BUFFER_BYTES), server, faults, clock);
    }

    @Override
    public void run() {
        try (var arena = Arena.ofConfined()) {
            new Loop(arena).run();
        } finally {
            socket.release();
        }
    }

    @Override
    public void close() {
        closed = true;
        socket.close();
    }

    /** The buffers of the thread and its work. */
    private final class Loop {
        private final Exchange exchange = Exchange.udp();
        private final MemorySegment names;
        private final MemorySegment queries;
        private final MemorySegment answers;
        private final MemorySegment receives;
        private final MemorySegment sends;
        private final MemorySegment receiveVectors;
        private final MemorySegment sendVectors;

        Loop(Arena arena) {
            names = arena.allocate((long) BATCH * NAME_SLOT, 8);
            queries = arena.allocate((long) BATCH * QUERY_BYTES, 64);
            answers = arena.allocate((long) BATCH * WireAnswerer.UDP_LIMIT_BYTES, 64);
            receives = arena.allocate((long) BATCH * HEADER, 8);
            sends = arena.allocate((long) BATCH * HEADER, 8);
            receiveVectors = arena.allocate((long) BATCH * VECTOR_SIZE, 8);
            sendVectors = arena.allocate((long) BATCH * VECTOR_SIZE, 8);
            for (int i = 0; i < BATCH; i++) {
                long vector = receiveVectors.address() + (long) i * VECTOR_SIZE;
                vector(receiveVectors, i, queries.address() + (long) i * QUERY_BYTES, QUERY_BYTES);
                header(
                        receives,
                        i,
                        names.address() + (long) i * NAME_SLOT,
                        NativeSocket.SocketName.LIMIT_BYTES,
                        vector);
            }
        }

        private static void vector(MemorySegment vectors, int i, long address, long bytes) {
            vectors.set(ValueLayout.JAVA_LONG, (long) i * VECTOR_SIZE, address);
            vectors.set(ValueLayout.JAVA_LONG, (long) i * VECTOR_SIZE + 8, bytes);
        }

        private static void header(MemorySegment headers, int i, long name, int nameBytes, long vector) {
            long at = (long) i * HEADER;
            headers.set(ValueLayout.JAVA_LONG, at + NAME, name);
            headers.set(ValueLayout.JAVA_INT, at + NAME_BYTES, nameBytes);
            headers.set(ValueLayout.JAVA_LONG, at + VECTOR, vector);
            headers.set(ValueLayout.JAVA_LONG, at + VECTORS, 1L);
        }

        void run() {
            while (!closed) {
                int count = socket.receive(receives, BATCH);
                if (count <= 0) {
                    continue; // nobody asked for a while, or closed
                }
                var began = clock.instant();
                exchange.nowMillis = began.toEpochMilli();
                int sent = 0;
                for (int i = 0; i < count; i++) {
                    sent += respond(i, sent);
                }
                send(sent);
                counters.took(Duration.between(began, clock.instant()).toNanos(), count);
            }
        }

        /** Answers query {@code i} as answer {@code to}; how many answers that makes. */
        private int respond(int i, int to) {
            long header = (long) i * HEADER;
            int nameBytes = receives.get(ValueLayout.JAVA_INT, header + NAME_BYTES);
            // The system has overwritten it with the length of this sender's name.
            receives.set(ValueLayout.JAVA_INT, header + NAME_BYTES, NativeSocket.SocketName.LIMIT_BYTES);
            exchange.length = receives.get(ValueLayout.JAVA_INT, header + RECEIVED);
            if (exchange.length == 0 || !NativeSocket.SocketName.read(names, (long) i * NAME_SLOT, exchange)) {
                return 0;
            }
            MemorySegment.copy(queries, ValueLayout.JAVA_BYTE, (long) i * QUERY_BYTES, exchange.in, 0, exchange.length);
            int bytes = server.respond(exchange, counters);
            if (bytes == 0) {
                return 0;
            }
            long answer = (long) to * WireAnswerer.UDP_LIMIT_BYTES;
            MemorySegment.copy(exchange.out, 0, answers, ValueLayout.JAVA_BYTE, answer, bytes);
            vector(sendVectors, to, answers.address() + answer, bytes);
            header(
                    sends,
                    to,
                    names.address() + (long) i * NAME_SLOT,
                    nameBytes,
                    sendVectors.address() + (long) to * VECTOR_SIZE);
            return 1;
        }

        private void send(int count) {
            int done = 0;
            while (done < count && !closed) {
                int sent = socket.send(sends.asSlice((long) done * HEADER), count - done);
                if (sent <= 0) {
                    faults.count("portolan_dns_errors_total{transport=\"udp\"}");
                    sent = 1; // this client cannot be reached; the others can
                }
                done += sent;
            }
        }
    }
}
