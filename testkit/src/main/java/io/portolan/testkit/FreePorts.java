package io.portolan.testkit;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * A hundred free ports P to P+99, suited as {@code --port-base P}, and loopback addresses for nodes beside them.
 *
 * <p>The block is below the range from which the system gives out ports by itself, so nobody else comes upon it by chance;
 * its last port stays bound until {@link #close}, so that worlds of tests running beside each other keep apart. Thread-safe.
 */
public final class FreePorts implements AutoCloseable {
    /** Ports of a block; the last one is the mark that it is taken. */
    public static final int BLOCK = 100;

    private static final int LOWEST = 10_000;
    private static final int HIGHEST = 32_000;
    private static final int ATTEMPTS = 200;

    private final ServerSocket mark;
    private final int base;
    private final List<InetAddress> nodes;

    private FreePorts(ServerSocket mark, int base, List<InetAddress> nodes) {
        this.mark = mark;
        this.base = base;
        this.nodes = List.copyOf(nodes);
    }

    /**
     * Takes a block whose ports are free for TCP and UDP on 127.0.0.1, and for TCP on 127.0.1.1 to 127.0.1.{@code nodes}.
     *
     * @param nodes 0 to 254
     * @throws IOException when none was found, or a node address cannot be bound on this system
     */
    public static FreePorts take(int nodes) throws IOException {
        var loopback = address(0, 1);
        var addresses = IntStream.rangeClosed(1, nodes)
                .mapToObj(last -> address(1, last))
                .toList();
        for (var node : addresses) {
            new ServerSocket(0, 1, node).close();
        }
        var random = RandomGenerator.getDefault();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int base = random.nextInt(LOWEST / BLOCK, HIGHEST / BLOCK) * BLOCK;
            var mark = bind(loopback, base + BLOCK - 1);
            if (mark.isEmpty()) {
                continue;
            }
            if (isFree(loopback, addresses, base)) {
                return new FreePorts(mark.get(), base, addresses);
            }
            mark.get().close();
        }
        throw new IOException("taking a block of ports: none free in " + ATTEMPTS + " attempts (expected: " + BLOCK
                + " between " + LOWEST + " and " + HIGHEST + ")");
    }

    /** P. */
    public int base() {
        return base;
    }

    /**
     * P + offset.
     *
     * @param offset 0 to 98
     */
    public int port(int offset) {
        if (offset < 0 || offset >= BLOCK - 1) {
            throw new IllegalArgumentException("offset: " + offset + " (expected: 0 to " + (BLOCK - 2) + ")");
        }
        return base + offset;
    }

    /** 127.0.1.1 and on, as many as were asked for. */
    public List<InetAddress> nodeAddresses() {
        return nodes;
    }

    /** Gives the block back. */
    @Override
    public void close() throws IOException {
        mark.close();
    }

    private static boolean isFree(InetAddress loopback, List<InetAddress> nodes, int base) throws IOException {
        for (int port = base; port < base + BLOCK - 1; port++) {
            var all = new ArrayList<InetAddress>(nodes);
            all.add(loopback);
            for (var address : all) {
                var bound = bind(address, port);
                if (bound.isEmpty()) {
                    return false;
                }
                bound.get().close();
            }
            try (var socket = new DatagramSocket(null)) {
                socket.bind(new InetSocketAddress(loopback, port));
            } catch (IOException e) {
                return false;
            }
        }
        return true;
    }

    /** The bound socket, or nothing. */
    private static Optional<ServerSocket> bind(InetAddress address, int port) throws IOException {
        var socket = new ServerSocket();
        try {
            socket.bind(new InetSocketAddress(address, port));
            return Optional.of(socket);
        } catch (IOException e) {
            socket.close();
            return Optional.empty();
        }
    }

    private static InetAddress address(int third, int last) {
        try {
            return InetAddress.getByAddress(new byte[] {127, 0, (byte) third, (byte) last});
        } catch (IOException e) {
            throw new IllegalStateException("four bytes are an address", e);
        }
    }
}
