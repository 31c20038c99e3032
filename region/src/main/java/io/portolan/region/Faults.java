package io.portolan.region;

import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;

/** Why content of versions is missing, for status and diagnostics. Thread-safe. At most one reason a version and source. */
final class Faults {
    private final ConcurrentSkipListMap<Key, Fault> faults = new ConcurrentSkipListMap<>();

    /** Where it showed. */
    enum Source {
        DISK,
        FILL,
        REQUEST
    }

    private record Key(ExtensionName extension, VersionLabel version, Source source) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            int byExtension = extension.compareTo(other.extension);
            int byVersion = byExtension != 0 ? byExtension : version.compareTo(other.version);
            return byVersion != 0 ? byVersion : source.compareTo(other.source);
        }
    }

    /**
     * A reason.
     *
     * @param refused whether content came and was not what its hash says, which fetching again is not likely to cure
     */
    record Fault(String reason, boolean refused) {}

    /** Sets the reason; true when it is a new one. */
    boolean set(ExtensionName extension, VersionLabel version, Source source, Fault fault) {
        return !fault.equals(faults.put(new Key(extension, version, source), fault));
    }

    void clear(ExtensionName extension, VersionLabel version, Source source) {
        faults.remove(new Key(extension, version, source));
    }

    /** Drops the reasons of versions that a state does not name. */
    void retain(ServingState state) {
        faults.keySet().removeIf(key -> state.extension(key.extension())
                .flatMap(extension -> extension.version(key.version()))
                .isEmpty());
    }

    /** Whether content of the version was refused. */
    boolean isRefused(ExtensionName extension, VersionLabel version) {
        return Stream.of(Source.values())
                .map(source -> faults.get(new Key(extension, version, source)))
                .anyMatch(fault -> fault != null && fault.refused());
    }

    /** A reason that holds now, one that is about refused content first; empty text for none. */
    String any() {
        return faults.values().stream()
                .filter(Fault::refused)
                .findFirst()
                .or(() -> Optional.ofNullable(faults.firstEntry()).map(Map.Entry::getValue))
                .map(Fault::reason)
                .orElse("");
    }

    /** A reason that holds now for the extension; empty text for none. */
    String of(ExtensionName extension) {
        return faults.entrySet().stream()
                .filter(entry -> entry.getKey().extension().equals(extension))
                .map(entry -> entry.getValue().reason())
                .findFirst()
                .orElse("");
    }
}
