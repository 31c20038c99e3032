package io.portolan.runtime;

import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import java.util.Comparator;
import java.util.Objects;

/** A controller of one version of one extension. Immutable; in the order of extension, version and name. */
public record ControllerId(ExtensionName extension, VersionLabel version, String name)
        implements Comparable<ControllerId> {
    private static final Comparator<ControllerId> ORDER = Comparator.comparing(ControllerId::extension)
            .thenComparing(ControllerId::version)
            .thenComparing(ControllerId::name);

    public ControllerId {
        Objects.requireNonNull(extension, "extension");
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(name, "name");
    }

    @Override
    public int compareTo(ControllerId other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return extension + " " + version + " " + name;
    }
}
