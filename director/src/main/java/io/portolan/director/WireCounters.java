package io.portolan.director;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.List;

/**
 * What one thread counts of its answers: it alone writes, anybody reads. Labels are bounded: codes and types that are not listed count as
 * {@code OTHER}. Written without locks: a value that is read is at most a moment old.
 */
final class WireCounters {
    private static final VarHandle SLOTS = MethodHandles.arrayElementVarHandle(long[].class);

    private static final List<String> RCODES = List.of(
            "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "BADVERS", "BADCOOKIE", "DROPPED");
    private static final List<String> TYPES = List.of(
            "A", "AAAA", "NS", "SOA", "TXT", "CNAME", "CAA", "MX", "PTR", "SRV", "SVCB", "HTTPS", "DS", "DNSKEY", "ANY",
            "OTHER");
    private static final int[] TYPE_NUMBERS = {1, 28, 2, 6, 16, 5, 257, 15, 12, 33, 64, 65, 43, 48, 255};
    private static final int DROPPED = RCODES.indexOf("DROPPED");
    private static final int OTHER_TYPE = TYPES.size() - 1;
    /** Upper bounds of the times to answer, in microseconds; one more for what is over. */
    private static final int[] BOUNDS_MICROS = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 20_000};

    private static final List<Exchange.Kind> LIMITED =
            List.of(Exchange.Kind.ANSWER, Exchange.Kind.NO_DATA, Exchange.Kind.NO_NAME, Exchange.Kind.ERROR);

    private static final int COOKIES_AT = RCODES.size() * TYPES.size();
    private static final int LIMITED_AT = COOKIES_AT + Exchange.Cookie.values().length;
    private static final int VERDICTS = RateLimiter.Verdict.values().length;
    private static final int TRUNCATED = LIMITED_AT + Exchange.Kind.values().length * VERDICTS;
    private static final int SUBNETS = TRUNCATED + 1;
    private static final int BYTES = SUBNETS + 1;
    private static final int TIMES_AT = BYTES + 1;
    private static final int TIME_SUM = TIMES_AT + BOUNDS_MICROS.length + 1;
    private static final int SIZE = TIME_SUM + 1;

    private final String transport;
    private final long[] slots = new long[SIZE];

    WireCounters(String transport) {
        this.transport = transport;
    }

    /** Counts an answer. */
    void answered(Exchange exchange, int bytes, RateLimiter.Verdict verdict) {
        int rcode = bytes == 0 ? DROPPED : rcode(exchange.rcode);
        add(rcode * TYPES.size() + (exchange.asked ? type(exchange.query.type) : OTHER_TYPE), 1);
        add(COOKIES_AT + exchange.cookieState.ordinal(), 1);
        if (verdict != RateLimiter.Verdict.SEND) {
            add(LIMITED_AT + exchange.kind.ordinal() * VERDICTS + verdict.ordinal(), 1);
        }
        if (exchange.truncated && bytes > 0) {
            add(TRUNCATED, 1);
        }
        if (exchange.asked && exchange.query.subnetAt >= 0) {
            add(SUBNETS, 1);
        }
        add(BYTES, bytes);
    }

    /** Counts how long it took from reading some queries to having answered them: the same for each. */
    void took(long nanos, int queries) {
        int bound = 0;
        while (bound < BOUNDS_MICROS.length && nanos > BOUNDS_MICROS[bound] * 1000L) {
            bound++;
        }
        add(TIMES_AT + bound, queries);
        add(TIME_SUM, nanos * queries);
    }

    private void add(int slot, long count) {
        SLOTS.setOpaque(slots, slot, slots[slot] + count);
    }

    private static int rcode(int rcode) {
        return rcode <= Wire.REFUSED ? rcode : rcode == Wire.BADVERS ? Wire.REFUSED + 1 : Wire.REFUSED + 2;
    }

    private static int type(int type) {
        for (int i = 0; i < TYPE_NUMBERS.length; i++) {
            if (TYPE_NUMBERS[i] == type) {
                return i;
            }
        }
        return OTHER_TYPE;
    }

    /** The sum of several threads' counters of one transport, as Prometheus text. */
    static String text(List<WireCounters> all) {
        var text = new StringBuilder();
        for (var transport : all.stream()
                .map(counters -> counters.transport)
                .distinct()
                .sorted()
                .toList()) {
            var sums = new long[SIZE];
            all.stream().filter(one -> one.transport.equals(transport)).forEach(one -> {
                for (int i = 0; i < SIZE; i++) {
                    sums[i] += (long) SLOTS.getOpaque(one.slots, i);
                }
            });
            write(text, transport, sums);
        }
        return text.toString();
    }

    private static void write(StringBuilder text, String transport, long[] sums) {
        var where = "transport=\"" + transport + "\"";
        for (int rcode = 0; rcode < RCODES.size(); rcode++) {
            int from = rcode * TYPES.size();
            if (Arrays.stream(sums, from, from + TYPES.size()).sum() > 0) {
                for (int type = 0; type < TYPES.size(); type++) {
                    line(
                            text,
                            "answers_total",
                            "rcode=\"" + RCODES.get(rcode) + "\"," + where + ",type=\"" + TYPES.get(type) + "\"",
                            sums[from + type]);
                }
            }
        }
        for (var cookie : Exchange.Cookie.values()) {
            line(
                    text,
                    "cookies_total",
                    "cookie=\"" + lower(cookie) + "\"," + where,
                    sums[COOKIES_AT + cookie.ordinal()]);
        }
        for (var kind : transport.equals("udp") ? LIMITED : List.<Exchange.Kind>of()) {
            for (var verdict : List.of(RateLimiter.Verdict.SLIP, RateLimiter.Verdict.DROP)) {
                line(
                        text,
                        "rate_limited_total",
                        "kind=\"" + lower(kind) + "\",sent=\""
                                + (verdict == RateLimiter.Verdict.SLIP ? "truncated" : "nothing") + "\"," + where,
                        sums[LIMITED_AT + kind.ordinal() * VERDICTS + verdict.ordinal()]);
            }
        }
        line(text, "truncated_total", where, sums[TRUNCATED]);
        line(text, "client_subnets_total", where, sums[SUBNETS]);
        line(text, "answer_bytes_total", where, sums[BYTES]);
        times(text, where, sums);
    }

    private static void times(StringBuilder text, String where, long[] sums) {
        long below = 0;
        for (int bound = 0; bound <= BOUNDS_MICROS.length; bound++) {
            below += sums[TIMES_AT + bound];
            var le = bound < BOUNDS_MICROS.length
                    ? String.valueOf(java.math.BigDecimal.valueOf(BOUNDS_MICROS[bound], 6)
                            .stripTrailingZeros()
                            .toPlainString())
                    : "+Inf";
            line(text, "answer_duration_seconds_bucket", where + ",le=\"" + le + "\"", below);
        }
        text.append("portolan_dns_answer_duration_seconds_sum{")
                .append(where)
                .append("} ")
                .append(sums[TIME_SUM] / 1e9)
                .append('\n');
        line(text, "answer_duration_seconds_count", where, below);
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(java.util.Locale.ROOT);
    }

    private static void line(StringBuilder text, String name, String labels, long value) {
        if (value > 0 || !name.equals("answers_total")) {
            text.append("portolan_dns_")
                    .append(name)
                    .append('{')
                    .append(labels)
                    .append("} ")
                    .append(value)
                    .append('\n');
        }
    }
}
