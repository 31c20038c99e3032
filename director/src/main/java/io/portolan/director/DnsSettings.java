package io.portolan.director;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * How DNS is answered. Immutable.
 *
 * @param listen      addresses, UDP and TCP each; port 0 takes a free one, the same for all further ones with port 0. A machine with
 *                    several addresses should name them: answers from a wildcard leave by the address that the system chooses
 * @param threads     sockets and threads for UDP on each address, 1 to 64; 0 for one a processor, at most 8
 * @param engine      how UDP is read and written
 * @param limits      of TCP
 * @param rates       of answers to one client network
 * @param cookieSecrets path of a file with secrets that several directors share, one of 32 hexadecimal digits a line, the first signs;
 *                    empty text for an own one that changes by itself
 * @param queryLog    path of a file that every answer is noted in, empty text for none
 * @param queryLogBytes largest size of that file; then it is moved to {@code FILE.1} and begun again
 */
public record DnsSettings(
        List<InetSocketAddress> listen,
        int threads,
        Engine engine,
        DnsLimits limits,
        RateLimits rates,
        String cookieSecrets,
        String queryLog,
        long queryLogBytes) {
    /** Default of {@link #queryLogBytes}. */
    public static final long QUERY_LOG_BYTES = 20L << 20;

    private static final int MOST_THREADS = 64;
    private static final int MOST_OF_ITSELF = 8;

    /** How UDP is read and written. */
    public enum Engine {
        /** {@link #NATIVE} where the system has it. */
        AUTO,
        /** Linux, many messages a system call. */
        NATIVE,
        /** The JDK's own. */
        CHANNEL;

        /** Reads the name in any case. */
        public static Engine of(String text) {
            try {
                return valueOf(text.toUpperCase(Locale.ROOT));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(text + " (expected: auto, native or channel)", e);
            }
        }
    }

    public DnsSettings {
        listen = List.copyOf(listen);
        Objects.requireNonNull(engine, "engine");
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(rates, "rates");
        Objects.requireNonNull(cookieSecrets, "cookieSecrets");
        Objects.requireNonNull(queryLog, "queryLog");
        if (listen.isEmpty()) {
            throw new IllegalArgumentException("DNS: listen: empty (expected: an address or more)");
        }
        if (threads < 0 || threads > MOST_THREADS) {
            throw new IllegalArgumentException("DNS: threads: " + threads + " (expected: 0 to " + MOST_THREADS + ")");
        }
        if (queryLogBytes < 1) {
            throw new IllegalArgumentException("DNS: query log: " + queryLogBytes + " bytes (expected: 1 or more)");
        }
    }

    /** Everything but the addresses as by default. */
    public static DnsSettings of(InetSocketAddress... listen) {
        return new DnsSettings(
                List.of(listen), 0, Engine.AUTO, DnsLimits.STANDARD, RateLimits.STANDARD, "", "", QUERY_LOG_BYTES);
    }

    int workers() {
        return threads > 0
                ? threads
                : Math.min(MOST_OF_ITSELF, Runtime.getRuntime().availableProcessors());
    }
}
