package io.portolan.kubernetes;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * How a node runs controllers in a cluster. Immutable.
 *
 * @param config      path of a kubeconfig; empty text: the pod's service account, else {@code KUBECONFIG} or {@code ~/.kube/config}
 * @param context     context of that file; empty text: its current one
 * @param namespace   where everything is kept
 * @param addresses   what the gateway calls
 * @param callers     who may call the pods: networks ({@code 10.0.0.0/8}) or labels of pods in any namespace ({@code app=portolan});
 *                    empty for everybody
 * @param pullSecrets names of secrets with which images are fetched
 * @param rootAllowed whether containers may run as root
 * @param timings     how often is looked at what
 */
public record KubernetesSettings(
        String config,
        String context,
        String namespace,
        Addresses addresses,
        List<String> callers,
        List<String> pullSecrets,
        boolean rootAllowed,
        Timings timings) {
    private static final String WORD = "[A-Za-z0-9]([A-Za-z0-9_.\\-]{0,61}[A-Za-z0-9])?";
    /** A label as a cluster takes it, with a value. */
    private static final Pattern LABEL =
            Pattern.compile("([a-z0-9]([a-z0-9.\\-]{0,251}[a-z0-9])?/)?" + WORD + "=" + WORD);

    /** What the gateway calls. */
    public enum Addresses {
        /** Each pod: the gateway balances, and knows what is in progress where. The node must reach pods. */
        PODS,
        /** The service: one address, balanced by the cluster. */
        SERVICE
    }

    /**
     * How often is looked at what.
     *
     * @param claim        how long a node that says nothing still counts as wanting a controller, beside the controller's drain time
     * @param resync       from one look for what nobody wants to the next, from one that was refused to the next, and from one look
     *                     whether watches still tell what happens to the next
     * @param retry        from a call that failed to the next
     * @param secretsEvery from one look at secrets to the next
     */
    public record Timings(Duration claim, Duration resync, Duration retry, Duration secretsEvery) {
        /** Those of production. */
        public static final Timings DEFAULTS = new Timings(
                Duration.ofMinutes(10), Duration.ofMinutes(1), Duration.ofSeconds(5), Duration.ofSeconds(15));

        public Timings {
            Objects.requireNonNull(claim, "claim");
            Objects.requireNonNull(resync, "resync");
            Objects.requireNonNull(retry, "retry");
            Objects.requireNonNull(secretsEvery, "secretsEvery");
        }
    }

    public KubernetesSettings {
        Objects.requireNonNull(config, "config");
        Objects.requireNonNull(context, "context");
        Objects.requireNonNull(addresses, "addresses");
        Objects.requireNonNull(timings, "timings");
        if (!namespace.matches("[a-z0-9]([a-z0-9\\-]{0,61}[a-z0-9])?")) {
            throw new IllegalArgumentException("kubernetes-namespace: " + namespace
                    + " (expected: lower-case letters, digits and inner hyphens, at most 63)");
        }
        callers = List.copyOf(callers);
        pullSecrets = List.copyOf(pullSecrets);
        for (var caller : callers) {
            if (!LABEL.matcher(caller).matches() && !isNetwork(caller)) {
                throw new IllegalArgumentException("kubernetes-callers: " + caller
                        + " (expected: a network as 10.0.0.0/8, or a label as app=portolan)");
            }
        }
    }

    /** A server refuses the network policies of all controllers for one that is not. */
    private static boolean isNetwork(String caller) {
        var parts = caller.split("/", -1);
        try {
            int most = InetAddress.ofLiteral(parts[0]).getAddress().length * 8;
            // Java takes 10.0.0 for an address, a server does not.
            boolean whole = parts[0].contains(":") || parts[0].split("\\.", -1).length == 4;
            return whole && parts.length == 2 && parts[1].matches("[0-9]{1,3}") && Integer.parseInt(parts[1]) <= most;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** A namespace with the defaults. */
    public static KubernetesSettings of(String namespace) {
        return new KubernetesSettings("", "", namespace, Addresses.PODS, List.of(), List.of(), false, Timings.DEFAULTS);
    }
}
