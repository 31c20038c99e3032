package io.portolan.artifact;

import io.portolan.model.RegionName;
import io.portolan.model.controller.CallTimeouts;
import io.portolan.model.controller.ControllerKind;
import io.portolan.model.controller.ControllerPlacement;
import io.portolan.model.controller.ControllerProtocol;
import io.portolan.model.controller.ControllerRuntimeKind;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.model.controller.ControllerTls;
import io.portolan.model.controller.HealthCheck;
import io.portolan.model.controller.IdempotentRoute;
import io.portolan.model.controller.ProcessSpec;
import io.portolan.model.controller.Reference;
import io.portolan.model.controller.Replicas;
import io.portolan.model.controller.Resources;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Reads {@code controllers} of a manifest; every fault of every controller is noted. Stateless. */
final class ControllerReader {
    /** Most controllers of a version. */
    static final int MOST = 16;

    private static final int MOST_VARIABLES = 100;
    private static final int LONGEST_VALUE = 4096;
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");
    /** Variables whose literal value would be a secret that every reader of the package knows. */
    private static final Pattern SECRET_NAME =
            Pattern.compile(".*(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIALS?)$");

    private final JsonNode array;
    private final Violations violations;
    private final List<String> warnings;

    private ControllerReader(JsonNode array, Violations violations, List<String> warnings) {
        this.array = array;
        this.violations = violations;
        this.warnings = warnings;
    }

    /** The controllers that break no rule. */
    static List<ControllerSpec> read(JsonNode array, Violations violations, List<String> warnings) {
        return new ControllerReader(array, violations, warnings).read();
    }

    private List<ControllerSpec> read() {
        var specs = new ArrayList<ControllerSpec>();
        if (array.size() > MOST) {
            violations.addLimit(
                    ViolationCode.CONTROLLER_INVALID, PackageManifest.PATH, "controllers", MOST, array.size());
            return specs;
        }
        var names = new HashMap<String, Integer>();
        var mounts = new HashMap<String, Integer>();
        for (int i = 0; i < array.size(); i++) {
            var fields = new ManifestFields(array.get(i), "controllers[" + i + "]", violations, warnings);
            if (!array.get(i).isObject()) {
                continue;
            }
            var name = fields.required("name", "a name");
            unique(fields, "name", name, i, names);
            // A mount that is left out is the name, so that the simplest manifest works.
            var mount = fields.has("mount") ? fields.text("mount") : name;
            unique(fields, "mount", mount, i, mounts);
            spec(fields, name, mount).ifPresent(specs::add);
            fields.warnOfOthers();
        }
        return specs;
    }

    private static void unique(ManifestFields fields, String key, String value, int index, Map<String, Integer> seen) {
        var before = seen.putIfAbsent(value, index);
        if (before != null) {
            fields.fault(key, Violations.printable(value) + " is that of controllers[" + before + "] too");
        }
    }

