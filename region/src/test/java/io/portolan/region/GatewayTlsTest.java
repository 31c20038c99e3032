package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.FailPoints;
import io.portolan.model.controller.CallTimeouts;
import io.portolan.model.controller.ControllerKind;
import io.portolan.model.controller.ControllerPlacement;
import io.portolan.model.controller.ControllerProtocol;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.model.controller.ControllerTls;
import io.portolan.model.controller.HealthCheck;
import io.portolan.model.controller.ProcessSpec;
import io.portolan.model.controller.Replicas;
import io.portolan.model.controller.Resources;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backends that are deployed elsewhere and want TLS, with certificates from the region's secrets. Real handshakes. */
class GatewayTlsTest {
    private static final String NAME = "Contoso_Orders";
    private static final Duration LIMIT = Duration.ofMinutes(1);

    @TempDir
    Path folder;

    private @Nullable NodeWorld made;

    @AfterEach
    void stop() {
        if (made != null) {
            made.close();
        }
    }

    private NodeWorld world() {
        return Objects.requireNonNull(made);
    }

    private void secret(String name, String value) throws IOException {
        Files.writeString(
                Files.createDirectories(folder.resolve("secrets").resolve(NAME)).resolve(name), value);
    }

    private void start(String endpoint, ControllerProtocol protocol) {
        var world = new NodeWorld(
                folder.resolve("node"), FailPoints.NONE, settings -> settings.withControllers(secrets(folder)));
        made = world;
        var legacy = new ControllerSpec(
                "legacy",
                "legacy",
                ControllerKind.EXTERNAL,
                ProcessSpec.NONE,
                "",
                List.of(),
                0,
                Map.of("*", endpoint),
                "",
                new HealthCheck("/healthz", Duration.ofMillis(100), Duration.ofSeconds(20), 3, Duration.ofMinutes(5)),
                Map.of(),
                Resources.UNLIMITED,
                Replicas.ONE,
                ControllerPlacement.ALL,
                ControllerSpec.DRAIN,
                CallTimeouts.STANDARD,
                List.of(),
                protocol,
                new ControllerTls("BACKEND_CA", "CLIENT_CERTIFICATE", "CLIENT_KEY"));
        world.publish(new Extension(NAME, "orders")
                .holds(world.server, Release.simple(NAME, "1.0").controller(legacy))
                .gives("1.0"));
    }

    private static ControllerSettings secrets(Path folder) {
        var standard = ControllerSettings.DEFAULTS;
        return new ControllerSettings(
                standard.allow(),
                standard.folder(),
                folder.resolve("secrets").toString(),
                standard.java(),
                standard.node(),
                standard.user(),
                standard.cgroup(),
                standard.logBytes(),
                standard.logFiles(),
                standard.grace(),
                standard.readyWait());
    }

    @Test
    void row_8_11_showsABackendTheClientCertificateOfTheSecretStoreAndTheRotatedOneWithoutAGap() throws Exception {
        var backend = SelfSigned.make(List.of("localhost"), Instant.now());
        var first = SelfSigned.make(List.of("client"), Instant.now());
        var second = SelfSigned.make(List.of("client"), Instant.now());
        secret("BACKEND_CA", backend.certificate());
        secret("CLIENT_CERTIFICATE", first.certificate());
        try (var replica = new TlsReplica(backend, List.of(first, second))) {
            start(replica.uri().toString(), ControllerProtocol.HTTP1);
            await().atMost(LIMIT).untilAsserted(() -> assertThat(
                            world().get("/orders/api/diagnostics").text())
                    .contains("secret CLIENT_KEY is missing"));

            secret("CLIENT_KEY", first.key());
            await().atMost(LIMIT)
                    .until(() -> world().get("/orders/api/legacy/x").status() == 200);
            assertThat(world().get("/orders/api/legacy/x").text()).isEqualTo(TlsReplica.serial(first));

            var wrong = callWhile(() -> {
                // Between the two files the key is not that of the certificate: the first ones stay.
                secret("CLIENT_CERTIFICATE", second.certificate());
                awaitChecks(replica, 2);
                assertThat(world().get("/orders/api/legacy/x").text()).isEqualTo(TlsReplica.serial(first));
                secret("CLIENT_KEY", second.key());
                await().atMost(LIMIT)
                        .until(() -> world().get("/orders/api/legacy/x").text().equals(TlsReplica.serial(second)));
            });

            assertThat(wrong).as("calls that failed meanwhile").isEmpty();
            for (int i = 0; i < 20; i++) {
                assertThat(world().get("/orders/api/legacy/x").text())
                        .as("no connection of the first certificate is used again")
                        .isEqualTo(TlsReplica.serial(second));
            }
            secret("CLIENT_KEY", "what is no key");
            awaitChecks(replica, 2);
            assertThat(world().get("/orders/api/legacy/x").status())
                    .as("the last good ones stay")
                    .isEqualTo(200);
            for (var path : List.of("/orders/api/diagnostics", "/api/diagnostics", "/metrics")) {
                assertThat(world().get(path).text())
                        .doesNotContain("BEGIN", second.key().substring(40, 80));
            }
        }
    }

