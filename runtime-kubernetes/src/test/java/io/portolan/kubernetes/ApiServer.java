package io.portolan.kubernetes;

import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import java.io.File;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The API server of the tests: the client library's mock in CRUD mode, or a real one.
 *
 * <p>The mock stores what it is given and tells watches of it. It does not apply on the server (what is new is 404 there, what exists
 * 415), validates and defaults nothing, has no namespaces, no garbage collection, no status of its own and no limits on who may do what.
 * So a run with it does not prove that a server takes our objects, that our field manager leaves to others what is theirs, or that the
 * account in {@code docs/operate/kubernetes-rbac.yaml} is enough beyond verbs and resources. A run with
 * {@code -Dportolan.kubeconfig=FILE} does: the account of that file must be an administrator's; it makes namespaces and accounts, and what
 * is under test runs as the account of {@code kubernetes-rbac.yaml}, or as the administrator with {@code -Dportolan.kubeaccount=admin}.
 */
final class ApiServer implements AutoCloseable {
    private static final int CONFLICT = 409;
    private static final int REQUEST_TIMEOUT_MILLIS = 2_000;

    private final Optional<KubernetesMockServer> mock;
    /** The administrator's. */
    private final Config config;
    /** Of what is under test. */
    private final Config account;

    private final String namespace;
    private final boolean hasControllers;
    private final KubernetesClient client;

    /** What was asked by {@link #recorded} clients, as {@code METHOD path?query}. */
    final List<String> requests = new CopyOnWriteArrayList<>();

    /** What was answered to them, as {@code CODE METHOD path?query}. */
    final List<String> answers = new CopyOnWriteArrayList<>();

    private ApiServer(
            Optional<KubernetesMockServer> mock,
            Config config,
            Config account,
            String namespace,
            boolean hasControllers,
            KubernetesClient client) {
        this.mock = mock;
        this.config = config;
        this.account = account;
        this.namespace = namespace;
        this.hasControllers = hasControllers;
        this.client = client;
    }

    /** The real one that the run was told of, with a namespace of its own, else the mock. */
    static ApiServer start() {
        return isReal() ? real() : mock();
    }

    /** The real one, with a namespace of its own, whose account lacks some rights. */
    static ApiServer real(ShippedAccount.Right... withheld) {
        var config = Config.fromKubeconfig(
                System.getProperty("portolan.kubecontext"), new File(System.getProperty("portolan.kubeconfig", "")));
        var name = "portolan-contract-" + UUID.randomUUID().toString().substring(0, 8);
        var client = new KubernetesClientBuilder().withConfig(config).build();
        client.resource(ShippedAccount.namespace(name)).create();
        boolean hasControllers = hasControllers(client);
        if (!hasControllers) {
            // Pods need it, and nobody else makes it.
            makeDefaultAccount(client, name);
        }
        boolean admin = System.getProperty("portolan.kubeaccount", "").equals("admin");
        var account = admin ? config : ShippedAccount.create(client, config, name, withheld);
        return new ApiServer(Optional.empty(), config, account, name, hasControllers, client);
    }

    /** Whether there is a real one to start. */
    static boolean isReal() {
        return !System.getProperty("portolan.kubeconfig", "").isEmpty();
    }

    /** Whether the controllers of a cluster are at work: they renew a lease. */
    private static boolean hasControllers(KubernetesClient client) {
        var lease = client.leases()
                .inNamespace("kube-system")
                .withName("kube-controller-manager")
                .get();
        var renewed = lease == null ? null : lease.getSpec().getRenewTime();
        return renewed != null && renewed.toInstant().isAfter(Instant.now().minusSeconds(30));
    }

    private static void makeDefaultAccount(KubernetesClient client, String namespace) {
        try {
            client.serviceAccounts()
                    .inNamespace(namespace)
                    .resource(new ServiceAccountBuilder()
                            .withNewMetadata()
                            .withName("default")
                            .endMetadata()
                            .build())
                    .create();
        } catch (KubernetesClientException e) {
            if (e.getCode() != CONFLICT) {
                throw e;
            }
        }
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
        var client = new KubernetesClientBuilder().withConfig(config).build();
        return new ApiServer(Optional.of(server), config, config, "test", false, client);
    }

    String namespace() {
        return namespace;
    }

    /** Whether the server has controllers of its own, which make pods. */
    boolean hasControllers() {
        return hasControllers;
    }

    /** A client for the test itself, which may everything. */
    KubernetesClient client() {
        return client;
    }

    /** A client of the runtime under test: what it asks is kept. */
    KubernetesClient recorded() {
        return client(account, new Interceptor() {
            @Override
            public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
                requests.add(text(request));
            }

            @Override
            public void after(
                    HttpRequest request, HttpResponse<?> response, AsyncBody.Consumer<List<ByteBuffer>> consumer) {
                answers.add(response.code() + " " + text(request));
            }
        });
    }

    /** Where the server listens. */
    InetSocketAddress address() {
        var url = URI.create(config.getMasterUrl());
        return new InetSocketAddress(url.getHost(), url.getPort());
    }

    /** A client of what is under test, made as that of the product, that reaches the server at another address. */
    KubernetesClient through(InetSocketAddress proxy) {
        var url = URI.create(config.getMasterUrl());
        var other = new ConfigBuilder(account)
                .withMasterUrl(url.getScheme() + "://" + proxy.getHostString() + ":" + proxy.getPort() + "/")
                .build();
        return new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(KubernetesApi.configured(other))
                        .withRequestTimeout(REQUEST_TIMEOUT_MILLIS)
                        .build())
                .build();
    }

    /** A client that may everything and does something before each request. */
    KubernetesClient disturbed(Consumer<HttpRequest> before) {
        return client(config, new Interceptor() {
            @Override
            public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
                before.accept(request);
            }
        });
    }

    private static KubernetesClient client(Config config, Interceptor interceptor) {
        return new KubernetesClientBuilder()
                .withConfig(config)
                .withHttpClientBuilderConsumer(builder -> builder.addOrReplaceInterceptor("test", interceptor))
                .build();
    }

    private static String text(HttpRequest request) {
        return request.method() + " " + request.uri().getPath()
                + Optional.ofNullable(request.uri().getQuery())
                        .map(query -> "?" + query)
                        .orElse("");
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
