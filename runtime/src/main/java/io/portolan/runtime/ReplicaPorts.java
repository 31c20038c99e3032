package io.portolan.runtime;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Ports that processes are told to listen at. Thread-safe.
 *
 * <p>The system may give out a port again that was asked for a moment before and is not listened at yet. Of two processes that are told the
 * same one ends, but until it does its health is that of the other, and so would be the answers to its calls.
 */
final class ReplicaPorts {
    /** Of this process, all nodes in it: they share their addresses. */
    private static final Set<Integer> TAKEN = ConcurrentHashMap.newKeySet();

    private ReplicaPorts() {}

    /**
     * A port that is free now and that no other replica has; until {@link #giveBack}. A process that finds it taken by others ends, and the
     * next one gets another.
     */
    static int take(InetAddress address) throws IOException {
        while (true) {
            try (var socket = new ServerSocket(0, 1, address)) {
                if (TAKEN.add(socket.getLocalPort())) {
                    return socket.getLocalPort();
                }
            }
        }
    }

    static void giveBack(int port) {
        TAKEN.remove(port);
    }
}
