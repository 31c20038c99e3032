package io.portolan.kubernetes;

import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portolan.runtime.ControllerRuntimeContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The account of {@code docs/operate/kubernetes-rbac.yaml}: what is written there is what tests run with. Stateless. */
final class ShippedAccount {
    static final Path FILE = Path.of(System.getProperty("portolan.root", ".."), "docs/operate/kubernetes-rbac.yaml");

    private ShippedAccount() {}

    /** One verb on one kind of objects, as {@code apps/deployments patch}. */
    record Right(String group, String resource, String verb) {
        @Override
        public String toString() {
            return group + "/" + resource + " " + verb;
        }
    }

    /** All that the role gives. */
    static List<Right> rights() {
        return read(Role.class).getRules().stream()
                .flatMap(rule -> rule.getResources().stream().flatMap(resource -> rule.getVerbs().stream()
                        .map(verb -> new Right(rule.getApiGroups().getFirst(), resource, verb))))
                .toList();
    }

    /** The namespace, with the labels that the file gives it, under another name. */
    static Namespace namespace(String name) {
        var namespace = read(Namespace.class);
        namespace.getMetadata().setName(name);
        return namespace;
    }

    /**
     * Makes account, role and binding in a namespace, and waits until the server knows of them.
     *
     * @param withheld what the role lacks
     * @return the configuration of a client of that account
     */
    static Config create(KubernetesClient admin, Config server, String namespace, Right... withheld) {
        var account = read(ServiceAccount.class);
        account.getMetadata().setNamespace(namespace);
        admin.resource(account).inNamespace(namespace).create();
        var role = read(Role.class);
        role.getMetadata().setNamespace(namespace);
        role.setRules(role.getRules().stream()
                .flatMap(rule ->
                        rule.getResources().stream().map(resource -> without(rule, resource, List.of(withheld))))
                .filter(rule -> !rule.getVerbs().isEmpty())
                .toList());
        admin.resource(role).inNamespace(namespace).create();
        var binding = read(RoleBinding.class);
        binding.getMetadata().setNamespace(namespace);
        binding.getSubjects().forEach(subject -> subject.setNamespace(namespace));
        admin.resource(binding).inNamespace(namespace).create();
        var token = admin.serviceAccounts()
                .inNamespace(namespace)
                .withName(account.getMetadata().getName())
                .tokenRequest();
        var config = new ConfigBuilder(Config.empty())
                .withMasterUrl(server.getMasterUrl())
                .withCaCertData(server.getCaCertData())
                .withCaCertFile(server.getCaCertFile())
                .withTrustCerts(server.isTrustCerts())
                .withNamespace(namespace)
                .withOauthToken(token.getStatus().getToken())
                .build();
        var given = rights().stream()
                .filter(right -> !List.of(withheld).contains(right))
                .findFirst()
                .orElseThrow();
        ControllerRuntimeContract.patient().until(() -> may(config, namespace, given));
        return config;
    }

    private static boolean may(Config config, String namespace, Right right) {
        try (var client = new KubernetesClientBuilder().withConfig(config).build()) {
            return client.authorization()
                    .v1()
                    .selfSubjectAccessReview()
                    .create(new SelfSubjectAccessReviewBuilder()
                            .withNewSpec()
                            .withNewResourceAttributes()
                            .withNamespace(namespace)
                            .withGroup(right.group())
                            .withResource(right.resource())
                            .withVerb(right.verb())
                            .endResourceAttributes()
                            .endSpec()
                            .build())
                    .getStatus()
                    .getAllowed();
        }
    }

    private static PolicyRule without(PolicyRule rule, String resource, List<Right> withheld) {
        return new PolicyRuleBuilder(rule)
                .withResources(resource)
                .withVerbs(rule.getVerbs().stream()
                        .filter(verb ->
                                !withheld.contains(new Right(rule.getApiGroups().getFirst(), resource, verb)))
                        .toList())
                .build();
    }

    private static <T> T read(Class<T> kind) {
        try {
            var document = Arrays.stream(Files.readString(FILE).split("(?m)^---$", -1))
                    .filter(text -> text.contains("\nkind: " + kind.getSimpleName() + "\n"))
                    .findFirst()
                    .orElseThrow();
            return new KubernetesSerialization().unmarshal(document, kind);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
