package io.portolan.region.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a replica gets to see of a client's headers. */
class HeadersTest {
    private static CallTarget target(String address) {
        var upstream = new Upstream(
                new Upstream.Key("Contoso_Orders", "1.0", "orders"),
                new Upstream.Limits(
                        Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1)),
                (method, path) -> false,
                List.of(Backend.plain("r", new InetSocketAddress(1))));
        return new CallTarget(
                upstream,
                "/17",
                "/orders/@1.0/api/17",
                new ClientOrigin(address, "https", "orders.ext.example:7443"),
                "/orders/api",
                "",
                () -> Optional.of(upstream),
                List::of);
    }

    private static HttpHeaders forwarded(String... namesAndValues) {
        var headers = new DefaultHttpHeaders();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            headers.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        ForwardedHeaders.forward(headers, target("192.0.2.7"));
        return headers;
    }

    @Test
    void takesOutWhatIsAboutTheConnection() {
        var headers = forwarded(
                "Connection",
                "close, X-Own",
                "X-Own",
                "1",
                "Keep-Alive",
                "timeout=5",
                "TE",
                "gzip",
                "Upgrade",
                "h2c",
                "HTTP2-Settings",
                "AAM",
                "Proxy-Authorization",
                "secret",
                "Transfer-Encoding",
                "chunked",
                "Accept",
                "*/*");

        assertThat(headers.names())
                .containsExactlyInAnyOrder(
                        "Accept",
                        "forwarded",
                        "via",
                        "x-forwarded-for",
                        "x-forwarded-host",
                        "x-forwarded-prefix",
                        "x-forwarded-proto");
    }

    @Test
    void keepsTheWishForTrailers() {
        assertThat(forwarded("TE", "trailers, deflate;q=0.5").get("te")).isEqualTo("trailers");
    }

    @Test
    void letsNobodySayWhoHeIs() {
        var headers = forwarded(
                "X-Forwarded-For",
                "10.0.0.1",
                "X-Forwarded-For",
                "10.0.0.2",
                "Forwarded",
                "for=10.0.0.1",
                "X_Forwarded_For",
                "10.0.0.1",
                "X-Real-IP",
                "10.0.0.1",
                "X-Original-URL",
                "/admin",
                "X-Forwarded-Prefix",
                "/evil",
                "Via",
                "1.1 nobody",
                "x-http2-scheme",
                "ftp");

        assertThat(headers.getAll("X-Forwarded-For")).containsExactly("192.0.2.7");
        assertThat(headers.getAll("Forwarded"))
                .containsExactly("for=192.0.2.7;host=\"orders.ext.example:7443\";proto=https");
        assertThat(headers.getAll("X-Forwarded-Prefix")).containsExactly("/orders/api");
        assertThat(headers.getAll("Via")).containsExactly("1.1 portolan");
        assertThat(headers.contains("X_Forwarded_For")).isFalse();
        assertThat(headers.contains("X-Real-IP")).isFalse();
        assertThat(headers.contains("X-Original-URL")).isFalse();
        assertThat(headers.contains("x-http2-scheme")).isFalse();
    }

    @Test
    void cannotBeToldToTakeFramingAway() {
        var headers =
                forwarded("Connection", "content-length, Host, X-Forwarded-For", "Content-Length", "3", "Host", "a");

        assertThat(headers.get("Content-Length")).isEqualTo("3");
        assertThat(headers.get("Host")).isEqualTo("a");
        assertThat(headers.get("X-Forwarded-For")).isEqualTo("192.0.2.7");
    }

    @Test
    void quotesAddressesOfVersion6() {
        var headers = new DefaultHttpHeaders();
        ForwardedHeaders.forward(headers, target("2001:db8::7"));

        assertThat(headers.get("Forwarded")).startsWith("for=\"[2001:db8::7]\";");
    }

    @Test
    void passesATraceOnAndBeginsOneWhereThereIsNone() {
        var given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        var headers = new DefaultHttpHeaders();
        headers.set("traceparent", given).set("tracestate", "a=b");
        TraceContext.ensure(headers);
        assertThat(headers.get("traceparent")).isEqualTo(given);
        assertThat(headers.get("tracestate")).isEqualTo("a=b");

        for (var wrong : List.of(
                "",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                given + "-x")) {
            headers.set("traceparent", wrong).set("tracestate", "a=b");
            TraceContext.ensure(headers);
            assertThat(headers.get("traceparent")).as(wrong).isNotEqualTo(wrong);
            assertThat(TraceContext.isValid(headers.get("traceparent")))
                    .as(wrong)
                    .isTrue();
            assertThat(headers.contains("tracestate")).as(wrong).isFalse();
        }
        assertThat(TraceContext.isValid("01" + given.substring(2) + "-more")).isTrue();
    }

    @Test
    void letsAClientShortenADeadlineAndNeverLengthenIt() {
        var own = Duration.ofSeconds(10);

        assertThat(deadline(own, "X-Request-Timeout-Ms", "1500")).isEqualTo(Duration.ofMillis(1500));
        assertThat(deadline(own, "X-Request-Timeout-Ms", "99999999")).isEqualTo(own);
        assertThat(deadline(own, "X-Request-Timeout-Ms", "-1")).isEqualTo(own);
        assertThat(deadline(own, "X-Request-Timeout-Ms", "1e3")).isEqualTo(own);
        assertThat(deadline(own, "grpc-timeout", "2S")).isEqualTo(Duration.ofSeconds(2));
        assertThat(deadline(own, "grpc-timeout", "250m")).isEqualTo(Duration.ofMillis(250));
        assertThat(deadline(own, "grpc-timeout", "1H")).isEqualTo(own);
        assertThat(deadline(own, "grpc-timeout", "S")).isEqualTo(own);
    }

    private static Duration deadline(Duration own, String name, String value) {
        return Deadlines.least(own, new DefaultHttpHeaders().set(name, value));
    }

    @Test
    void tellsTheReplicaWhatIsLeft() {
        var headers = new DefaultHttpHeaders().set("grpc-timeout", "3S");
        Deadlines.pass(headers, Duration.ofMillis(1234));

        assertThat(headers.get("X-Request-Timeout-Ms")).isEqualTo("1234");
        assertThat(headers.get("grpc-timeout")).isEqualTo("1234m");
    }
}