    @Test
    void row_8_11_trustsNobodyElse() throws Exception {
        var backend = SelfSigned.make(List.of("localhost"), Instant.now());
        var client = SelfSigned.make(List.of("client"), Instant.now());
        secret(
                "BACKEND_CA",
                SelfSigned.make(List.of("localhost"), Instant.now()).certificate());
        secret("CLIENT_CERTIFICATE", client.certificate());
        secret("CLIENT_KEY", client.key());
        try (var replica = new TlsReplica(backend, List.of(client))) {
            start(replica.uri().toString(), ControllerProtocol.HTTP1);
            await().atMost(LIMIT).untilAsserted(() -> assertThat(
                            world().get("/orders/api/diagnostics").text())
                    .contains("PKIX"));
            assertThat(world().get("/orders/api/legacy/x").status()).isEqualTo(503);
            assertThat(replica.checks).hasValue(0);

            secret("BACKEND_CA", backend.certificate());

            await().atMost(LIMIT)
                    .until(() -> world().get("/orders/api/legacy/x").status() == 200);
        }
    }

    @Test
    void speaksHttp2OverTlsToABackendThatAgreesTo() throws Exception {
        var backend = SelfSigned.make(List.of("localhost"), Instant.now());
        var client = SelfSigned.make(List.of("client"), Instant.now());
        secret("BACKEND_CA", backend.certificate());
        secret("CLIENT_CERTIFICATE", client.certificate());
        secret("CLIENT_KEY", client.key());
        try (var replica = Http2Replica.tls(backend, client)) {
            start("https://localhost:" + replica.uri().getPort(), ControllerProtocol.HTTP2);

            await().atMost(LIMIT)
                    .until(() -> world().get("/orders/api/legacy/x").status() == 200);

            var posted =
                    Wire.post(world().uri(), "/orders/api/legacy/echo", "over TLS".getBytes(StandardCharsets.US_ASCII));
            assertThat(posted.text()).isEqualTo("over TLS");
            assertThat(posted.header("x-trailer")).isEqualTo("none");
        }
    }

    private static void awaitChecks(TlsReplica replica, int more) {
        int now = replica.checks.get();
        await().atMost(LIMIT).until(() -> replica.checks.get() >= now + more);
    }

    /** Something that may fail. */
    private interface Step {
        void run() throws Exception;
    }

    /** Calls all the time on one connection while something is done; what was not answered well. */
    private Queue<String> callWhile(Step step) throws Exception {
        var wrong = new ConcurrentLinkedQueue<String>();
        var over = new AtomicBoolean();
        var caller = Thread.ofVirtual().start(() -> {
            try (var wire = new Wire(world().uri())) {
                while (!over.get()) {
                    int status = wire.ask("GET", "/orders/api/legacy/x").status();
                    if (status != 200) {
                        wrong.add("" + status);
                    }
                }
            } catch (IOException | RuntimeException e) {
                wrong.add(e.toString());
            }
        });
        try {
            step.run();
        } finally {
            over.set(true);
            caller.join();
        }
        return wrong;
    }
}
