package io.portolan.kubernetes;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import java.io.File;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The API server of the tests: the client library's mock in CRUD mode, or a real one.
 *
 * <p>The mock stores what it is given and tells watches of it. It does not apply on the server (what is new is 404 there, what exists
 * 415), validates and defaults nothing, has no namespaces, no garbage collection, no status of its own and no limits on who may do what.
 * So a run with it does not prove that a server takes our objects, that our field manager leaves to others what is theirs, or that the
 * account in {@code docs/operate/kubernetes-rbac.yaml} is enough beyond verbs and resources. A run with
 * {@code -Dportolan.kubeconfig=FILE} proves the first two, and the third when that file is of that account.
 */
final class ApiServer implements AutoCloseable {
    private final Optional<KubernetesMockServer> mock;
    private final Config config;
    private final String namespace;
    private final KubernetesClient client;

    /** What was asked by {@link #recorded} clients, as {@code METHOD path?query}. */
    final List<String> requests = new CopyOnWriteArrayList<>();

    private ApiServer(Optional<KubernetesMockServer> mock, Config config, String namespace) {
        this.mock = mock;
        this.config = config;
        this.namespace = namespace;
        this.client = new KubernetesClientBuilder().withConfig(config).build();
    }

    /** The real one that the run was told of, with a namespace of its own, else the mock. */
    static ApiServer start() {
        var kubeconfig = System.getProperty("portolan.kubeconfig", "");
        if (kubeconfig.isEmpty()) {
            return mock();
        }
        var context = System.getProperty("portolan.kubecontext");
        var config = Config.fromKubeconfig(context, new File(kubeconfig));
        var name = "portolan-contract-" + UUID.randomUUID().toString().substring(0, 8);
        var server = new ApiServer(Optional.empty(), config, name);
        var namespace = new NamespaceBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .build();
        server.client.namespaces().resource(namespace).create();
        return server;
    }

    /** The mock. */
    static ApiServer mock() {
        return mock(new KubernetesCrudDispatcher());
    }

    /** The mock with other answers. */
    static ApiServer mock(KubernetesCrudDispatcher dispatcher) {
        var server = new KubernetesMockServer(new Context(), new MockWebServer(), new HashMap<>(), dispatcher, false);
        server.init();
        var config = new ConfigBuilder(Config.empty())
                .withMasterUrl(server.url("/"))
                .withNamespace("test")
                .withRequestRetryBackoffLimit(0)
                .build();
        return new ApiServer(Optional.of(server), config, "test");
    }

    String namespace() {
        return namespace;
    }

    /** A client for the test itself. */
    KubernetesClient client() {
        return client;
    }

    /** A client of the runtime under test: what it asks is kept. */
    KubernetesClient recorded() {
        var keep = new Interceptor() {
            @Override
            public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
                requests.add(request.method() + " " + request.uri().getPath()
                        + Optional.ofNullable(request.uri().getQuery())
                                .map(query -> "?" + query)
                                .orElse(""));
            }
        };
        return new KubernetesClientBuilder()
                .withConfig(config)
                .withHttpClientBuilderConsumer(builder -> builder.addOrReplaceInterceptor("kept", keep))
                .build();
    }

    @Override
    public void close() {
        if (mock.isEmpty()) {
            client.namespaces().withName(namespace).delete();
        }
        client.close();
        mock.ifPresent(KubernetesMockServer::destroy);
    }
}
