package io.portolan.model.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.access.AccessSummary.Asked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccessSummaryTest {
    private final AccessSummary summary = new AccessSummary("Contoso_Orders", "orders");

    @Test
    void sumsTheCombinedFormByNetworkAndKind() {
        summary.add("192.0.2.7 - - [27/Nov/2026:06:00:00 +0000] \"GET /orders?sessionId=1 HTTP/1.1\" 200 1000 \"-\""
                + " \"Firefox\"");
        summary.add("192.0.2.9 - - [27/Nov/2026:06:00:00 +0000] \"GET /orders/Content/1.0/a.js HTTP/2.0\" 304 - \"-\""
                + " \"-\"");
        summary.add(
                "192.0.2.9 - - [27/Nov/2026:06:00:00 +0000] \"GET /CDN/orders/Content/1.0/a.js HTTP/1.1\" 200 5 \"-\""
                        + " \"-\"");
        summary.add("2001:db8::1 - - [27/Nov/2026:06:00:00 +0000] \"POST /orders/@1.0/api/list HTTP/1.1\" 200 70 \"-\""
                + " \"-\"");
        summary.add("192.0.2.9 - - [27/Nov/2026:06:00:00 +0000] \"GET /maps HTTP/1.1\" 200 70 \"-\" \"-\"");
        summary.add("192.0.2.9 - - [27/Nov/2026:06:00:00 +0000] \"GET /orders HTTP/1.1\" 503 70 \"-\" \"-\"");
        summary.add("192.0.2.9 - - [27/Nov/2026:06:00:00 +0000] \"GET /orders/-/demand HTTP/1.1\" 200 70 \"-\" \"-\"");
        summary.add("192.0.2.9 - - [27/Nov/2026:06:00:00 +0000] \"-\" 400 - \"-\" \"-\"");

        assertThat(summary.networks())
                .containsExactly(
                        new Asked("192.0.2.0/24", 1, 0, 2, 1005, 0, 0),
                        new Asked("2001:db8:0::/48", 0, 1, 0, 70, 0, 0));
        assertThat(summary.uncounted()).isZero();
    }

    @Test
    void sumsTheJsonFormByItsExtensionAndNotByWhatAClientPutsIntoTheTarget() {
        summary.add(json("192.0.2.7", "/", "Contoso_Orders", 2500));
        summary.add(json("192.0.2.7", "/orders?x=\\\"extension\\\":\\\"Contoso_Orders\\\"", "Contoso_Maps", 10));
        summary.add(json("-", "/", "Contoso_Orders", 10));

        assertThat(summary.networks()).containsExactly(new Asked("192.0.2.0/24", 1, 0, 0, 9, 2500, 1));
        assertThat(summary.uncounted()).isEqualTo(1);
    }

    private static String json(String client, String target, String extension, long micros) {
        return "{\"time\":\"2026-11-27T06:00:00Z\",\"client\":\"" + client + "\",\"method\":\"GET\",\"target\":\""
                + target
                + "\",\"protocol\":\"HTTP/1.1\",\"status\":200,\"bytes\":9,\"durationMicros\":" + micros
                + ",\"extension\":\"" + extension
                + "\",\"version\":\"1.0\",\"cache\":\"memory\",\"referer\":\"\",\"userAgent\":\"\"}";
    }

    @Test
    void tellsABoundedNumberOfNetworksApart() {
        for (int i = 0; i < AccessSummary.NETWORKS + 3; i++) {
            summary.add("10." + i / 256 + "." + i % 256
                    + ".1 - - [27/Nov/2026:06:00:00 +0000] \"GET /orders HTTP/1.1\" 200 1 \"-\" \"-\"");
        }

        assertThat(summary.networks()).hasSize(AccessSummary.NETWORKS);
        assertThat(summary.uncounted()).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.17, 192.0.2.0/24",
        "2001:db8::1, 2001:db8:0::/48",
        "2001:DB8:a:b:c:d:e:f, 2001:db8:a::/48",
        "::1, 0:0:0::/48",
        "1:2, ''",
        "nobody, ''",
        "1:2:3:4:5:6:7:8:9, ''",
    })
    void keepsOnlyTheNetworkOfAClient(String client, String network) {
        assertThat(ClientNetwork.of(client).orElse("")).isEqualTo(network);
    }
}
