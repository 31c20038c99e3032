package io.portolan.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is written where a server does not apply: against the mock, or a real one ({@link ApiServer}). */
class KubernetesApiTest {
    private static final String NAME = "kept";

    private final ApiServer server = ApiServer.start();

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void writesAgainWhenSomebodyElseWasFaster() {
        server.client()
                .resource(wanted("before"))
                .inNamespace(server.namespace())
                .create();
        var times = new AtomicInteger();
        try (var api = new KubernetesApi(
                server.disturbed(request -> {
                    if (request.method().equals("PUT") && times.incrementAndGet() <= 2) {
                        label("seen-" + times.get());
                    }
                }),
                server.namespace())) {

            api.createOrUpdate(wanted("after"));
        }

        assertThat(times).hasValue(3);
        var found = found();
        assertThat(found.getData()).containsEntry("value", "after");
        assertThat(found.getMetadata().getLabels())
                .as("what others set in between")
                .containsKeys("seen-1", "seen-2");
    }

    @Test
    void givesUpWhenSomebodyElseIsAlwaysFaster() {
        server.client()
                .resource(wanted("before"))
                .inNamespace(server.namespace())
                .create();
        var times = new AtomicInteger();
        try (var api = new KubernetesApi(
                server.disturbed(request -> {
                    if (request.method().equals("PUT")) {
                        label("seen-" + times.incrementAndGet());
                    }
                }),
                server.namespace())) {

            assertThatThrownBy(() -> api.createOrUpdate(wanted("after")))
                    .isInstanceOfSatisfying(KubernetesClientException.class, e -> assertThat(e.getCode())
                            .isEqualTo(409));
        }

        assertThat(found().getData()).containsEntry("value", "before");
    }

    private static ConfigMap wanted(String value) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withName(NAME)
                .endMetadata()
                .withData(Map.of("value", value))
                .build();
    }

    private void label(String label) {
        server.client()
                .configMaps()
                .inNamespace(server.namespace())
                .withName(NAME)
                .edit(found -> new ConfigMapBuilder(found)
                        .editMetadata()
                        .addToLabels(label, "yes")
                        .endMetadata()
                        .build());
    }

    private ConfigMap found() {
        return server.client()
                .configMaps()
                .inNamespace(server.namespace())
                .withName(NAME)
                .get();
    }
}
