package io.portolan.region;

import io.portolan.model.Digest;
import io.portolan.protocol.ObservationTable;
import io.portolan.protocol.OperatorOverride;
import io.portolan.sync.PeerPaths;
import java.util.Optional;

/** What a path asks for, by its shape alone; names are not looked up yet. Paths that have none of these shapes ask for nothing. */
sealed interface Target {
    /** What is before the route in the path of {@link Bases}. */
    String BASES = "/-/bases/";

    /** What is behind the route in the path of {@link Telemetry}. */
    String TELEMETRY = "/telemetry";

    /** {@code /healthz}. */
    record Health() implements Target {}

    /** {@code /readyz}. */
    record Ready() implements Target {}

    /** {@code /metrics}. */
    record Metrics() implements Target {}

    /** {@code /api/diagnostics}. */
    record NodeDiagnostics() implements Target {}

    /** {@code /-/worker.js}: the service worker of an origin. */
    record Worker() implements Target {}

    /** {@code /-/page.js}: what pages load when they have come up. */
    record PageScript() implements Target {}

    /** Something of Portolan's own that other nodes ask for; see {@link PeerAnswers}. */
    sealed interface ForPeers extends Target {}

    /** {@code /-/revision}: the revision in use, as it was signed. */
    record PeerRevision() implements ForPeers {}

    /** {@code /-/objects/HASH}: a part of a revision. */
    record PeerObject(Digest digest) implements ForPeers {}

    /** {@code /-/blobs/HASH}: content. */
    record PeerBlob(Digest digest) implements ForPeers {}

    /** {@code /-/override}: orders of operators, given by POST and listed by GET. */
    record Orders() implements Target {}

    /** Whether a request target is that of {@link Orders}. */
    static boolean isOverride(String target) {
        int question = target.indexOf('?');
        return (question < 0 ? target : target.substring(0, question)).equals(OperatorOverride.PATH);
    }

    /** Whether a request target is that of {@link Telemetry}. */
    static boolean isTelemetry(String target) {
        int question = target.indexOf('?');
        var path = question < 0 ? target : target.substring(0, question);
        return path.endsWith(TELEMETRY) && path.lastIndexOf('/', path.length() - TELEMETRY.length() - 1) == 0;
    }

    /** {@code /-/observations}: what this node sees of other regions. */
    record Observations() implements Target {}

    /** Something below a route. */
    sealed interface Below extends Target {
        /** First segment. */
        String route();
    }

    /** {@code /R} and {@code /R/A}; the alias is empty text for the region's own version. */
    record Page(String route, String alias) implements Below {}

    /** {@code /R/Content/V/}: the page of V. */
    record VersionPage(String route, String version) implements Below {}

    /** {@code /R/Content/V/PATH}, the path decoded. */
    record Asset(String route, String version, String path) implements Below {}

    /** {@code /R/-/manifest/V}. */
    record Manifest(String route, String version) implements Below {}

    /** {@code /-/bases/R}: where browsers go next, also under the host of R. */
    record Bases(String route) implements Below {}

    /** {@code /R/api/diagnostics}. */
    record Diagnostics(String route) implements Below {}

    /**
     * {@code /R/api/…} and {@code /R/@V/api/…}.
     *
     * @param version label, empty text for the region's own version
     * @param path    what follows {@code api}, percent-encoded, with its leading slash; empty text for nothing
     */
    record Controller(String route, String version, String path) implements Below {}

    /** {@code /R/telemetry}. */
    record Telemetry(String route) implements Below {}

    /** What was asked of an extension, by network. */
    record Demand(String route) implements Below {}

    /** {@code /R/-/controller-log?version=V&controller=C}: what replicas wrote last, for operators. */
    record ControllerLog(String route) implements Below {}

    /** A path below a route that nothing answers. */
    record Nothing(String route) implements Below {}

