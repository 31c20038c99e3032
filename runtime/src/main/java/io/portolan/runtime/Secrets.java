package io.portolan.runtime;

import io.portolan.model.ExtensionName;
import java.util.Optional;

/**
 * The secrets of a region, by the extension that they belong to: one extension never gets another's. Values are read when they are
 * asked for and are never kept, so that one that was rotated is found at the next look. Thread-safe.
 */
@FunctionalInterface
public interface Secrets {
    /** No secrets. */
    Secrets NONE = (extension, name) -> Optional.empty();

    /** The secret of that name as it is now; empty when there is none. */
    Optional<String> find(ExtensionName extension, String name);

    /** These, and where they have none, others. */
    default Secrets or(Secrets others) {
        return (extension, name) -> {
            var found = find(extension, name);
            return found.isPresent() ? found : others.find(extension, name);
        };
    }
}
