package io.portolan.region;

import io.portolan.model.document.ExtensionDocument.Pointer;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Maps a request and the state in use to an answer, or to the content that it needs first. Thread-safe, fast, without I/O: what
 * the node tells about itself comes from {@link NodeReports}, content from {@link Contents}.
 */
final class Responder {
    private static final String JSON = "application/json";
    /** Before the first revision no zone is known, and any name may be ours. */
    private static final HostRule NO_ZONE = new HostRule("invalid", false, java.util.Set.of());

    private static final int SESSION_BYTES = 16;

    private final NodeReports reports;
    private final Supplier<String> draw;

    Responder(NodeReports reports) {
        this(reports, randomSessions());
    }

    /** With a source of session keys, each of which no other session has. */
    Responder(NodeReports reports, Supplier<String> draw) {
        this.reports = reports;
        this.draw = draw;
    }

    private static Supplier<String> randomSessions() {
        var random = new SecureRandom();
        return () -> {
            var bytes = new byte[SESSION_BYTES];
            random.nextBytes(bytes);
            return HexFormat.of().formatHex(bytes);
        };
    }

    /** Answers; {@code state} is null before the first revision. */
    Outcome respond(Request request, @Nullable ServingState state, Contents contents) {
        var rule = state == null ? NO_ZONE : state.hostRule();
        return switch (rule.scope(request.host())) {
            case HostRule.Scope.Malformed malformed ->
                Failures.badRequest(
                        request, "host: " + malformed.host() + " (expected: one host name, with or without a port)");
            case HostRule.Scope.Elsewhere elsewhere ->
                state == null ? noRevision(request) : Failures.misdirected(request, elsewhere.host());
            case HostRule.Scope.AllRoutes all -> target(request, state, contents, "");
            case HostRule.Scope.OneRoute one -> target(request, state, contents, one.route());
        };
    }

    private Outcome target(Request request, @Nullable ServingState state, Contents contents, String onlyRoute) {
        var target = Target.of(request.path());
        boolean read = request.method().equals("GET") || request.isHead();
        boolean ours = target.isPresent()
                && (target.get() instanceof Target.Controller
                        || target.get() instanceof Target.Telemetry
                        || target.get() instanceof Target.Orders);
        if (request.method().equals("OPTIONS") && !ours) {
            return options();
        }
        if (target.isEmpty()) {
            return read
                    ? Failures.notFound(request, "path " + request.path() + " is served by nothing here")
                    : Failures.methodNotAllowed(request);
        }
        if (!read && !ours) {
            return Failures.methodNotAllowed(request);
        }
        // Every origin has its worker, and pages what they load later.
        if (!onlyRoute.isEmpty()
                && !(target.get() instanceof Target.Worker)
                && !(target.get() instanceof Target.PageScript)
                && !(target.get() instanceof Target.Below below && below.route().equals(onlyRoute))) {
            return Failures.notFound(
                    request, "path " + request.path() + " is not served under the host of " + onlyRoute);
        }
        return switch (target.get()) {
            case Target.Below below -> below(request, state, contents, below);
            case Target.Health health -> text(200, "alive\n");
            case Target.Ready ready ->
                reports.isReady() ? text(200, "ready\n") : Failures.unavailable(request, reports.whyNotReady());
            case Target.Metrics metrics ->
                request.operator()
                        ? plain(200, "text/plain; version=0.0.4; charset=utf-8", Response.text(reports.metrics()))
                        : notOperator(request);
            case Target.NodeDiagnostics all -> diagnostics(request, "");
            case Target.Worker worker ->
                state == null ? noRevision(request) : state.worker().answer(request);
            case Target.PageScript script -> ScriptAnswer.page(request);
            case Target.ForPeers held -> reports.forPeer(request, held);
            case Target.Orders order -> reports.override(request);
            case Target.Observations seen -> plain(200, JSON, new Response.Body.Bytes(reports.observations()));
        };
    }

