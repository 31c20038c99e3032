package io.portolan.testkit;

/** What a {@link FaultProxy} does to the traffic. Immutable. */
public sealed interface Fault {
    /** Nothing. */
    record Pass() implements Fault {}

    /**
     * All connections together carry at most so many response bytes a second.
     *
     * @param bytesPerSecond 1 or more
     */
    record Throttle(long bytesPerSecond) implements Fault {
        public Throttle {
            if (bytesPerSecond < 1) {
                throw new IllegalArgumentException("bytesPerSecond: " + bytesPerSecond + " (expected: 1 or more)");
            }
        }
    }

    /**
     * Each connection is reset once so many response bytes passed over it under this fault.
     *
     * @param afterBytes 0 or more; 0: nothing comes back at all
     */
    record Cut(long afterBytes) implements Fault {
        public Cut {
            if (afterBytes < 0) {
                throw new IllegalArgumentException("afterBytes: " + afterBytes + " (expected: 0 or more)");
            }
        }
    }

    /**
     * Each connection stays open and silent once so many response bytes passed over it under this fault.
     *
     * @param afterBytes 0 or more
     */
    record Stall(long afterBytes) implements Fault {
        public Stall {
            if (afterBytes < 0) {
                throw new IllegalArgumentException("afterBytes: " + afterBytes + " (expected: 0 or more)");
            }
        }
    }

    /** Connections are accepted and stay open, and not a byte passes in either direction. */
    record Hang() implements Fault {}

    /**
     * One byte of each HTTP/1.1 response body is inverted, where the body is long enough.
     *
     * @param offset     place in the body as it crosses the wire, chunk framing not counted; 0 or more
     * @param pathPrefix only answers to requests whose target starts so; empty text: all
     */
    record CorruptBody(long offset, String pathPrefix) implements Fault {
        public CorruptBody {
            if (offset < 0) {
                throw new IllegalArgumentException("offset: " + offset + " (expected: 0 or more)");
            }
        }
    }
}
