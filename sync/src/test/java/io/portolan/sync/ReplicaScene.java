package io.portolan.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.protocol.DocumentTree.Key;
import io.portolan.protocol.DocumentTree.Kind;
import io.portolan.testkit.RevisionServer;
import io.portolan.testkit.Samples;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Two extensions, published by a real HTTP server, and replicas that follow it. One thread at a time. */
abstract class ReplicaScene {
    static final ExtensionName ORDERS = new ExtensionName("Contoso_Orders");
    static final ExtensionName BILLING = new ExtensionName("Contoso_Billing");
    static final URI NOWHERE = URI.create("http://127.0.0.1:1");

    @TempDir
    Path folder;

    RevisionServer server;

    @BeforeEach
    void startServer() {
        server = RevisionServer.start(Samples.PROD);
        server.put(Samples.environment());
        Samples.DEV_REGIONS.forEach(
                (name, point) -> server.put(Samples.region(name, point, "127.0.1.1", "http://127.0.1.1:1")));
        orders("1.0.0");
        billing("1.0.0");
    }

    @AfterEach
    void stopServer() {
        server.close();
    }

    void orders(String version) {
        server.put(Samples.extension(ORDERS.value(), "orders", version, List.of("westus")));
    }

    void billing(String version) {
        server.put(Samples.extension(BILLING.value(), "billing", version, List.of("westus")));
    }

    void poisonOrders(String text) {
        server.put(new Key(Kind.extension, ORDERS.value()), text.getBytes(StandardCharsets.UTF_8));
    }

    static void awaitNumber(Follower node, long number) {
        await().atMost(Duration.ofSeconds(20)).until(() -> node.number() == number);
    }

    static void awaitError(Follower node, String... parts) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(node.lastError()).contains(parts));
    }

    static VersionLabel version(Follower node, ExtensionName extension) {
        var document =
                node.replica().state().current().orElseThrow().extensions().get(extension);
        return document == null
                ? new VersionLabel("none")
                : document.regions().values().iterator().next().version();
    }

    Follower follower() {
        return new Follower(server.uri(), folder).started();
    }
}
