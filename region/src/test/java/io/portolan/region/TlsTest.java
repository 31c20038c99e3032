package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.FailPoints;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** HTTPS with a self-signed certificate, by the JDK's own client, which verifies it. */
class TlsTest {
    private static final byte[] LARGE = new byte[3 << 20];

    private NodeWorld world;
    private Path tls;

    @BeforeEach
    void start(@TempDir Path folder) {
        tls = folder.resolve("tls");
        world = new NodeWorld(
                folder,
                FailPoints.NONE,
                settings -> settings.withTls(
                        new TlsSettings(0, "", "", Duration.ofMillis(50), List.of("*.ext.portolan.test"))));
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, Release.simple("Contoso_Orders", "1.0").file("large.bin", LARGE))
                .gives("1.0"));
        world.awaitVersion("orders", "1.0");
    }

    @AfterEach
    void stop() {
        world.close();
    }

    private static X509Certificate parse(String pem) throws GeneralSecurityException {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
    }

    /** A client that trusts what the node has on disk, and nothing else. */
    private HttpClient client(HttpClient.Version version) throws IOException, GeneralSecurityException {
        var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        trusted.setCertificateEntry("node", parse(Files.readString(tls.resolve("certificate.pem"))));
        var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        var context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return HttpClient.newBuilder().version(version).sslContext(context).build();
    }

    private HttpResponse<byte[]> ask(HttpClient client, String method, String target, String... headers)
            throws IOException, InterruptedException {
        var uri = URI.create("https://127.0.0.1:" + world.node().httpsPort().orElseThrow() + target);
        var request = HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    @Test
    void letsNoAnswerWaitForTheNext() throws Exception {
        try (var one = client(HttpClient.Version.HTTP_1_1);
                var two = client(HttpClient.Version.HTTP_2)) {
            ask(one, "GET", "/orders/Content/1.0/app.js");
            ask(two, "GET", "/orders/Content/1.0/app.js");

            // Both clients keep their connection. Nagle's algorithm is off on the listener with TLS too.
            assertThat(world.node().connections()).isGreaterThanOrEqualTo(2);
            assertThat(world.node().sendsAtOnce()).isTrue();
        }
    }

    @Test
    void answersTheSameOverEveryProtocol() throws Exception {
        var changing = Set.of("server-timing", "connection", "age", "date");
        try (var one = client(HttpClient.Version.HTTP_1_1);
                var two = client(HttpClient.Version.HTTP_2)) {
            for (var method : List.of("GET", "HEAD")) {
                for (var target : List.of(
                        "/orders",
                        "/orders/Content/1.0/app.js",
                        "/orders/Content/1.0/large.bin",
                        "/nowhere",
                        "/healthz")) {
                    var plain = Wire.send(world.uri(), method, target);
                    var first = ask(one, method, target);
                    var second = ask(two, method, target);

                    assertThat(first.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
                    assertThat(second.version()).isEqualTo(HttpClient.Version.HTTP_2);
                    for (var secure : List.of(first, second)) {
                        assertThat(secure.statusCode()).as(target).isEqualTo(plain.status());
                        assertThat(secure.body()).as(target).isEqualTo(plain.body());
                        var headers = secure.headers().map().entrySet().stream()
                                .filter(each -> !each.getKey().startsWith(":") && !changing.contains(each.getKey()))
                                .collect(Collectors.toMap(java.util.Map.Entry::getKey, each -> each.getValue()
                                        .get(0)));
                        var expected = new java.util.TreeMap<>(plain.headers());
                        expected.keySet().removeAll(changing);
                        assertThat(headers).as(method + " " + target).containsExactlyInAnyOrderEntriesOf(expected);
                    }
                }
            }
            var part = ask(two, "GET", "/orders/Content/1.0/large.bin", "Range", "bytes=1000000-2999999");
            assertThat(part.statusCode()).isEqualTo(206);
            assertThat(part.body()).hasSize(2_000_000);
        }
    }

    @Test
    void keepsItsKeyToItself() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(tls.resolve("key.pem"))))
                .isEqualTo("rw-------");
    }

    @Test
    void keepsItsCertificateAcrossRestarts() throws Exception {
        var before = Files.readString(tls.resolve("certificate.pem"));

        world.restart();

        assertThat(Files.readString(tls.resolve("certificate.pem"))).isEqualTo(before);
        try (var client = client(HttpClient.Version.HTTP_2)) {
            assertThat(ask(client, "GET", "/healthz").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void servesANewCertificateWithoutARestartAndRefusesABrokenOne() throws Exception {
        var next = SelfSigned.make(List.of("127.0.0.1"), InstantSource.system().instant());
        Files.writeString(tls.resolve("certificate.pem"), "no certificate");
        try (var plain = new Wire(world.uri())) {
            assertThat(plain.ask("GET", "/healthz").status()).isEqualTo(200);
        }

        Files.writeString(tls.resolve("key.pem"), next.key());
        Files.writeString(tls.resolve("certificate.pem"), next.certificate());

        var serial = parse(next.certificate()).getSerialNumber();
        await().atMost(NodeWorld.LIMIT).ignoreExceptions().until(() -> {
            try (var client = client(HttpClient.Version.HTTP_2)) {
                var session = ask(client, "GET", "/healthz").sslSession().orElseThrow();
                return serial(session).equals(serial);
            }
        });
    }

    private static java.math.BigInteger serial(SSLSession session) throws IOException {
        return ((X509Certificate) session.getPeerCertificates()[0]).getSerialNumber();
    }

    @Test
    void makesCertificatesThatTheJdkReadsAndVerifies() throws Exception {
        for (var now : List.of(Instant.parse("2026-11-23T18:00:00Z"), Instant.parse("2049-06-01T00:00:00Z"))) {
            var made = parse(SelfSigned.make(List.of("localhost", "127.0.1.1", "::1", "*.ext.portolan.test"), now)
                    .certificate());

            made.verify(made.getPublicKey());
            made.checkValidity(Date.from(now));
            assertThat(made.getNotAfter().toInstant()).isAfter(now.plus(Duration.ofDays(800)));
            assertThat(made.getBasicConstraints()).isEqualTo(-1);
            assertThat(made.getSubjectAlternativeNames().stream().map(each -> each.get(1)))
                    .map(Object::toString)
                    .containsExactly("localhost", "127.0.1.1", "0:0:0:0:0:0:0:1", "*.ext.portolan.test");
        }
    }
}
