package io.portolan.region;

import io.portolan.model.VersionLabel;
import io.portolan.model.document.ExtensionDocument.Pointer;
import io.portolan.runtime.ControllerDirectory;
import io.portolan.runtime.VersionUse;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds the controller that a request is for, by host, path and the state in use. Thread-safe, fast, without I/O.
 *
 * <p>Hosts: as for pages, {@code R.<zone>} reaches the controllers of R only, the node's own names all, any other is 421. A replica of
 * this region gets the client's {@code Host}, one that is known by a name gets that name.
 */
final class ControllerRoutes {
    private final Supplier<Optional<ServingState>> states;
    private final ControllerDirectory directory;
    private final VersionUse use;
    /** What the last host stood for: nearly all calls name the same few. */
    private volatile @Nullable Judged judged;

    private record Judged(HostRule rule, String host, HostRule.Scope scope) {}

    ControllerRoutes(Supplier<Optional<ServingState>> states, ControllerDirectory directory, VersionUse use) {
        this.states = states;
        this.directory = directory;
        this.use = use;
    }

    /** What a request is for. */
    sealed interface Found {
        /** Something else than a controller. */
        record NoCall() implements Found {}

        /** None that can be called. */
        record Refused(Response answer) implements Found {}

        /**
         * A controller.
         *
         * @param path   path on it, with its leading slash, without the query
         * @param prefix what was before that in the target
         * @param pinned path that means the same to any node, without the query
         */
        record Called(ControllerDirectory.Service service, String path, String prefix, String pinned)
                implements Found {}
    }

    private static final Found NO_CALL = new Found.NoCall();

    /** Looks at a request; most are for something else, and cost no more than a look at their path. */
    Found of(Request request) {
        if (!request.path().contains("/api")
                || !(Target.of(request.path()).orElse(null) instanceof Target.Controller target)) {
            return NO_CALL;
        }
        var state = states.get().orElse(null);
        if (state == null) {
            return refused(Failures.unavailable(request, "this node has applied no revision yet"));
        }
        return switch (scope(state.hostRule(), request.host())) {
            case HostRule.Scope.Malformed malformed ->
                refused(Failures.badRequest(
                        request, "host: " + malformed.host() + " (expected: one host name, with or without a port)"));
            case HostRule.Scope.Elsewhere elsewhere -> refused(Failures.misdirected(request, elsewhere.host()));
            case HostRule.Scope.OneRoute one ->
                one.route().equals(target.route())
                        ? called(request, state, target)
                        : refused(Failures.notFound(
                                request, "path " + request.path() + " is not served under the host of " + one.route()));
            case HostRule.Scope.AllRoutes all -> called(request, state, target);
        };
    }

    private HostRule.Scope scope(HostRule rule, String host) {
        var last = judged;
        if (last == null || last.rule() != rule || !last.host().equals(host)) {
            last = new Judged(rule, host, rule.scope(host));
            judged = last;
        }
        return last.scope();
    }

    private Found called(Request request, ServingState state, Target.Controller target) {
        if (!isPlain(target.path())) {
            return refused(Failures.badRequest(
                    request, "path: " + request.path() + " (expected: printable ASCII without dot segments)"));
        }
        var extension = state.routes().get(target.route());
        if (extension == null) {
            return refused(Failures.notFound(request, "route " + target.route() + " is not known here"));
        }
        return target.version().isEmpty()
                ? ofRegion(request, state, extension, target)
                : pinned(request, extension, target);
    }

    private Found pinned(Request request, ServedExtension extension, Target.Controller target) {
        var version = extension.versions().get(target.version());
        var name = extension.document().name();
        if (version == null) {
            return refused(Failures.versionGone(request, name + " " + target.version() + " is not here any more"));
        }
        return version.isRevoked()
                ? refused(Failures.gone(request, name + " " + version.label() + " was revoked"))
                : found(request, extension, version, target);
    }

