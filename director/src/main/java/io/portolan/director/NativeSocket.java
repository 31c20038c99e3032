package io.portolan.director;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.Locale;

/**
 * A UDP socket by Linux's own calls, for {@code recvmmsg} and {@code sendmmsg}, which the JDK does not have: many messages with one
 * system call. One thread at a time, but {@link #close} from any.
 *
 * <p>Numbers and layouts are those of Linux on 64-bit machines (x86-64 and aarch64 have the same).
 */
final class NativeSocket implements AutoCloseable {
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;

    private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_RCVBUF = 8;
    private static final int SO_REUSEPORT = 15;
    private static final int SO_RCVTIMEO = 20;
    private static final int IPPROTO_IP = 0;
    private static final int IP_MTU_DISCOVER = 10;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_MTU_DISCOVER = 23;
    private static final int IPV6_V6ONLY = 26;
    /** Never fragments, never believes a forged "too big" (as BIND and Unbound do). */
    private static final int PMTUDISC_OMIT = 5;

    private static final int SHUT_BOTH = 2;
    private static final int MSG_WAITFORONE = 0x10000;
    private static final int INET_BYTES = 16;
    private static final int INET6_BYTES = 28;
    /** Longest wait in the kernel; a closed socket is noticed then at the latest. */
    private static final long WAIT_SECONDS = 1;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    private static final VarHandle ERRNO_FIELD =
            Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    /** The system's calls; made when first used, so that other systems never look for them. */
    private static final class Calls {
        static final MethodHandle SOCKET = call("socket", FunctionDescriptor.of(INT, INT, INT, INT));
        static final MethodHandle BIND = call("bind", FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, INT));
        static final MethodHandle OPTION =
                call("setsockopt", FunctionDescriptor.of(INT, INT, INT, INT, ValueLayout.ADDRESS, INT));
        static final MethodHandle RECEIVE =
                call("recvmmsg", FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, INT, INT, ValueLayout.ADDRESS));
        static final MethodHandle SEND =
                call("sendmmsg", FunctionDescriptor.of(INT, INT, ValueLayout.ADDRESS, INT, INT));
        static final MethodHandle SHUTDOWN = call("shutdown", FunctionDescriptor.of(INT, INT, INT));
        static final MethodHandle CLOSE = call("close", FunctionDescriptor.of(INT, INT));

        // Restricted: a wrong layout could crash the process; the layouts here are those of the two systems named
        // above.
        @SuppressWarnings("restricted")
        private static MethodHandle call(String name, FunctionDescriptor descriptor) {
            var symbol = LINKER.defaultLookup()
                    .find(name)
                    .orElseThrow(() -> new UnsupportedOperationException("no " + name + " on this system"));
            return LINKER.downcallHandle(symbol, descriptor, ERRNO);
        }
    }

    private final int descriptor;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());

    private NativeSocket(int descriptor) {
        this.descriptor = descriptor;
    }

    /** Whether this system has what it takes. */
    static boolean supported() {
        return System.getProperty("os.name").equals("Linux")
                && java.util.Set.of("amd64", "aarch64")
                        .contains(System.getProperty("os.arch").toLowerCase(Locale.ROOT))
                && NativeSocket.class.getModule().isNativeAccessEnabled();
    }

    /** Opens and binds; the port may be shared with other sockets of this kind. */
    static NativeSocket bind(InetSocketAddress address, int receiveBufferBytes) throws IOException {
        boolean v6 = address.getAddress() instanceof Inet6Address;
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(Linker.Option.captureStateLayout());
            int descriptor = (int) Calls.SOCKET.invokeExact(state, v6 ? AF_INET6 : AF_INET, SOCK_DGRAM_CLOEXEC, 0);
            if (descriptor < 0) {
                throw new IOException("opening a UDP socket: errno " + (int) ERRNO_FIELD.get(state, 0L));
            }
            var socket = new NativeSocket(descriptor);
            try {
                socket.option(SOL_SOCKET, SO_REUSEPORT, 1, true);
                socket.option(SOL_SOCKET, SO_RCVBUF, receiveBufferBytes, false);
                socket.timeout();
                if (v6) {
                    socket.option(IPPROTO_IPV6, IPV6_V6ONLY, 0, false);
                    socket.option(IPPROTO_IPV6, IPV6_MTU_DISCOVER, PMTUDISC_OMIT, false);
                } else {
                    socket.option(IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_OMIT, false);
                }
                var name = arena.allocate(INET6_BYTES);
                int bytes = SocketName.write(name, address);
                if ((int) Calls.BIND.invokeExact(state, descriptor, name, bytes) != 0) {
                    throw new IOException("binding UDP " + address + ": errno " + (int) ERRNO_FIELD.get(state, 0L));
                }
                return socket;
            } catch (IOException e) {
                socket.close();
                socket.release();
                throw e;
            }
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    private void option(int level, int option, int value, boolean needed) throws IOException {
        try (var scratch = Arena.ofConfined()) {
            var data = scratch.allocate(INT);
            data.set(INT, 0, value);
            int result = (int) Calls.OPTION.invokeExact(state, descriptor, level, option, data, (int) INT.byteSize());
            if (result != 0 && needed) {
                throw new IOException("UDP socket option " + option + ": errno " + (int) ERRNO_FIELD.get(state, 0L));
            }
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    private void timeout() throws IOException {
        try (var scratch = Arena.ofConfined()) {
            var time = scratch.allocate(16, 8);
            time.set(ValueLayout.JAVA_LONG, 0, WAIT_SECONDS);
            int result = (int) Calls.OPTION.invokeExact(state, descriptor, SOL_SOCKET, SO_RCVTIMEO, time, 16);
            if (result != 0) {
                throw new IOException("UDP receive timeout: errno " + (int) ERRNO_FIELD.get(state, 0L));
            }
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /**
     * Waits for one message or the longest wait, and takes what else is there.
     *
     * @param messages array of {@code struct mmsghdr}
     * @return how many were read; 0 or less for none
     */
    int receive(MemorySegment messages, int most) {
        try {
            return (int)
                    Calls.RECEIVE.invokeExact(state, descriptor, messages, most, MSG_WAITFORONE, MemorySegment.NULL);
        } catch (Throwable e) {
            throw new IllegalStateException("recvmmsg", e);
        }
    }

    /** Sends; how many were sent, less than 0 where the first could not be. */
    int send(MemorySegment messages, int count) {
        try {
            return (int) Calls.SEND.invokeExact(state, descriptor, messages, count, 0);
        } catch (Throwable e) {
            throw new IllegalStateException("sendmmsg", e);
        }
    }

    /** Wakes whoever waits in {@link #receive}, who then must {@link #release}. */
    @Override
    public void close() {
        try (var scratch = Arena.ofConfined()) {
            var own = scratch.allocate(Linker.Option.captureStateLayout());
            // Says "not connected", and wakes the reader all the same.
            int ignored = (int) Calls.SHUTDOWN.invokeExact(own, descriptor, SHUT_BOTH);
            assert ignored <= 0;
        } catch (Throwable e) {
            throw new IllegalStateException("shutdown", e);
        }
    }

    /** Gives the socket back, by the thread that reads: nobody else could know that it is out of the system's calls. */
    void release() {
        try {
            int ignored = (int) Calls.CLOSE.invokeExact(state, descriptor);
            assert ignored <= 0;
        } catch (Throwable e) {
            throw new IllegalStateException("close", e);
        }
        arena.close();
    }

    private static IOException rethrown(Throwable e) {
        return e instanceof IOException io ? io : new IOException("calling the system: " + e.getMessage(), e);
    }

    /** Reads and writes {@code struct sockaddr_in} and {@code sockaddr_in6}. Stateless. */
    static final class SocketName {
        static final int LIMIT_BYTES = INET6_BYTES;

        private SocketName() {}

        /** Writes an address; its length. */
        static int write(MemorySegment to, InetSocketAddress address) {
            var bytes = address.getAddress().getAddress();
            boolean v6 = bytes.length == 16;
            to.set(ValueLayout.JAVA_SHORT, 0, (short) (v6 ? AF_INET6 : AF_INET));
            to.set(ValueLayout.JAVA_BYTE, 2, (byte) (address.getPort() >> 8));
            to.set(ValueLayout.JAVA_BYTE, 3, (byte) address.getPort());
            MemorySegment.copy(bytes, 0, to, ValueLayout.JAVA_BYTE, v6 ? 8 : 4, bytes.length);
            if (address.getAddress() instanceof Inet6Address scoped) {
                to.set(INT, 24, scoped.getScopeId());
            }
            return v6 ? INET6_BYTES : INET_BYTES;
        }

        /** Takes a sender's address over into an exchange; whether it can be answered. */
        static boolean read(MemorySegment from, long at, Exchange exchange) {
            if (from.get(ValueLayout.JAVA_SHORT, at + 2) == 0) {
                return false; // port 0
            }
            if (from.get(ValueLayout.JAVA_SHORT, at) == AF_INET) {
                exchange.sourceWidth = 32;
                exchange.sourceHigh = 0;
                exchange.sourceLow = Integer.toUnsignedLong(Integer.reverseBytes(from.get(INT, at + 4)));
                return true;
            }
            long high = Long.reverseBytes(from.get(ValueLayout.JAVA_LONG_UNALIGNED, at + 8));
            long low = Long.reverseBytes(from.get(ValueLayout.JAVA_LONG_UNALIGNED, at + 16));
            boolean mapped = high == 0 && low >>> 32 == 0xffff;
            exchange.sourceWidth = mapped ? 32 : 128;
            exchange.sourceHigh = high;
            exchange.sourceLow = mapped ? low & 0xffff_ffffL : low;
            return true;
        }
    }
}