    private Optional<ControllerSpec> spec(ManifestFields fields, String name, String mount) {
        int before = violations.total();
        if (!name.isEmpty()) {
            check(fields, () -> ControllerSpec.requireName(name));
        }
        if (!mount.equals(name) || ControllerSpec.RESERVED_MOUNTS.contains(mount)) {
            check(fields, () -> ControllerSpec.requireMount(mount));
        }
        var kind = fields.one("kind", ControllerKind.class);
        var process = kind.filter(ControllerKind.PROCESS::equals).isPresent() ? process(fields) : ProcessSpec.NONE;
        var image = kind.filter(ControllerKind.CONTAINER::equals).isPresent() ? image(fields) : "";
        var endpoints =
                kind.filter(ControllerKind.EXTERNAL::equals).isPresent() ? endpoints(fields) : Map.<String, String>of();
        var command = image.isEmpty() ? List.<String>of() : fields.texts("command");
        int port = image.isEmpty() ? 0 : port(fields);
        var versionPath = endpoints.isEmpty() ? "" : path(fields, "versionPath");
        var tls = !endpoints.isEmpty() && fields.has("tls") ? tls(fields.below("tls")) : ControllerTls.NONE;
        var health = health(fields);
        var environment = environment(fields);
        var resources = fields.has("resources") ? resources(fields.below("resources")) : Resources.UNLIMITED;
        var replicas = replicas(fields);
        var placement = placement(fields);
        var drain = fields.duration("drain", ControllerSpec.DRAIN);
        var timeouts = timeouts(fields);
        var idempotent = new ArrayList<IdempotentRoute>();
        for (var route : fields.texts("idempotent")) {
            fields.made("idempotent", false, () -> idempotent.add(IdempotentRoute.parse(route)));
        }
        var protocol = fields.has("protocol")
                ? fields.one("protocol", ControllerProtocol.class)
                : Optional.of(ControllerProtocol.HTTP1);
        if (violations.total() > before || kind.isEmpty() || protocol.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new ControllerSpec(
                    name,
                    mount,
                    kind.get(),
                    process,
                    image,
                    command,
                    port,
                    endpoints,
                    versionPath,
                    health,
                    environment,
                    resources,
                    replicas,
                    placement,
                    drain,
                    timeouts,
                    idempotent,
                    protocol.get(),
                    tls));
        } catch (IllegalArgumentException e) {
            fields.fault("", Violations.printable(String.valueOf(e.getMessage())));
            return Optional.empty();
        }
    }

    private static void check(ManifestFields fields, Runnable rule) {
        fields.made("", false, () -> {
            rule.run();
            return true;
        });
    }

    private ProcessSpec process(ManifestFields fields) {
        var runtime = fields.one("runtime", ControllerRuntimeKind.class);
        var archive = fields.required("archive", "a file of the package, or a folder with a final slash");
        var command = fields.texts("command");
        if (!fields.has("command")
                || (command.isEmpty() && fields.node("command").isArray())) {
            fields.fault("command", "is missing (expected: the words that start it)");
        }
        var lower = archive.toLowerCase(Locale.ROOT);
        if (lower.endsWith(".tar") || lower.endsWith(".tgz") || lower.endsWith(".tar.gz")) {
            fields.fault(
                    "archive",
                    Violations.printable(archive)
                            + " is an archive that is not opened (expected: a zip, a program or jar, or a folder, as controllers/orders/)");
        }
        if (archive.startsWith("/") || archive.equals("Content/") || archive.startsWith(PackageConfiguration.FOLDER)) {
            fields.fault("archive", Violations.printable(archive) + " (expected: a path of its own in the package)");
        }
        if (command.isEmpty() || archive.isEmpty() || runtime.isEmpty()) {
            return ProcessSpec.NONE;
        }
        return new ProcessSpec(runtime.get(), NestedArchives.folder(archive), command);
    }

    private static String image(ManifestFields fields) {
        var image = fields.required("image", "repository@sha256:<digest>");
        if (!image.isEmpty()) {
            check(fields, () -> ControllerSpec.requireImage(image));
        }
        return image;
    }

    private static int port(ManifestFields fields) {
        int port = fields.integer("port", 8080);
        if (port < 1 || port > 65_535) {
            fields.fault("port", port + " (expected: 1 to 65535)");
        }
        return port;
    }

    private static Map<String, String> endpoints(ManifestFields fields) {
        var endpoints = fields.textMap("endpoints");
        if (endpoints.isEmpty()) {
            fields.fault("endpoints", "is missing (expected: a base URL by region, or by * for all)");
        }
        endpoints.forEach((region, url) -> {
            if (!region.equals("*")) {
                fields.made("endpoints", false, () -> {
                    var unused = new RegionName(region);
                    return true;
                });
            }
            if (!isBaseUrl(url)) {
                fields.fault(
                        "endpoints." + Violations.printable(region),
                        Violations.printable(url)
                                + " (expected: an http or https URL with a host, without user, query or fragment)");
            }
        });
        return endpoints;
    }

    private static boolean isBaseUrl(String url) {
        try {
            var uri = new URI(url);
            return ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static ControllerTls tls(ManifestFields fields) {
        var ca = secret(fields, "ca");
        var certificate = secret(fields, "certificate");
        var key = secret(fields, "key");
        fields.warnOfOthers();
        return fields.made("", ControllerTls.NONE, () -> new ControllerTls(ca, certificate, key));
    }

    private static String secret(ManifestFields fields, String key) {
        var value = fields.text(key);
        return value.isEmpty() ? "" : fields.made(key, "", () -> ControllerTls.secret(key, value));
    }

    private static String path(ManifestFields fields, String key) {
        var path = fields.text(key);
        if (!path.isEmpty() && !path.matches("/[^\\s#]{0,255}")) {
            fields.fault(key, Violations.printable(path) + " (expected: a path with its leading slash)");
            return "";
        }
        return path;
    }

    private static HealthCheck health(ManifestFields fields) {
        var standard = HealthCheck.STANDARD;
        if (!fields.has("health")) {
            return standard;
        }
        if (fields.node("health").isString()) {
            var path = path(fields, "health");
            return path.isEmpty()
                    ? standard
                    : new HealthCheck(
                            path, standard.every(), standard.timeout(), standard.failures(), standard.startup());
        }
        var below = fields.below("health");
        var path = path(below, "path");
        var every = below.duration("every", standard.every());
        var timeout = below.duration("timeout", standard.timeout());
        int failures = below.integer("failures", standard.failures());
        var startup = below.duration("startup", standard.startup());
        below.warnOfOthers();
        return below.made(
                "",
                standard,
                () -> new HealthCheck(path.isEmpty() ? standard.path() : path, every, timeout, failures, startup));
    }

    private static CallTimeouts timeouts(ManifestFields fields) {
        var standard = CallTimeouts.STANDARD;
        if (!fields.has("timeouts")) {
            return standard;
        }
        var below = fields.below("timeouts");
        var connect = below.duration("connect", standard.connect());
        var response = below.duration("response", standard.response());
        var idle = below.duration("idle", standard.idle());
        below.warnOfOthers();
        return below.made("", standard, () -> new CallTimeouts(connect, response, idle));
    }

    private static Resources resources(ManifestFields fields) {
        int cpu = fields.cpuMillis("cpu");
        long memory = fields.bytes("memory");
        fields.warnOfOthers();
        return fields.made("", Resources.UNLIMITED, () -> new Resources(cpu, memory));
    }

    private static Replicas replicas(ManifestFields fields) {
        if (!fields.has("replicas")) {
            return Replicas.ONE;
        }
        if (fields.node("replicas").isNumber()) {
            int count = fields.integer("replicas", 1);
            return fields.made("replicas", Replicas.ONE, () -> Replicas.fixed(count));
        }
        var below = fields.below("replicas");
        int min = below.integer("min", 1);
        int max = below.integer("max", Math.max(1, min));
        int target = below.integer("targetCpuPercent", Replicas.ONE.targetCpuPercent());
        below.warnOfOthers();
        return below.made("", Replicas.ONE, () -> new Replicas(min, max, target));
    }

    private static ControllerPlacement placement(ManifestFields fields) {
        if (!fields.has("placement")) {
            return ControllerPlacement.ALL;
        }
        if (fields.node("placement").isString()) {
            var text = fields.text("placement");
            return fields.made(
                    "placement",
                    ControllerPlacement.ALL,
                    () -> text.equals("all") ? ControllerPlacement.ALL : new ControllerPlacement(List.of(text)));
        }
        var entries = fields.texts("placement");
        return fields.made("placement", ControllerPlacement.ALL, () -> new ControllerPlacement(entries));
    }

    private Map<String, String> environment(ManifestFields fields) {
        var environment = fields.textMap("environment");
        if (environment.size() > MOST_VARIABLES) {
            fields.fault("environment", environment.size() + " variables (expected: at most " + MOST_VARIABLES + ")");
        }
        environment.forEach((variable, value) -> {
            var key = "environment." + Violations.printable(variable);
            if (!VARIABLE.matcher(variable).matches()) {
                fields.fault(key, "(expected: letters, digits and _, not a digit first)");
            } else if (variable.equals("PORT") || variable.startsWith("PORTOLAN_")) {
                fields.fault(key, "is set by Portolan (expected: another name)");
            }
            if (value.length() > LONGEST_VALUE) {
                fields.fault(key, value.length() + " characters (expected: at most " + LONGEST_VALUE + ")");
            }
            var references = fields.made(key, List.<Reference>of(), () -> Reference.in(value));
            if (references.isEmpty() && isSecret(variable, value)) {
                // The value is not repeated: it may be one.
                violations.add(
                        ViolationCode.SECRET_IN_PACKAGE,
                        PackageManifest.PATH,
                        "environment " + Violations.printable(variable)
                                + ": a secret in the package is known to everybody who has it (expected: ${secret:NAME})");
            }
        });
        return environment;
    }

    private static boolean isSecret(String variable, String value) {
        return value.contains("-----BEGIN")
                || (!value.isEmpty()
                        && SECRET_NAME
                                .matcher(variable.toUpperCase(Locale.ROOT))
                                .matches());
    }
}
