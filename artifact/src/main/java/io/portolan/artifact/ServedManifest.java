package io.portolan.artifact;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.controller.ControllerSpec;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What nodes need in order to serve one version: its files by path, each with its blob. Immutable; itself stored as a blob.
 *
 * @param schema   version of this form, {@link #SCHEMA}
 * @param identity digest of the canonical manifest: equal files have equal identity, however they were zipped
 * @param entry    path of the page, or of the module that gets a generated page (see {@link EntryPage})
 * @param portals  {@code ["*"]} when every portal host may load the version, else hosts beyond those with a configuration file
 * @param files    every file of the package, in the order of their paths
 * @param warnings what publish noticed without refusing
 * @param controllers backends of the version, in the order of their names; absent where there are none, so that the manifests of
 *                 versions without any are what they were before there were controllers
 */
@JsonPropertyOrder({"schema", "extension", "version", "identity", "entry", "portals", "files", "warnings", "controllers"
})
public record ServedManifest(
        int schema,
        ExtensionName extension,
        VersionLabel version,
        Digest identity,
        String entry,
        List<String> portals,
        List<ServedFile> files,
        List<String> warnings,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<ControllerSpec> controllers) {
    /** Schema number that this build writes. */
    public static final int SCHEMA = 1;

    private static final Comparator<ServedFile> BY_PATH = Comparator.comparing(ServedFile::path);

    public ServedManifest {
        Objects.requireNonNull(extension, "extension");
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(identity, "identity");
        Objects.requireNonNull(entry, "entry");
        portals = List.copyOf(Objects.requireNonNull(portals, "portals"));
        files = Objects.requireNonNull(files, "files").stream().sorted(BY_PATH).toList();
        warnings = List.copyOf(Objects.requireNonNull(warnings, "warnings"));
        controllers = Objects.requireNonNullElse(controllers, List.<ControllerSpec>of()).stream()
                .sorted(Comparator.comparing(ControllerSpec::name))
                .toList();
    }

    /** The manifest of a version without controllers. */
    public ServedManifest(
            int schema,
            ExtensionName extension,
            VersionLabel version,
            Digest identity,
            String entry,
            List<String> portals,
            List<ServedFile> files,
            List<String> warnings) {
        this(schema, extension, version, identity, entry, portals, files, warnings, List.of());
    }

    /** The file at a path. */
    public Optional<ServedFile> file(String path) {
        int low = 0;
        int high = files.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            int order = files.get(middle).path().compareTo(path);
            if (order == 0) {
                return Optional.of(files.get(middle));
            }
            if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return Optional.empty();
    }

    /** Whether a file belongs to a controller: such files are the region's, and browsers never get them. */
    public boolean isPrivate(String path) {
        for (var controller : controllers) {
            if (controller.process().holds(path)) {
                return true;
            }
        }
        return false;
    }

    /** The manifest without what is about controllers; the same where there are none. */
    public ServedManifest forBrowsers() {
        return controllers.isEmpty()
                ? this
                : new ServedManifest(
                        schema,
                        extension,
                        version,
                        identity,
                        entry,
                        portals,
                        files.stream().filter(file -> !isPrivate(file.path())).toList(),
                        warnings);
    }

    /** Sum of the files, unpacked. */
    public long sizeBytes() {
        return files.stream().mapToLong(ServedFile::sizeBytes).sum();
    }

    /** Whether every portal host may load the version, also one without a configuration file. */
    public boolean anyPortal() {
        return portals.contains("*");
    }

    /** Compact bytes; equal manifests have equal bytes. */
    public byte[] toJson() {
        return ArtifactJson.MAPPER.writeValueAsBytes(this);
    }

    /**
     * Reads a manifest; unknown keys are ignored.
     *
     * @throws IllegalArgumentException when the bytes are no manifest, or one of a newer schema
     */
    public static ServedManifest parse(byte[] json) {
        var manifest = ArtifactJson.read(json, ServedManifest.class);
        if (manifest.schema() < 1 || manifest.schema() > SCHEMA) {
            throw new IllegalArgumentException(
                    "reading served manifest: schema: " + manifest.schema() + " (expected: 1 to " + SCHEMA + ")");
        }
        return manifest;
    }
}
