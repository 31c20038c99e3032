package io.portolan.region;

import java.util.concurrent.atomic.LongAdder;

/** What the listener refused, by limit, since this process began. Thread-safe. */
final class TransportCounters {
    /** A limit of {@link HttpLimits}, or the grammar of HTTP. */
    enum Limit {
        CONNECTIONS("connections"),
        REQUESTS_PER_CONNECTION("requests-per-connection"),
        REQUEST_LINE_BYTES("request-line-bytes"),
        HEADER_BYTES("header-bytes"),
        HEADER_COUNT("header-count"),
        HEADER_DEADLINE("header-deadline"),
        BODY_BYTES("body-bytes"),
        BODY_DEADLINE("body-deadline"),
        IDLE_TIMEOUT("idle-timeout"),
        WRITE_DEADLINE("write-deadline"),
        HANDSHAKE("tls-handshake"),
        CONTROL_FRAMES("control-frames"),
        MALFORMED("malformed");

        private final String label;

        Limit(String label) {
            this.label = label;
        }
    }

    private final LongAdder[] refused = new LongAdder[Limit.values().length];

    TransportCounters() {
        for (int i = 0; i < refused.length; i++) {
            refused[i] = new LongAdder();
        }
    }

    void count(Limit limit) {
        refused[limit.ordinal()].increment();
    }

    long of(Limit limit) {
        return refused[limit.ordinal()].sum();
    }

    /** Adds the counters in the text format of Prometheus. */
    void write(StringBuilder text) {
        text.append("# HELP portolan_node_transport_rejected_total Requests or connections refused, by limit.\n");
        text.append("# TYPE portolan_node_transport_rejected_total counter\n");
        for (var limit : Limit.values()) {
            text.append("portolan_node_transport_rejected_total{limit=\"")
                    .append(limit.label)
                    .append("\"} ")
                    .append(of(limit))
                    .append('\n');
        }
    }
}
