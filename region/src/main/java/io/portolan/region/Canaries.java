package io.portolan.region;

import io.portolan.artifact.ServedFile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Files by which a CDN is judged: the same few on every node, so that they are warm wherever the CDN keeps things, and of different
 * extensions, so that one file that is kept wrongly is not taken for a dead CDN. Pure.
 */
final class Canaries {
    /** Most of them. */
    static final int MOST = 4;

    /** Larger files are no canaries: a probe should tell of the CDN and not of its line. */
    static final int MOST_BYTES = 64 << 10;

    /** Larger files are not looked at by chance either. */
    static final int MOST_BYTES_OF_SAMPLE = 1 << 20;

    private Canaries() {}

    /**
     * A file with its address.
     *
     * @param path {@code /R/Content/V/PATH}, percent-encoded
     */
    record Canary(String extension, String path, ServedFile file) {}

    /** The canaries of a state; none where nothing is served in full. */
    static List<Canary> of(ServingState state) {
        var first = new ArrayList<Canary>();
        var others = new ArrayList<Canary>();
        for (var version : served(state)) {
            var files = files(version, MOST_BYTES);
            files.stream().limit(1).forEach(first::add);
            files.stream().skip(1).limit(MOST).forEach(others::add);
        }
        first.addAll(others);
        return first.stream().limit(MOST).toList();
    }

    /** The file of all that users get whose turn it is, by a number that rises; empty where there is none. */
    static java.util.Optional<Canary> sample(ServingState state, long turn) {
        var versions = served(state);
        if (versions.isEmpty()) {
            return java.util.Optional.empty();
        }
        var files = files(versions.get((int) (turn % versions.size())), MOST_BYTES_OF_SAMPLE);
        return files.isEmpty()
                ? java.util.Optional.empty()
                : java.util.Optional.of(files.get((int) (turn / versions.size() % files.size())));
    }

    /** A file of what this node serves, by its address below a CDN's; empty where it is none of them. */
    static java.util.Optional<Canary> at(ServingState state, String path) {
        if (!(Target.of(path).orElse(null) instanceof Target.Asset asset)) {
            return java.util.Optional.empty();
        }
        var extension = state.routes().get(asset.route());
        if (extension == null) {
            return java.util.Optional.empty();
        }
        return java.util.Optional.ofNullable(extension.versions().get(asset.version()))
                .filter(version -> !version.isRevoked())
                .flatMap(ServedVersion::manifest)
                .flatMap(manifest -> manifest.file(asset.path()))
                .filter(file -> file.sizeBytes() <= MOST_BYTES_OF_SAMPLE)
                .map(file -> new Canary(
                        extension.document().name().value(), path(asset.route(), asset.version(), file.path()), file));
    }

    /** What each extension shows by default, in the order of their routes. */
    private static List<Served> served(ServingState state) {
        return state.routes().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .flatMap(entry -> entry.getValue().byDefault() instanceof ServedExtension.Default.Serves serves
                        ? java.util.stream.Stream.of(new Served(entry.getKey(), serves.version()))
                        : java.util.stream.Stream.empty())
                .toList();
    }

    private record Served(String route, ServedVersion version) {}

    private static List<Canary> files(Served served, int mostBytes) {
        return served.version().manifest().stream()
                .flatMap(manifest -> manifest.files().stream())
                .filter(file -> file.sizeBytes() > 0 && file.sizeBytes() <= mostBytes)
                // As good as by chance, and the same everywhere.
                .sorted(Comparator.comparing(ServedFile::hash).thenComparing(ServedFile::path))
                .map(file -> new Canary(
                        served.version().extension().value(),
                        path(served.route(), served.version().label().value(), file.path()),
                        file))
                .toList();
    }

    private static String path(String route, String version, String file) {
        return "/" + route + "/Content/" + version + "/" + Percent.encodePath(file);
    }
}
