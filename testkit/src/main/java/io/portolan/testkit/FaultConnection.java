package io.portolan.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** One connection through a {@link FaultProxy}: two sockets, a thread in each direction. Thread-safe. */
final class FaultConnection {
    private static final int BUFFER_BYTES = 64 << 10;
    private static final int CONNECT_TIMEOUT_MILLIS = 10_000;
    /** A throttled second is cut into so many writes. */
    private static final int WRITES_PER_SECOND = 20;

    private final Socket client;
    private final Socket upstream = new Socket();
    private final FaultGate gate;
    private final FaultProxy.Counters counters;
    /** Start lines of requests whose response has not begun. */
    private final Queue<String> requests = new ConcurrentLinkedQueue<>();

    FaultConnection(Socket client, FaultGate gate, FaultProxy.Counters counters) {
        this.client = client;
        this.gate = gate;
        this.counters = counters;
    }

    /** Passes bytes until both directions have ended. */
    void run(InetSocketAddress target) {
        try {
            upstream.connect(target, CONNECT_TIMEOUT_MILLIS);
            upstream.setTcpNoDelay(true);
            client.setTcpNoDelay(true);
            var requesting = thread("fault-proxy-requests", this::passRequests);
            passResponses();
            requesting.join();
            client.close();
            upstream.close();
        } catch (IOException e) {
            reset();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            reset();
        }
    }

    /** Ends both sides at once, as a crash of the peer does. */
    void reset() {
        for (var socket : new Socket[] {client, upstream}) {
            try {
                socket.setSoLinger(true, 0);
            } catch (IOException e) {
                // It is closed already.
                continue;
            }
            try {
                socket.close();
            } catch (IOException e) {
                throw new IllegalStateException("closing " + socket, e);
            }
        }
    }

    /** Starts a named thread; what it throws ends the test that sees it on standard error. */
    static Thread thread(String name, Runnable work) {
        return Thread.ofVirtual()
                .name(name)
                .uncaughtExceptionHandler((thread, e) -> {
                    System.err.println(thread.getName() + " failed: " + e);
                })
                .start(work);
    }

    private void passRequests() {
        var bodies = new HttpBodies(new Requests(), false);
        var buffer = new byte[BUFFER_BYTES];
        try {
            for (int read; (read = client.getInputStream().read(buffer)) >= 0; ) {
                bodies.pass(buffer, read);
                gate.pass();
                counters.requestBytes.addAndGet(read);
                upstream.getOutputStream().write(buffer, 0, read);
            }
            upstream.shutdownOutput();
        } catch (IOException e) {
            reset();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            reset();
        }
    }

    private void passResponses() throws IOException, InterruptedException {
        var bodies = new HttpBodies(new Responses(), true);
        var cut = new PassedBytes();
        var buffer = new byte[BUFFER_BYTES];
        for (int read; (read = upstream.getInputStream().read(buffer)) >= 0; ) {
            bodies.pass(buffer, read);
            for (int sent = 0; sent < read; ) {
                var fault = gate.pass();
                int piece = piece(fault, read - sent, cut);
                if (piece == 0 && fault instanceof Fault.Stall) {
                    // Its share has passed: silent until there is another fault.
                    gate.awaitOther(fault);
                    continue;
                }
                // Counted first: whoever has seen a byte finds it counted.
                counters.responseBytes.addAndGet(piece);
                client.getOutputStream().write(buffer, sent, piece);
                sent += piece;
                if (cut.isDue(gate.fault(), piece)) {
                    reset();
                    return;
                }
            }
        }
        client.shutdownOutput();
    }

    /** How many of the bytes pass now; waits as long as that takes. */
    private int piece(Fault fault, int bytes, PassedBytes cut) throws InterruptedException {
        return switch (fault) {
            case Fault.Throttle throttle -> {
                int piece = Math.clamp(throttle.bytesPerSecond() / WRITES_PER_SECOND, 1, bytes);
                gate.pace(throttle, piece);
                yield piece;
            }
            case Fault.Cut present -> (int) Math.min(bytes, cut.left(present, present.afterBytes()));
            case Fault.Stall present -> (int) Math.min(bytes, cut.left(present, present.afterBytes()));
            case Fault.Pass pass -> bytes;
            case Fault.Hang hang -> 0;
            case Fault.CorruptBody corrupt -> bytes;
        };
    }

    /** Bytes that passed under the present fault, if that counts them. One thread at a time. */
    private static final class PassedBytes {
        private Fault of = new Fault.Pass();
        private long passed;

        long left(Fault fault, long afterBytes) {
            if (of != fault) {
                of = fault;
                passed = 0;
            }
            return afterBytes - passed;
        }

        /** Counts a piece; whether the connection is to be cut now. */
        boolean isDue(Fault fault, int piece) {
            if (fault != of) {
                return false;
            }
            passed += piece;
            return fault instanceof Fault.Cut cut && left(cut, cut.afterBytes()) <= 0;
        }
    }

    private final class Requests implements HttpBodies.Messages {
        @Override
        public boolean head(String startLine) {
            requests.add(startLine);
            return true;
        }

        @Override
        public byte body(long offset, byte value) {
            return value;
        }
    }

    private final class Responses implements HttpBodies.Messages {
        private String target = "";

        @Override
        public boolean head(String startLine) {
            var answer = startLine.split(" ", 3);
            var status = answer.length > 1 ? answer[1] : "";
            if (status.startsWith("1")) {
                // An interim answer: the request's own is yet to come.
                return false;
            }
            var request = requests.poll();
            var words = (request == null ? "GET /" : request).split(" ", 3);
            target = words.length > 1 ? words[1] : "";
            return !words[0].equals("HEAD") && !status.equals("204") && !status.equals("304");
        }

        @Override
        public byte body(long offset, byte value) {
            if (gate.fault() instanceof Fault.CorruptBody corrupt
                    && corrupt.offset() == offset
                    && target.startsWith(corrupt.pathPrefix())) {
                counters.corrupted.incrementAndGet();
                return (byte) ~value;
            }
            return value;
        }
    }
}