    private Outcome below(Request request, @Nullable ServingState state, Contents contents, Target.Below target) {
        if (state == null) {
            return noRevision(request);
        }
        var extension = state.routes().get(target.route());
        if (extension == null) {
            return passed(
                    Elsewhere.ofUnknown(request, state, target),
                    Failures.notFound(request, "route " + target.route() + " is not known here"));
        }
        return switch (target) {
            case Target.Page page ->
                page.alias().isEmpty()
                        ? ownPage(request, state, extension, contents)
                        : aliasPage(request, state, extension, page.alias(), contents);
            case Target.VersionPage page -> {
                var version = extension.versions().get(page.version());
                yield version == null
                        ? unknownVersion(request, extension, page.version())
                        : shown(request, state, extension, PageAnswers.Shown.named(version, ""), contents);
            }
            case Target.Asset asset -> content(request, extension, asset.version(), asset.path(), contents);
            case Target.Manifest manifest -> content(request, extension, manifest.version(), "", contents);
            case Target.Bases bases -> bases(request, state, extension);
            case Target.Diagnostics one -> diagnostics(request, one.route());
            case Target.Demand demand ->
                request.operator() ? reports.demand(extension.document().name(), demand.route()) : notOperator(request);
            case Target.ControllerLog log ->
                request.operator()
                        ? reports.controllerLog(request, extension.document().name())
                        : notOperator(request);
            case Target.Controller controller ->
                Failures.notFound(request, extension.document().name() + " has no controllers in this region");
            case Target.Telemetry telemetry -> reports.telemetry(request, state, extension);
            case Target.Nothing nothing ->
                Failures.notFound(request, "path " + request.path() + " is served by nothing here");
        };
    }

    /** For scripts of any origin: a shell asks for the bases of an extension that it is about to load. */
    private Outcome bases(Request request, ServingState state, ServedExtension extension) {
        return new Response(
                200,
                Map.of(
                        "Content-Type",
                        JSON,
                        "Cache-Control",
                        "no-store",
                        "Access-Control-Allow-Origin",
                        "*",
                        "X-Content-Type-Options",
                        "nosniff"),
                new Response.Body.Bytes(reports.bases(state, extension, request.parameter("alias"))));
    }

    private Outcome ownPage(Request request, ServingState state, ServedExtension extension, Contents contents) {
        var pin = request.parameter("pin");
        var pinned = extension.versions().get(pin);
        if (pinned != null && !pinned.isRevoked()) {
            return shown(request, state, extension, new PageAnswers.Shown(pinned, "", "kept", ""), contents);
        }
        var name = extension.document().name();
        return switch (extension.byDefault()) {
            case ServedExtension.Default.Serves serves ->
                shown(
                        request,
                        state,
                        extension,
                        serves.override().isEmpty()
                                ? ramped(request, state, extension, serves, pin.isEmpty() ? "" : "expired")
                                : PageAnswers.Shown.overridden(serves, pin.isEmpty() ? "" : "expired"),
                        contents);
            case ServedExtension.Default.Waits waits ->
                passed(
                        Elsewhere.of(request, state, name, waits.version()),
                        Failures.unavailable(
                                request, name + " " + waits.version() + " is not fully held by this region yet"));
            case ServedExtension.Default.Revoked revoked ->
                Failures.gone(request, name + " " + revoked.version() + " was revoked");
            case ServedExtension.Default.None none ->
                Failures.notFound(request, name + " has no version in region " + state.region());
        };
    }

    private static Outcome passed(Optional<Elsewhere> wanted, Response otherwise) {
        return wanted.<Outcome>map(elsewhere -> new Outcome.Passed(elsewhere, otherwise))
                .orElse(otherwise);
    }

    /**
     * The version of this region, or while it ramps the one before, for the sessions that are not among the share yet. A request
     * that has to wait for content is asked again and may draw again: nothing was answered yet, and both versions are there soon.
     */
    private PageAnswers.Shown ramped(
            Request request,
            ServingState state,
            ServedExtension extension,
            ServedExtension.Default.Serves serves,
            String pin) {
        var version = serves.version();
        var pointer = extension.document().pointer(state.region());
        var previous = pointer.filter(
                        ramp -> ramp.rampPercent() < 100 && ramp.version().equals(version.label()))
                .flatMap(Pointer::previousVersion)
                .flatMap(extension::version)
                .filter(before -> before.isComplete()
                        && !before.isRevoked()
                        && !before.document().withdrawn());
        if (pointer.isEmpty() || previous.isEmpty()) {
            return new PageAnswers.Shown(version, serves.stage(), pin, "");
        }
        var session = SessionKey.of(request, draw);
        boolean included = Ramp.includes(
                version.extension(),
                version.label(),
                session.value(),
                pointer.get().rampPercent());
        return new PageAnswers.Shown(
                included ? version : previous.get(), serves.stage(), pin, session.drawn() ? session.cookie() : "");
    }

