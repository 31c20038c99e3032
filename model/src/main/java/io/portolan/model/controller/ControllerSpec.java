package io.portolan.model.controller;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * One controller of a version, as its package declares it. Immutable.
 *
 * @param name        lower-case letters, digits and inner hyphens, at most 40; unique in its version
 * @param mount       path below {@code /R/api} and {@code /R/@V/api} that its calls come to, without slashes at its ends: {@code
 *                    orders} or {@code orders/archive}; empty text for all that no other mount of the version takes. A replica sees
 *                    the path below the mount: {@code /R/api/orders/17?x} comes to it as {@code /17?x}
 * @param process     what to start; {@link ProcessSpec#NONE} unless the kind is {@code PROCESS}
 * @param image       {@code repository@sha256:…}, empty text unless the kind is {@code CONTAINER}
 * @param command     arguments in place of the image's own, empty for its own
 * @param port        port on which the image listens, 0 unless the kind is {@code CONTAINER}; a process is told its port by {@code PORT}
 * @param endpoints   base URL by region, {@code *} for all others; empty unless the kind is {@code EXTERNAL}
 * @param versionPath path below an endpoint that answers the version which is deployed there, empty text where nothing reports it;
 *                    an endpoint that reports another version is not ready
 * @param environment variables of each replica; values may refer to {@code ${config:key}} and {@code ${secret:NAME}}
 * @param drain       longest that calls in progress may take after the version was replaced, and how long the version stays after
 *                    its last page was seen
 * @param idempotent  calls that may be tried again beside those that always may
 * @param protocol    what its replicas are spoken to in
 * @param tls         whom an external one is trusted by and what it is shown; {@link ControllerTls#NONE} for all other kinds
 */
public record ControllerSpec(
        String name,
        String mount,
        ControllerKind kind,
        ProcessSpec process,
        String image,
        List<String> command,
        int port,
        Map<String, String> endpoints,
        String versionPath,
        HealthCheck health,
        Map<String, String> environment,
        Resources resources,
        Replicas replicas,
        ControllerPlacement placement,
        Duration drain,
        CallTimeouts timeouts,
        List<IdempotentRoute> idempotent,
        ControllerProtocol protocol,
        ControllerTls tls) {
    /** Mounts that are Portolan's own: {@code /R/api/diagnostics}. */
    public static final Set<String> RESERVED_MOUNTS = Set.of("diagnostics");

    /** How long a version stays where a manifest says nothing. */
    public static final Duration DRAIN = Duration.ofMinutes(5);

    private static final Pattern NAME = Pattern.compile("[a-z0-9](?:[a-z0-9\\-]{0,38}[a-z0-9])?");
    private static final Pattern MOUNT =
            Pattern.compile("(?:[0-9A-Za-z][0-9A-Za-z._~\\-]{0,62})(?:/[0-9A-Za-z][0-9A-Za-z._~\\-]{0,62}){0,7}");
    private static final Pattern IMAGE = Pattern.compile("[^\\s@]{1,255}@sha256:[0-9a-f]{64}");

    public ControllerSpec {
        requireName(name);
        requireMount(mount);
        Objects.requireNonNull(kind, "kind");
        process = Objects.requireNonNullElse(process, ProcessSpec.NONE);
        image = Objects.requireNonNullElse(image, "");
        command = List.copyOf(Objects.requireNonNullElse(command, List.of()));
        endpoints = ordered(Objects.requireNonNullElse(endpoints, Map.of()));
        versionPath = Objects.requireNonNullElse(versionPath, "");
        health = Objects.requireNonNullElse(health, HealthCheck.STANDARD);
        environment = ordered(Objects.requireNonNullElse(environment, Map.of()));
        resources = Objects.requireNonNullElse(resources, Resources.UNLIMITED);
        replicas = Objects.requireNonNullElse(replicas, Replicas.ONE);
        placement = Objects.requireNonNullElse(placement, ControllerPlacement.ALL);
        drain = Objects.requireNonNullElse(drain, DRAIN);
        timeouts = Objects.requireNonNullElse(timeouts, CallTimeouts.STANDARD);
        idempotent = List.copyOf(Objects.requireNonNullElse(idempotent, List.of()));
        protocol = Objects.requireNonNullElse(protocol, ControllerProtocol.HTTP1);
        tls = Objects.requireNonNullElse(tls, ControllerTls.NONE);
        Times.requireBetween("drain", drain, Duration.ZERO, Duration.ofDays(7));
        if ((kind == ControllerKind.PROCESS) == process.equals(ProcessSpec.NONE)) {
            throw new IllegalArgumentException("controller " + name + ": kind " + kind + " and process do not agree");
        }
        if ((kind == ControllerKind.CONTAINER) == image.isEmpty()) {
            throw new IllegalArgumentException("controller " + name + ": kind " + kind + " and image do not agree");
        }
        if (!image.isEmpty()) {
            requireImage(image);
        }
        if ((kind == ControllerKind.EXTERNAL) == endpoints.isEmpty()) {
            throw new IllegalArgumentException("controller " + name + ": kind " + kind + " and endpoints do not agree");
        }
        if (!tls.equals(ControllerTls.NONE) && !endpoints.values().stream().allMatch(url -> url.startsWith("https:"))) {
            throw new IllegalArgumentException(
                    "controller " + name + ": tls is for endpoints of https (expected: https URLs only)");
        }
    }

    /** The same, spoken to in another way, trusting and showing other certificates. */
    public ControllerSpec with(ControllerProtocol otherProtocol, ControllerTls otherTls) {
        return new ControllerSpec(
                name,
                mount,
                kind,
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
                otherProtocol,
                otherTls);
    }

    /** One that is spoken to as every client does: in HTTP/1.1, without certificates of its own. */
    public ControllerSpec(
            String name,
            String mount,
            ControllerKind kind,
            ProcessSpec process,
            String image,
            List<String> command,
            int port,
            Map<String, String> endpoints,
            String versionPath,
            HealthCheck health,
            Map<String, String> environment,
            Resources resources,
            Replicas replicas,
            ControllerPlacement placement,
            Duration drain,
            CallTimeouts timeouts,
            List<IdempotentRoute> idempotent) {
        this(
                name,
                mount,
                kind,
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
                ControllerProtocol.HTTP1,
                ControllerTls.NONE);
    }

    /** Refuses what is no name of a controller. */
    public static void requireName(String name) {
        if (!NAME.matcher(Objects.requireNonNull(name, "name")).matches()) {
            throw new IllegalArgumentException(
                    "name: " + name + " (expected: lower-case letters, digits and inner hyphens, at most 40)");
        }
    }

    /** Refuses what is no mount, and those that are Portolan's own. */
    public static void requireMount(String mount) {
        Objects.requireNonNull(mount, "mount");
        if (!mount.isEmpty() && !MOUNT.matcher(mount).matches()) {
            throw new IllegalArgumentException(
                    "mount: " + mount
                            + " (expected: segments of letters, digits, . _ ~ and -, without slashes at the ends, or empty text)");
        }
        int slash = mount.indexOf('/');
        if (RESERVED_MOUNTS.contains(slash < 0 ? mount : mount.substring(0, slash))) {
            throw new IllegalArgumentException(
                    "mount: " + mount + " (expected: none of Portolan's own, which are " + RESERVED_MOUNTS + ")");
        }
    }

    /** Refuses an image that is not named by its digest. */
    public static void requireImage(String image) {
        if (!IMAGE.matcher(image).matches()) {
            throw new IllegalArgumentException(
                    "image: " + image + " (expected: repository@sha256:<64 hexadecimal digits>)");
        }
    }

    /** The external address in a region, if there is one. */
    public Optional<String> endpoint(String region) {
        return Optional.ofNullable(endpoints.getOrDefault(region, endpoints.get("*")));
    }

    /** Whether a path below {@code /R/api/}, without a leading slash, comes to this mount. */
    public boolean takes(String path) {
        return mount.isEmpty()
                || (path.startsWith(mount) && (path.length() == mount.length() || path.charAt(mount.length()) == '/'));
    }

    private static Map<String, String> ordered(Map<String, String> given) {
        return java.util.Collections.unmodifiableMap(new TreeMap<>(given));
    }
}
