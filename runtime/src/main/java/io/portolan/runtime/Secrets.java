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

    /** Why there is none though an operator may think so: for whoever looks for it, without anything of its value; mostly empty text. */
    default String whyNot(ExtensionName extension, String name) {
        return "";
    }

    /** These, and where they have none, others. */
    default Secrets or(Secrets others) {
        var first = this;
        return new Secrets() {
            @Override
            public Optional<String> find(ExtensionName extension, String name) {
                var found = first.find(extension, name);
                return found.isPresent() ? found : others.find(extension, name);
            }

            @Override
            public String whyNot(ExtensionName extension, String name) {
                var why = first.whyNot(extension, name);
                return why.isEmpty() ? others.whyNot(extension, name) : why;
            }
        };
    }
}
