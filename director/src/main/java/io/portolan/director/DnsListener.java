package io.portolan.director;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The DNS sockets of a director: on each address one for TCP and several for UDP, a thread each, which share the port. Thread-safe.
 */
final class DnsListener implements AutoCloseable {
    /** Attempts to find a port that is free for both. */
    private static final int BIND_ATTEMPTS = 20;

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(3);
    private static final Logger LOG = LoggerFactory.getLogger(DnsListener.class);

    private final List<TcpListener> tcp = new ArrayList<>();
    private final List<UdpWorker> udp = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final ScheduledThreadPoolExecutor upkeep = new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("dns-upkeep").daemon().factory());

    private final DnsSettings settings;
    private final WireServer server;
    private final Counters faults;
    private final InstantSource clock;

    private DnsListener(DnsSettings settings, WireServer server, Counters faults, InstantSource clock) {
        this.settings = settings;
        this.server = server;
        this.faults = faults;
        this.clock = clock;
    }

    /**
     * Binds all sockets, then starts to answer.
     *
     * @param everySecond more to be done once a second
     */
    static DnsListener start(
            DnsSettings settings, WireServer server, Counters faults, InstantSource clock, Runnable everySecond)
            throws IOException {
        for (int attempt = 1; ; attempt++) {
            var listener = new DnsListener(settings, server, faults, clock);
            try {
                listener.bind();
                listener.run(everySecond);
                return listener;
            } catch (IOException e) {
                listener.close();
                boolean anyPort = settings.listen().stream().anyMatch(address -> address.getPort() == 0);
                if (!anyPort || attempt == BIND_ATTEMPTS) {
                    throw new IOException("listening for DNS on " + settings.listen() + ": " + e.getMessage(), e);
                }
            }
        }
    }

    private void bind() throws IOException {
        int free = 0;
        for (var wanted : settings.listen()) {
            var address = new InetSocketAddress(wanted.getAddress(), wanted.getPort() == 0 ? free : wanted.getPort());
            // TCP first: UDP sockets that share their port would not notice another server there.
            var listener = TcpListener.bind(address, server, settings.limits(), faults, clock);
            tcp.add(listener);
            free = wanted.getPort() == 0 ? listener.address().getPort() : free;
            for (int i = 0; i < settings.workers(); i++) {
                udp.add(worker(listener.address()));
            }
        }
    }

    private UdpWorker worker(InetSocketAddress address) throws IOException {
        boolean direct =
                switch (settings.engine()) {
                    case AUTO -> NativeSocket.supported();
                    case NATIVE -> true;
                    case CHANNEL -> false;
                };
        return direct
                ? NativeUdpWorker.open(address, server, faults, clock)
                : ChannelUdpWorker.open(address, server, faults, clock);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // upkeep says itself what went wrong
    private void run(Runnable everySecond) {
        tcp.forEach(TcpListener::start);
        for (var worker : udp) {
            threads.add(Thread.ofPlatform()
                    .name("dns-udp-" + threads.size())
                    .daemon()
                    .uncaughtExceptionHandler((thread, e) -> LOG.error("thread ended thread={}", thread.getName(), e))
                    .start(worker::run));
        }
        upkeep.scheduleWithFixedDelay(() -> upkeep(everySecond), 1, 1, TimeUnit.SECONDS);
    }

    private void upkeep(Runnable everySecond) {
        try {
            tcp.forEach(TcpListener::closeIdle);
            everySecond.run();
        } catch (RuntimeException e) {
            LOG.warn("upkeep of DNS failed reason={}", e.getMessage());
        }
    }

    /** Where it listens, the first address. */
    InetSocketAddress address() {
        return tcp.getFirst().address();
    }

    /** Where it listens, all addresses. */
    List<InetSocketAddress> addresses() {
        return tcp.stream().map(TcpListener::address).toList();
    }

    @Override
    public void close() {
        upkeep.shutdownNow();
        closeAll(udp);
        closeAll(tcp);
        try {
            for (var thread : threads) {
                thread.join(CLOSE_LIMIT);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void closeAll(List<? extends AutoCloseable> sockets) {
        for (var socket : sockets) {
            try {
                socket.close();
            } catch (Exception e) {
                LOG.warn("closing a DNS socket reason={}", e.getMessage());
            }
        }
    }
}
