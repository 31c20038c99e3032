package io.portolan.artifact;

import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.controller.ControllerSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a package says of itself in {@code portolan.json}. Immutable.
 *
 * @param extensionName name that it gives itself, empty text for none
 * @param versionLabel  version that it gives itself, empty text for none
 * @param entry         page or module
 * @param portals       {@code *}, or hosts that take the default configuration
 * @param controllers   its backends
 */
public record PackageManifest(
        String extensionName,
        String versionLabel,
        String entry,
        List<String> portals,
        List<ControllerSpec> controllers) {
    /** Path of the manifest in a package. */
    public static final String PATH = "portolan.json";

    /** What holds for a package without a manifest. */
    public static final PackageManifest NONE = new PackageManifest("", "", "index.html", List.of());

    private static final Set<String> KNOWN = Set.of(
            "$schema", "schema", "extension", "version", "entry", "portals", "controllers", "sdkBuilt", "source");

    public PackageManifest {
        Objects.requireNonNull(extensionName, "extensionName");
        Objects.requireNonNull(versionLabel, "versionLabel");
        Objects.requireNonNull(entry, "entry");
        portals = List.copyOf(portals);
        controllers = List.copyOf(controllers);
    }

    /** The manifest of a package without controllers. */
    public PackageManifest(String extensionName, String versionLabel, String entry, List<String> portals) {
        this(extensionName, versionLabel, entry, portals, List.of());
    }

    /** The extension, if the manifest names one. */
    public Optional<ExtensionName> extension() {
        return extensionName.isEmpty() ? Optional.empty() : Optional.of(new ExtensionName(extensionName));
    }

    /** The version, if the manifest names one. */
    public Optional<VersionLabel> version() {
        return versionLabel.isEmpty() ? Optional.empty() : Optional.of(new VersionLabel(versionLabel));
    }

    /**
     * Reads only the manifest of a zip or a folder, to learn name and version before publishing.
     *
     * @throws PackageRejected when there is no way to the manifest, or it is invalid
     */
    public static PackageManifest peek(Path zipOrFolder) throws IOException, PackageRejected {
        var violations = new Violations();
        var manifest = NONE;
        if (Files.isDirectory(zipOrFolder)) {
            var file = zipOrFolder.resolve(PATH);
            manifest =
                    Files.isRegularFile(file) ? parse(Files.readAllBytes(file), violations, new ArrayList<>()) : NONE;
        } else {
            // Only what hides the manifest matters here: publish names everything else.
            var structure = new Violations();
            try (var archive = ZipArchive.open(zipOrFolder, PackageLimits.DEFAULT, structure)) {
                manifest = PackageReader.manifest(archive, PackageLimits.DEFAULT, violations, new ArrayList<>());
            } catch (Unreadable e) {
                structure.throwIfAny();
            }
        }
        violations.throwIfAny();
        return manifest;
    }

    /** Reads a manifest; what is wrong is noted and replaced by what holds without it. */
    static PackageManifest parse(byte[] json, Violations violations, List<String> warnings) {
        ObjectNode object;
        try {
            object = StrictJson.object(json);
        } catch (IllegalArgumentException e) {
            violations.add(ViolationCode.MANIFEST_INVALID, PATH, String.valueOf(e.getMessage()));
            object = JsonNodeFactory.instance.objectNode();
        }
        for (var key : object.propertyNames()) {
            if (!KNOWN.contains(key)) {
                warnings.add(PATH + ": unknown key " + Violations.printable(key) + " is ignored");
            }
        }
        var controllers = require(object, "controllers", JsonNode::isArray, "an array", violations)
                ? ControllerReader.read(object.path("controllers"), violations, warnings)
                : List.<ControllerSpec>of();
        require(object, "source", JsonNode::isObject, "an object", violations);
        require(object, "sdkBuilt", JsonNode::isString, "a date as text", violations);
        var entry = text(object, "entry", violations);
        return new PackageManifest(
                label(object, "extension", ExtensionName::new, violations),
                label(object, "version", VersionLabel::new, violations),
                entry.isEmpty() ? NONE.entry() : entry,
                portals(object, violations),
                controllers);
    }

    private static String label(ObjectNode object, String key, Consumer<String> check, Violations violations) {
        var text = text(object, key, violations);
        try {
            if (!text.isEmpty()) {
                check.accept(text);
            }
            return text;
        } catch (IllegalArgumentException e) {
            violations.add(
                    ViolationCode.MANIFEST_INVALID,
                    PATH,
                    key + ": " + Violations.printable(String.valueOf(e.getMessage())));
            return "";
        }
    }

    private static List<String> portals(ObjectNode object, Violations violations) {
        var hosts = new ArrayList<String>();
        if (!object.has("portals")) {
            return hosts;
        }
        require(object, "portals", JsonNode::isArray, "an array of hosts, or [\"*\"]", violations);
        for (var each : object.path("portals")) {
            var host = each.isString() ? each.asString() : "";
            if (host.equals("*") || host.matches("[0-9A-Za-z][0-9A-Za-z.\\-]{0,252}")) {
                hosts.add(host);
            } else {
                violations.add(
                        ViolationCode.MANIFEST_INVALID,
                        PATH,
                        "portals: " + Violations.printable(each.toString())
                                + " (expected: a host name without port, or *)");
            }
        }
        return hosts;
    }

    private static String text(ObjectNode object, String key, Violations violations) {
        return require(object, key, node -> node.isString() && !node.asString().isEmpty(), "some text", violations)
                ? object.path(key).asString()
                : "";
    }

    /** Whether a key is there and as expected; one that is there and is not, is a violation. */
    private static boolean require(
            ObjectNode object, String key, Predicate<JsonNode> expected, String what, Violations violations) {
        var node = object.path(key);
        if (node.isMissingNode()) {
            return false;
        }
        if (expected.test(node)) {
            return true;
        }
        violations.add(
                ViolationCode.MANIFEST_INVALID,
                PATH,
                key + ": " + Violations.printable(node.toString()) + " (expected: " + what + ")");
        return false;
    }
}
