package io.portolan.region;

import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * How filling goes, in the diagnostics of a node. Immutable.
 *
 * @param lacking      versions to hold that are not fully held, the first {@link #LISTED}
 * @param lackingCount how many there are
 * @param sources      where content comes from, and how each source did since this process began; the store first
 */
record Filling(List<Lacking> lacking, int lackingCount, List<FetchSource.Report> sources) {
    /** Most versions that are listed. */
    static final int LISTED = 64;

    /** What a version still needs; bytes that have come of a blob under way are not missing. */
    record Lacking(ExtensionName extension, VersionLabel version, long missingBytes) {}

    Filling {
        lacking = List.copyOf(lacking);
        sources = List.copyOf(sources);
    }

    static Filling of(
            List<ServedVersion> lacking, ToLongFunction<ServedVersion> missingBytes, List<FetchSource.Report> sources) {
        return new Filling(
                lacking.stream()
                        .limit(LISTED)
                        .map(version ->
                                new Lacking(version.extension(), version.label(), missingBytes.applyAsLong(version)))
                        .toList(),
                lacking.size(),
                sources);
    }
}
