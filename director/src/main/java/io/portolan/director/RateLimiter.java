package io.portolan.director;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Says of an answer whether it may be sent, see {@link RateLimits}. Thread-safe, without locks or allocation.
 *
 * <p>For each (client network, kind, name) it keeps the time at which the next answer would be due at exactly the rate (the generic cell
 * rate algorithm); one second's worth may come at once. The table has a fixed size: two of its places can hold a key, and of two
 * strangers the one that was idle longer is forgotten, which lets a few answers more through, never fewer. An entry is one word, a tag of
 * 24 bits and 40 bits of time in units of 16 us, so that a compare-and-set is all that writing takes.
 */
final class RateLimiter {
    /** What is done with an answer. */
    enum Verdict {
        SEND,
        /** Sent short, with TC. */
        SLIP,
        DROP
    }

    /** Entries of the table: half a megabyte. */
    static final int TABLE_SIZE = 1 << 16;

    private static final int UNITS_PER_MILLI = 62;
    private static final int UNITS_PER_SECOND = UNITS_PER_MILLI * 1000;
    private static final int TIME_BITS = 40;
    private static final long TIME_MASK = (1L << TIME_BITS) - 1;
    private static final int CAS_ATTEMPTS = 4;
    private static final int ALL_KIND = 17;

    private final RateLimits limits;
    private final AtomicLongArray table = new AtomicLongArray(TABLE_SIZE);
    private final AtomicInteger limited = new AtomicInteger();
    private final long[] exemptHigh;
    private final long[] exemptLow;
    private final long[] maskHigh;
    private final long[] maskLow;
    private final int[] exemptWidth;

    RateLimiter(RateLimits limits) {
        this.limits = limits;
        int count = limits.exempt().size();
        exemptHigh = new long[count];
        exemptLow = new long[count];
        maskHigh = new long[count];
        maskLow = new long[count];
        exemptWidth = new int[count];
        for (int i = 0; i < count; i++) {
            var prefix = limits.exempt().get(i);
            exemptWidth[i] = prefix.width();
            exemptHigh[i] = prefix.first().high();
            exemptLow[i] = prefix.first().low();
            maskHigh[i] = maskHigh(prefix.length(), prefix.width());
            maskLow[i] = maskLow(prefix.length(), prefix.width());
        }
    }

    private static long maskHigh(int prefix, int width) {
        return width == 32 || prefix == 0 ? 0 : prefix >= 64 ? -1 : -1L << (64 - prefix);
    }

    private static long maskLow(int prefix, int width) {
        int bits = width == 32 ? prefix + 32 : prefix - 64;
        if (width == 32) {
            return prefix == 0 ? 0 : (-1L << (64 - bits)) & 0xffff_ffffL;
        }
        return bits <= 0 ? 0 : -1L << (64 - bits);
    }

    /** Decides for the answer that an exchange holds. */
    Verdict verdict(Exchange exchange) {
        if (!limits.enabled()
                || exchange.tcp
                || exchange.kind == Exchange.Kind.SILENCE
                || exchange.cookieState == Exchange.Cookie.VALID
                || exempt(exchange)) {
            return Verdict.SEND;
        }
        long network = network(exchange);
        boolean within = take(key(network, exchange), limits.of(exchange.kind), exchange.nowMillis);
        // Both are charged, or a flood over many names would not count as a whole.
        if (limits.all() > 0) {
            within &= take(mix(network + ALL_KIND), limits.all(), exchange.nowMillis);
        }
        if (within) {
            return Verdict.SEND;
        }
        int count = limited.incrementAndGet();
        return limits.slip() > 0 && Integer.remainderUnsigned(count, limits.slip()) == 0 ? Verdict.SLIP : Verdict.DROP;
    }

    private boolean exempt(Exchange exchange) {
        for (int i = 0; i < exemptWidth.length; i++) {
            if (exemptWidth[i] == exchange.sourceWidth
                    && (exchange.sourceHigh & maskHigh[i]) == exemptHigh[i]
                    && (exchange.sourceLow & maskLow[i]) == exemptLow[i]) {
                return true;
            }
        }
        return false;
    }

    private long network(Exchange exchange) {
        int prefix = exchange.sourceWidth == 32 ? limits.v4Prefix() : limits.v6Prefix();
        long high = exchange.sourceHigh & maskHigh(prefix, exchange.sourceWidth);
        long low = exchange.sourceLow & maskLow(prefix, exchange.sourceWidth);
        return mix(high * 31 + low) + exchange.sourceWidth;
    }

    /** Names count where they are ours, so no attacker can make up endless ones. */
    private static long key(long network, Exchange exchange) {
        long key = network + exchange.kind.ordinal() + 1;
        if (exchange.kind == Exchange.Kind.ANSWER || exchange.kind == Exchange.Kind.NO_DATA) {
            var query = exchange.query;
            long name = query.type;
            for (int i = 0; i < query.nameBytes; i++) {
                name = name * 31 + query.name[i];
            }
            key = mix(key) + name;
        }
        return mix(key);
    }

    /** The finalizer of MurmurHash3: every bit depends on every other. */
    private static long mix(long value) {
        long mixed = (value ^ (value >>> 33)) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ (mixed >>> 33);
    }

    private boolean take(long key, int perSecond, long nowMillis) {
        long now = (nowMillis * UNITS_PER_MILLI) & TIME_MASK;
        long tag = (key >>> TIME_BITS) | 1;
        int first = (int) key & (TABLE_SIZE - 1);
        for (int attempt = 0; attempt < CAS_ATTEMPTS; attempt++) {
            int slot = slot(first, tag, now);
            long entry = table.get(slot);
            long ahead = entry >>> TIME_BITS == tag ? ahead(entry, now) : 0;
            if (ahead > UNITS_PER_SECOND) {
                return false;
            }
            long due = (now + ahead + Math.max(1, UNITS_PER_SECOND / perSecond)) & TIME_MASK;
            if (table.compareAndSet(slot, entry, (tag << TIME_BITS) | due)) {
                return true;
            }
        }
        return true;
    }

    private int slot(int first, long tag, long now) {
        int second = first ^ 1;
        long one = table.get(first);
        long two = table.get(second);
        if (one >>> TIME_BITS == tag) {
            return first;
        }
        if (two >>> TIME_BITS == tag) {
            return second;
        }
        return ahead(one, now) <= ahead(two, now) ? first : second;
    }

    /** How far an entry's time lies ahead, 0 where it has passed or the clock was set back. */
    private static long ahead(long entry, long now) {
        long ahead = ((entry & TIME_MASK) - now) & TIME_MASK;
        return ahead > 2L * UNITS_PER_SECOND ? 0 : ahead;
    }
}