    private static Outcome aliasPage(
            Request request, ServingState state, ServedExtension extension, String alias, Contents contents) {
        var choice = extension.alias(alias);
        // Never a silent fall to what users see: whoever names a version means that one.
        return choice.isEmpty()
                ? Failures.notFound(
                        request, extension.document().name() + " has no version, stage or friendly name " + alias)
                : shown(
                        request,
                        state,
                        extension,
                        PageAnswers.Shown.named(
                                choice.get().version(), choice.get().stage()),
                        contents);
    }

    private static Outcome shown(
            Request request,
            ServingState state,
            ServedExtension extension,
            PageAnswers.Shown shown,
            Contents contents) {
        // A share of the sessions is no property of a target.
        boolean ramps = extension
                .document()
                .pointer(state.region())
                .filter(pointer -> pointer.rampPercent() < 100)
                .isPresent();
        return about(
                extension,
                shown.version(),
                ramps ? Response.Reuse.NEVER : Response.Reuse.SAME_STATE,
                shown.version().isRevoked()
                        ? revoked(request, shown.version())
                        : PageAnswers.page(request, state, extension, shown, contents));
    }

    /** An asset, or the manifest when the path is empty. */
    private static Outcome content(
            Request request, ServedExtension extension, String label, String path, Contents contents) {
        var version = extension.versions().get(label);
        if (version == null) {
            return unknownVersion(request, extension, label);
        }
        if (version.isRevoked()) {
            return revoked(request, version);
        }
        var manifest =
                version.manifest().or(() -> contents.manifest(version.document().manifest()));
        if (manifest.isEmpty()) {
            return PageAnswers.manifestNeed(version);
        }
        return about(
                extension,
                version,
                Response.Reuse.SAME_VERSION,
                path.isEmpty()
                        ? AssetAnswers.manifest(request, version, manifest.get())
                        : AssetAnswers.asset(request, version, manifest.get(), path, contents));
    }

    private static Outcome about(
            ServedExtension extension, ServedVersion version, Response.Reuse reuse, Outcome outcome) {
        return outcome instanceof Response response
                ? response.about(extension.document().route().value(), version, reuse)
                : outcome;
    }

    private Outcome diagnostics(Request request, String route) {
        return request.operator()
                ? plain(
                        200,
                        "application/json",
                        new Response.Body.Bytes(diagnostics(request.parameter("compat"), route)))
                : notOperator(request);
    }

    private byte[] diagnostics(String form, String route) {
        return form.equals("ehs") ? reports.compatibleDiagnostics(route) : reports.diagnostics(route);
    }

    private static Response notOperator(Request request) {
        return Failures.forbidden(
                request,
                request.path() + " is answered to this machine, the networks of operators and whoever has their token");
    }

    private static Response noRevision(Request request) {
        return Failures.unavailable(request, "this node has applied no revision yet");
    }

    private static Response revoked(Request request, ServedVersion version) {
        return Failures.gone(request, version.extension() + " " + version.label() + " was revoked");
    }

    private static Response unknownVersion(Request request, ServedExtension extension, String label) {
        return Failures.notFound(
                request, extension.document().name() + " has no version " + label + " that is held or retained");
    }

    private static Response options() {
        var headers = new LinkedHashMap<String, String>();
        headers.put("Allow", "GET, HEAD, OPTIONS");
        headers.put("Access-Control-Allow-Origin", "*");
        headers.put("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS");
        headers.put("Access-Control-Allow-Headers", "*");
        headers.put("Access-Control-Max-Age", "86400");
        return new Response(204, headers, Response.EMPTY);
    }

    private static Response text(int status, String text) {
        return plain(status, "text/plain; charset=utf-8", Response.text(text));
    }

    private static Response plain(int status, String type, Response.Body body) {
        return new Response(
                status,
                Map.of("Content-Type", type, "Cache-Control", "no-store", "X-Content-Type-Options", "nosniff"),
                body);
    }
}
