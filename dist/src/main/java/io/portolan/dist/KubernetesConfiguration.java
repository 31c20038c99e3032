package io.portolan.dist;

import io.portolan.kubernetes.KubernetesRuntime;
import io.portolan.kubernetes.KubernetesSettings;
import io.portolan.runtime.MoreRuntimes;
import io.portolan.sync.ReplicaSettings;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The keys of a region node's settings file that say where its controllers run, with their defaults. Stateless. */
final class KubernetesConfiguration {
    private KubernetesConfiguration() {}

    /**
     * What was chosen.
     *
     * @param kubernetes how controllers run in a cluster; null where they do not
     */
    record Chosen(@Nullable KubernetesSettings kubernetes) {
        MoreRuntimes runtimes(ReplicaSettings node) {
            var settings = kubernetes;
            if (settings == null) {
                return MoreRuntimes.NONE;
            }
            return (calls, clock) -> List.of(KubernetesRuntime.open(
                    settings, node.environment().value(), node.region().value(), node.nodeId(), calls, clock));
        }
    }

    static Chosen read(Section keys) {
        var runtime = keys.value("controllers-runtime", "process", "process", KubernetesConfiguration::runtime);
        // Every key is read in any case: one that is left over from the other choice is no fault.
        var config = keys.has("kubernetes-config")
                ? keys.path("kubernetes-config", "kubeconfig").toString()
                : "";
        var context = keys.text("kubernetes-context", "");
        var namespace = keys.text("kubernetes-namespace", "portolan-controllers");
        var addresses = keys.value(
                "kubernetes-addresses",
                "pods",
                KubernetesSettings.Addresses.PODS,
                text -> KubernetesSettings.Addresses.valueOf(text.toUpperCase(Locale.ROOT)));
        var callers = keys.texts("kubernetes-callers");
        var pullSecrets = keys.texts("kubernetes-pull-secrets");
        var root = keys.value("kubernetes-root", "no", Boolean.FALSE, KubernetesConfiguration::yes);
        if (runtime.equals("process")) {
            return new Chosen(null);
        }
        return new Chosen(new KubernetesSettings(
                config,
                context,
                namespace,
                addresses,
                callers,
                pullSecrets,
                root,
                KubernetesSettings.Timings.DEFAULTS));
    }

    private static String runtime(String text) {
        if (!List.of("process", "kubernetes").contains(text)) {
            throw new IllegalArgumentException(text + " (expected: process or kubernetes)");
        }
        return text;
    }

    private static boolean yes(String text) {
        return switch (text) {
            case "yes", "true" -> true;
            case "no", "false" -> false;
            default -> throw new IllegalArgumentException(text + " (expected: yes or no)");
        };
    }
}
