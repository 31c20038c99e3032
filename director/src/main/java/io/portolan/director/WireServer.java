package io.portolan.director;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens to every query, whichever socket it came by: answered, held against the limits, counted, noted. Thread-safe; an exchange
 * and its counters belong to one thread.
 */
final class WireServer {
    private static final Logger LOG = LoggerFactory.getLogger(WireServer.class);

    private final WireAnswerer answerer;
    private final RateLimiter limiter;
    private final QueryLog log;
    private final Counters faults;
    private final List<WireCounters> counters = new CopyOnWriteArrayList<>();

    WireServer(WireAnswerer answerer, RateLimiter limiter, QueryLog log, Counters faults) {
        this.answerer = answerer;
        this.limiter = limiter;
        this.log = log;
        this.faults = faults;
    }

    /** Counters for one more thread, {@code udp} or {@code tcp}. */
    WireCounters counters(String transport) {
        var added = new WireCounters(transport);
        counters.add(added);
        return added;
    }

    /** Writes the answer into the exchange; its length, 0 where nothing is to be sent. */
    int respond(Exchange exchange, WireCounters thread) {
        int bytes;
        var verdict = RateLimiter.Verdict.SEND;
        try {
            bytes = answerer.answer(exchange);
            verdict = limiter.verdict(exchange);
            if (verdict != RateLimiter.Verdict.SEND) {
                bytes = verdict == RateLimiter.Verdict.SLIP ? answerer.shorten(exchange) : 0;
            }
        } catch (RuntimeException e) {
            // Nothing that a packet holds ends a thread.
            faults.count("portolan_dns_failures_total");
            LOG.debug("answering failed", e);
            bytes = failure(exchange);
        }
        thread.answered(exchange, bytes, verdict);
        log.add(exchange, bytes);
        return bytes;
    }

    private static int failure(Exchange exchange) {
        exchange.kind = Exchange.Kind.ERROR;
        exchange.rcode = Wire.SERVFAIL;
        exchange.asked = false;
        return exchange.length < Wire.HEADER_BYTES ? 0 : WireAnswerer.header(exchange, Wire.SERVFAIL);
    }

    /** All counters as Prometheus text. */
    String metrics() {
        return WireCounters.text(counters);
    }
}
