package io.portolan.kubernetes;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which secrets the cluster holds for an extension: one object each, {@code portolan-secrets-<extension>}, that says by an annotation
 * whose it is, since names of extensions do not fit into names of objects. Only names and versions are kept, never a value.
 * Thread-safe.
 */
final class KubernetesSecrets {
    private final KubernetesApi api;
    private final Duration every;
    private final InstantSource clock;
    private final Map<String, Seen> seen = new ConcurrentHashMap<>();

    /** What was seen of an extension's object; keys are empty and the problem is not where it cannot be used. */
    private record Seen(Instant at, String version, Set<String> keys, String problem) {}

    KubernetesSecrets(KubernetesApi api, Duration every, InstantSource clock) {
        this.api = api;
        this.every = every;
        this.clock = clock;
    }

    /**
     * A text that differs when the extension's secrets do.
     *
     * @throws Refusal when one of them is not there
     */
    String version(String extension, Collection<String> names) throws Refusal {
        var now = seen.compute(extension, (key, before) -> isFresh(before) ? before : look(extension));
        var missing = new TreeSet<>(names);
        missing.removeAll(now.keys());
        if (!missing.isEmpty()) {
            throw new Refusal("this region has no secret " + String.join(", ", missing) + " of " + extension + " ("
                    + now.problem() + ")");
        }
        return now.version();
    }

    private boolean isFresh(@org.jspecify.annotations.Nullable Seen before) {
        return before != null && before.at().plus(every).isAfter(clock.instant());
    }

    private Seen look(String extension) {
        var name = Scope.secretName(extension);
        var found = api.secret(name);
        if (found.isEmpty()) {
            return new Seen(clock.instant(), "", Set.of(), "expected: keys of the secret " + name);
        }
        var metadata = found.get().getMetadata();
        var owner = metadata.getAnnotations() == null
                ? ""
                : metadata.getAnnotations().getOrDefault(Scope.EXTENSION, "");
        if (!owner.equals(extension)) {
            return new Seen(
                    clock.instant(),
                    "",
                    Set.of(),
                    "the secret " + name + " belongs to " + (owner.isEmpty() ? "nobody" : owner)
                            + "; expected: the annotation " + Scope.EXTENSION + ": " + extension);
        }
        var data = found.get().getData();
        return new Seen(
                clock.instant(),
                metadata.getUid() + "/" + metadata.getResourceVersion(),
                data == null ? Set.of() : Set.copyOf(data.keySet()),
                "expected: a key of the secret " + name);
    }
}