    /** Reads a percent-encoded path; empty when it has no shape of ours at all. */
    static Optional<Target> of(String path) {
        return switch (path) {
            case "/healthz" -> Optional.of(new Health());
            case "/readyz" -> Optional.of(new Ready());
            case "/metrics" -> Optional.of(new Metrics());
            case "/api/diagnostics" -> Optional.of(new NodeDiagnostics());
            case WorkerScript.PATH -> Optional.of(new Worker());
            case ScriptAnswer.PAGE -> Optional.of(new PageScript());
            default ->
                path.startsWith("/CDN/")
                        ? cdn(path.substring("/CDN".length()))
                        : path.startsWith("/-/") ? own(path) : below(path);
        };
    }

    /** What is a node's own; what has no shape of ours falls to a route that no extension can have. */
    private static Optional<Target> own(String path) {
        if (path.equals(PeerPaths.REVISION)) {
            return Optional.of(new PeerRevision());
        }
        if (path.equals(OperatorOverride.PATH)) {
            return Optional.of(new Orders());
        }
        if (path.equals(ObservationTable.PATH)) {
            return Optional.of(new Observations());
        }
        if (path.startsWith(BASES) && path.indexOf('/', BASES.length()) < 0) {
            return Optional.of(new Bases(path.substring(BASES.length())));
        }
        var hash = path.substring(path.lastIndexOf('/') + 1);
        if (Digest.isValid(hash) && path.equals(PeerPaths.OBJECTS + hash)) {
            return Optional.of(new PeerObject(new Digest(hash)));
        }
        return Digest.isValid(hash) && path.equals(PeerPaths.BLOBS + hash)
                ? Optional.of(new PeerBlob(new Digest(hash)))
                : below(path);
    }

    /** What a CDN pulls: assets only. */
    private static Optional<Target> cdn(String path) {
        return below(path).filter(Asset.class::isInstance);
    }

    private static Optional<Target> below(String path) {
        if (!path.startsWith("/")) {
            return Optional.empty();
        }
        int slash = path.indexOf('/', 1);
        var route = slash < 0 ? path.substring(1) : path.substring(1, slash);
        // A route is a DNS label: there is nothing in it to decode.
        if (route.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(rest(route, slash < 0 ? "" : path.substring(slash + 1)));
    }

    private static Target rest(String route, String rest) {
        if (rest.isEmpty()) {
            return new Page(route, "");
        }
        if (rest.startsWith("Content/")) {
            return content(route, rest.substring("Content/".length()));
        }
        if (rest.startsWith("-/manifest/")) {
            return new Manifest(route, rest.substring("-/manifest/".length()));
        }
        if (rest.equals("-/demand")) {
            return new Demand(route);
        }
        if (rest.equals("-/controller-log")) {
            return new ControllerLog(route);
        }
        if (rest.equals("api/diagnostics")) {
            return new Diagnostics(route);
        }
        int slash = rest.indexOf('/');
        var first = slash < 0 ? rest : rest.substring(0, slash);
        var second = slash < 0 ? "" : rest.substring(slash + 1);
        if (first.equals("api")) {
            return new Controller(route, "", rest.substring("api".length()));
        }
        if (first.startsWith("@") && (second.equals("api") || second.startsWith("api/"))) {
            return new Controller(route, first.substring(1), second.substring("api".length()));
        }
        if (rest.equals("telemetry")) {
            return new Telemetry(route);
        }
        boolean reserved = first.equals("Content") || first.startsWith("@") || first.startsWith("-");
        if (reserved || !second.isEmpty()) {
            return new Nothing(route);
        }
        return Percent.decode(first)
                .<Target>map(alias -> new Page(route, alias))
                .orElse(new Nothing(route));
    }

    private static Target content(String route, String rest) {
        int slash = rest.indexOf('/');
        if (slash < 0) {
            return new Nothing(route);
        }
        var version = rest.substring(0, slash);
        var path = rest.substring(slash + 1);
        if (path.isEmpty()) {
            return new VersionPage(route, version);
        }
        return Percent.decodePath(path)
                .<Target>map(decoded -> new Asset(route, version, decoded))
                .orElse(new Nothing(route));
    }
}
