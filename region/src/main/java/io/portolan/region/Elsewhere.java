package io.portolan.region;

import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.document.ExtensionDocument.Pointer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What to ask another node for, where this one was given a version and cannot serve it. Immutable; made by pure functions.
 *
 * <p>It is asked for by its label, whatever the other's region shows by default. What arrives proxied is never proxied on.
 *
 * @param extension whose places it takes among the requests that wait, empty text where no document tells the name
 * @param version   label that the answer must be of, empty text where no document tells which one was given
 * @param target    path and query to ask for
 * @param headers   what this node adds to the answer, as its region would have said it
 */
record Elsewhere(String extension, String version, String target, Map<String, String> headers) {
    Elsewhere {
        Objects.requireNonNull(target, "target");
        headers = Map.copyOf(headers);
    }

    /** For a request whose answer would have been made of a version. */
    static Optional<Elsewhere> of(Request request, ServingState state, ExtensionName name, VersionLabel version) {
        var extension = state.extension(name);
        var target = mayAsk(request) ? Target.of(request.path()) : Optional.<Target>empty();
        if (extension.isEmpty() || target.isEmpty()) {
            return Optional.empty();
        }
        return switch (target.get()) {
            case Target.Page page -> Optional.of(page(request, state, extension.get(), version, page.alias()));
            case Target.VersionPage page -> Optional.of(same(request, name, version));
            case Target.Asset asset -> Optional.of(same(request, name, version));
            case Target.Manifest manifest -> Optional.of(same(request, name, version));
            default -> Optional.empty();
        };
    }

    /**
     * For a route that no document in force has, while there are extensions whose only document was refused: one of them may be
     * meant, and nobody here can tell which version it was given.
     */
    static Optional<Elsewhere> ofUnknown(Request request, ServingState state, Target.Below target) {
        var revision = state.revision();
        boolean possible = mayAsk(request)
                && (target instanceof Target.Page
                        || target instanceof Target.VersionPage
                        || target instanceof Target.Asset
                        || target instanceof Target.Manifest)
                && !revision.extensions()
                        .keySet()
                        .containsAll(revision.quarantined().keySet());
        return possible ? Optional.of(new Elsewhere("", "", request.target(), Map.of())) : Optional.empty();
    }

    private static boolean mayAsk(Request request) {
        return request.header("via").isEmpty() && (request.method().equals("GET") || request.isHead());
    }

    private static Elsewhere same(Request request, ExtensionName name, VersionLabel version) {
        return new Elsewhere(name.value(), version.value(), request.target(), Map.of());
    }

    private static Elsewhere page(
            Request request, ServingState state, ServedExtension extension, VersionLabel version, String alias) {
        var document = extension.document();
        var headers = new LinkedHashMap<String, String>();
        var pin = request.parameter("pin");
        if (alias.isEmpty()) {
            document.pointer(state.region())
                    .filter(pointer -> !version.value().equals(pin) && isGiven(pointer, version))
                    .ifPresent(pointer -> headers.put("X-Portolan-Stage", pointer.stage()));
            if (!pin.isEmpty()) {
                headers.put("X-Portolan-Pin", version.value().equals(pin) ? "kept" : "expired");
            }
        } else if (document.stages().containsKey(alias)) {
            headers.put("X-Portolan-Stage", alias);
        }
        var path = "/" + document.route() + "/" + version;
        var query = request.query().isEmpty() ? "" : "?" + request.query();
        return new Elsewhere(document.name().value(), version.value(), path + query, headers);
    }

    private static boolean isGiven(Pointer pointer, VersionLabel version) {
        return pointer.version().equals(version)
                || pointer.previousVersion().filter(version::equals).isPresent();
    }
}
