package io.portolan.artifact;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The configuration of one version for each portal host. Immutable.
 *
 * <p>A host's file overrides top-level keys of {@code default.json}, or all the way down where it says
 * {@code "$merge":"deep"} (objects are merged, anything else is replaced, {@code null} too). A host without a file gets that
 * of the nearest parent domain; {@code ms.portal.example.com} falls back to {@code portal.example.com}. Where no file fits,
 * a version for any portal ({@code "portals":["*"]}) answers {@code default.json}, or an empty object.
 */
public final class PackageConfiguration {
    /** Folder of the configuration files. */
    public static final String FOLDER = "Content/Config/";

    /** Path of the configuration for every host. */
    public static final String DEFAULT = FOLDER + "default.json";

    /** Key of a host's file that asks for a deep merge. */
    static final String MERGE = "$merge";

    /** The value of {@link #MERGE} that is known. */
    static final String DEEP = "deep";

    private static final String SUFFIX = ".json";

    private final boolean anyHost;
    private final ObjectNode fallback;
    private final Map<String, ObjectNode> byHost;

    private PackageConfiguration(boolean anyHost, ObjectNode fallback, Map<String, ObjectNode> byHost) {
        this.anyHost = anyHost;
        this.fallback = fallback;
        this.byHost = byHost;
    }

    /** Answer to {@link #lookup}. */
    public sealed interface Lookup {
        /**
         * The merged configuration, the caller's own copy.
         *
         * @param host the host whose file was used, {@code default} when it was none
         */
        record Found(ObjectNode configuration, String host) implements Lookup {}

        /**
         * The version is not made for this host.
         *
         * @param hosts those that it is made for, in order
         */
        record UnknownHost(String host, List<String> hosts) implements Lookup {
            /** What to tell a person. */
            public String message() {
                return "looking up the configuration: portal host " + host + " is not configured (expected: "
                        + (hosts.isEmpty() ? "none is" : String.join(", ", hosts)) + ")";
            }
        }
    }

    /** Whether a path is that of a configuration file. */
    public static boolean isConfiguration(String path) {
        return path.startsWith(FOLDER) && path.endsWith(SUFFIX) && path.indexOf('/', FOLDER.length()) < 0;
    }

    /**
     * Builds the configurations of all hosts.
     *
     * @param portals {@code *}, or hosts that take {@code default.json} as it is
     * @param files   parsed configuration files by path
     */
    public static PackageConfiguration of(List<String> portals, Map<String, ObjectNode> files) {
        var fallback = files.getOrDefault(DEFAULT, JsonNodeFactory.instance.objectNode())
                .deepCopy();
        fallback.remove(MERGE);
        var byHost = new TreeMap<String, ObjectNode>();
        for (var portal : portals) {
            if (!portal.equals("*")) {
                byHost.put(portal.toLowerCase(Locale.ROOT), fallback);
            }
        }
        files.forEach((path, own) -> {
            if (isConfiguration(path) && !path.equals(DEFAULT)) {
                var host = path.substring(FOLDER.length(), path.length() - SUFFIX.length());
                byHost.put(host.toLowerCase(Locale.ROOT), merged(fallback, own));
            }
        });
        return new PackageConfiguration(portals.contains("*"), fallback, byHost);
    }

    /**
     * Reads the configuration files of a version.
     *
     * @throws IOException when one is missing or damaged
     */
    public static PackageConfiguration load(ServedManifest manifest, BlobStore blobs) throws IOException {
        var files = new TreeMap<String, ObjectNode>();
        for (var file : manifest.files()) {
            if (isConfiguration(file.path())) {
                files.put(file.path(), StrictJson.object(blobs.read(file.hash(), PackageLimits.DEFAULT.jsonBytes())));
            }
        }
        return of(manifest.portals(), files);
    }

    /** The configuration for a portal host, given without a port. */
    public Lookup lookup(String host) {
        var candidate = host.toLowerCase(Locale.ROOT);
        while (true) {
            var found = byHost.get(candidate);
            if (found != null) {
                return new Lookup.Found(found.deepCopy(), candidate);
            }
            int dot = candidate.indexOf('.');
            if (dot < 0) {
                break;
            }
            candidate = candidate.substring(dot + 1);
        }
        return anyHost
                ? new Lookup.Found(fallback.deepCopy(), "default")
                : new Lookup.UnknownHost(host, List.copyOf(byHost.keySet()));
    }

    /** Plain values of a configuration by key, nested keys joined by dots; arrays and nulls have none. */
    public static Map<String, String> flat(ObjectNode configuration) {
        var flat = new TreeMap<String, String>();
        flatten("", configuration, flat);
        return flat;
    }

    private static void flatten(String before, ObjectNode object, Map<String, String> flat) {
        for (var property : object.properties()) {
            var key = before + property.getKey();
            if (property.getValue() instanceof ObjectNode below) {
                flatten(key + ".", below, flat);
            } else if (property.getValue().isValueNode() && !property.getValue().isNull()) {
                flat.put(key, property.getValue().asString());
            }
        }
    }

    private static ObjectNode merged(ObjectNode base, ObjectNode own) {
        boolean deep = own.path(MERGE).asString("").equals(DEEP);
        var result = deep ? deepMerged(base, own) : base.deepCopy().setAll(own);
        result.remove(MERGE);
        return result;
    }

    private static ObjectNode deepMerged(ObjectNode base, ObjectNode own) {
        var result = base.deepCopy();
        for (var property : own.properties()) {
            var value = result.get(property.getKey()) instanceof ObjectNode below
                            && property.getValue() instanceof ObjectNode above
                    ? deepMerged(below, above)
                    : property.getValue();
            result.set(property.getKey(), value);
        }
        return result;
    }
}
