package io.portolan.sync;

import io.portolan.model.EnvironmentName;
import io.portolan.protocol.Signer;
import java.security.PublicKey;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Whose revisions a node believes: the content of {@code trust.json}. Immutable.
 *
 * <p>The first key is pinned at the join. A revision that was signed by a trusted key and applied names the keys that may sign the
 * next one; a key that it no longer names is kept only to check what already lies on disk.
 *
 * @param node       the node's name, as the control plane confirmed it
 * @param keys       public keys (X.509, Base64) that may sign the next revision
 * @param formerKeys keys that signed earlier revisions
 */
record Trust(int schema, EnvironmentName environment, String node, List<String> keys, List<String> formerKeys) {
    static final int SCHEMA = 1;

    Trust {
        Objects.requireNonNull(environment, "environment");
        Objects.requireNonNull(node, "node");
        keys = List.copyOf(keys);
        formerKeys = List.copyOf(formerKeys);
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("trust: no keys (expected: at least one)");
        }
        Stream.concat(keys.stream(), formerKeys.stream()).forEach(Signer::publicKey);
    }

    /** What a node trusts after its join. */
    static Trust pinned(EnvironmentName environment, String node, String key) {
        return new Trust(SCHEMA, environment, node, List.of(key), List.of());
    }

    /** What is trusted once a revision with these keys was applied; a revision without keys changes nothing. */
    Trust following(List<String> revisionKeys) {
        if (revisionKeys.isEmpty() || revisionKeys.equals(keys)) {
            return this;
        }
        var former = new LinkedHashSet<>(formerKeys);
        former.addAll(keys);
        revisionKeys.forEach(former::remove);
        return new Trust(schema, environment, node, revisionKeys, List.copyOf(former));
    }

    /** Keys for a revision that comes over the wire, by key id. */
    Map<String, PublicKey> forNext() {
        return byId(keys);
    }

    /** Keys for revisions that lie on disk, by key id. */
    Map<String, PublicKey> forStored() {
        var all = byId(formerKeys);
        all.putAll(byId(keys));
        return all;
    }

    private static Map<String, PublicKey> byId(List<String> texts) {
        var keys = new HashMap<String, PublicKey>();
        for (var text : texts) {
            var key = Signer.publicKey(text);
            keys.put(Signer.keyId(key), key);
        }
        return keys;
    }
}