    private Found ofRegion(Request request, ServingState state, ServedExtension extension, Target.Controller target) {
        var name = extension.document().name();
        return switch (extension.byDefault()) {
            case ServedExtension.Default.Serves serves ->
                found(request, extension, ramped(request, state, extension, serves.version()), target);
            case ServedExtension.Default.Waits waits ->
                refused(Failures.unavailable(
                        request, name + " " + waits.version() + " is not fully held by this region yet"));
            case ServedExtension.Default.Revoked revoked ->
                refused(Failures.gone(request, name + " " + revoked.version() + " was revoked"));
            case ServedExtension.Default.None none ->
                refused(Failures.notFound(request, name + " has no version in region " + state.region()));
        };
    }

    /** While a region ramps, a session's version; a caller that names no session stays with the version before. */
    private static ServedVersion ramped(
            Request request, ServingState state, ServedExtension extension, ServedVersion given) {
        var pointer = extension
                .document()
                .pointer(state.region())
                .filter(ramp -> ramp.rampPercent() < 100 && ramp.version().equals(given.label()));
        var previous = pointer.flatMap(Pointer::previousVersion)
                .flatMap(extension::version)
                .filter(before -> !before.isRevoked() && !before.document().withdrawn());
        if (pointer.isEmpty() || previous.isEmpty()) {
            return given;
        }
        var session = SessionKey.of(request, () -> "");
        boolean included = !session.drawn()
                && Ramp.includes(
                        given.extension(),
                        given.label(),
                        session.value(),
                        pointer.get().rampPercent());
        return included ? given : previous.get();
    }

    private Found found(Request request, ServedExtension extension, ServedVersion version, Target.Controller target) {
        var name = version.extension();
        use.used(name, version.label());
        var path = target.path().isEmpty() ? "" : target.path().substring(1);
        var services = directory.of(name, version.label());
        for (var service : services) {
            if (service.spec().takes(path)) {
                return called(request, extension, version.label(), service, path);
            }
        }
        boolean declared = version.manifest()
                .filter(manifest -> !manifest.controllers().isEmpty())
                .isPresent();
        if (services.isEmpty() && declared) {
            return refused(Failures.unavailable(
                    request, "controllers of " + name + " " + version.label() + " do not run here yet"));
        }
        return refused(Failures.noController(
                request,
                services.isEmpty()
                        ? name + " " + version.label() + " has no controllers"
                        : name + " " + version.label() + " has no controller for /" + path));
    }

    private static Found called(
            Request request,
            ServedExtension extension,
            VersionLabel version,
            ControllerDirectory.Service service,
            String path) {
        var rest = path.substring(service.spec().mount().length());
        // Behind a mount is nothing or a slash; where there is no mount, the slash was taken away before.
        var own = rest.startsWith("/") ? rest : "/" + rest;
        var prefix = request.path().substring(0, request.path().length() - rest.length());
        var pinned = "/" + extension.document().route() + "/@" + version + "/api/" + path;
        return new Found.Called(service, own, trimmed(prefix), pinned);
    }

    private static String trimmed(String prefix) {
        return prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix;
    }

    /** No segment that some server resolves, and no byte that some server takes for another. */
    private static boolean isPlain(String path) {
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c <= ' ' || c >= 0x7F || c == '\\' || c == '#') {
                return false;
            }
        }
        for (int start = 0; start < path.length(); ) {
            int end = path.indexOf('/', start + 1);
            int stop = end < 0 ? path.length() : end;
            if (isDots(path, start + 1, stop)) {
                return false;
            }
            start = stop;
        }
        return true;
    }

    private static boolean isDots(String path, int from, int to) {
        if (to - from < 1 || to - from > 6) {
            return false;
        }
        var segment = path.substring(from, to).replace("%2e", ".").replace("%2E", ".");
        return segment.equals(".") || segment.equals("..");
    }

    private static Found refused(Response answer) {
        return new Found.Refused(answer);
    }
}
