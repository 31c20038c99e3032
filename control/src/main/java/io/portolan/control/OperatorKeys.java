package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.protocol.Signer;
import io.portolan.storage.Reader;
import java.security.PublicKey;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The keys with which operators may sign overrides in an environment: those of the settings and those added since. Stateless. */
final class OperatorKeys {
    /** Most keys of one environment. */
    static final int LIMIT = 100;

    private OperatorKeys() {}

    /**
     * One key.
     *
     * @param name     of whom it is, empty text where the settings list it
     * @param settings whether the settings list it: it cannot be removed here then
     */
    record Listed(String keyId, String publicKey, String name, boolean settings) {}

    /** Every key of an environment, by key id. */
    static List<Listed> of(Reader reader, EnvironmentName environment) {
        var keys = new TreeMap<String, Listed>();
        for (var row : Table.OPERATOR_KEYS.list(reader, environment + "/")) {
            var key = row.value();
            var id = Signer.keyId(Signer.publicKey(key.publicKey()));
            keys.put(id, new Listed(id, key.publicKey(), key.name(), false));
        }
        var facts = Table.ENVIRONMENTS.get(reader, environment.value());
        facts.ifPresent(row -> row.value().facts().operatorKeys().forEach(text -> {
            var id = Signer.keyId(Signer.publicKey(text));
            keys.put(id, new Listed(id, text, "", true));
        }));
        return List.copyOf(keys.values());
    }

    /** Their public halves as a revision lists them. */
    static List<String> texts(Reader reader, EnvironmentName environment) {
        return of(reader, environment).stream().map(Listed::publicKey).toList();
    }

    /** Their public halves by key id. */
    static Map<String, PublicKey> byId(Reader reader, EnvironmentName environment) {
        var keys = new TreeMap<String, PublicKey>();
        of(reader, environment).forEach(key -> keys.put(key.keyId(), Signer.publicKey(key.publicKey())));
        return keys;
    }
}
