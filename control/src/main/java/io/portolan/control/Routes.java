package io.portolan.control;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** The table of what is offered under which path. Built at start, then immutable. */
final class Routes {
    private final List<Route> routes = new ArrayList<>();

    /** Answers a call. */
    @FunctionalInterface
    interface Handler {
        Answer answer(Call call);
    }

    /**
     * One entry.
     *
     * @param template path with {@code {names}}, each one segment
     */
    record Route(String method, String template, List<String> segments, Handler handler) {}

    /** A route that fits a request, with the values of its names. */
    record Match(Handler handler, Map<String, String> parameters) {}

    void add(String method, String template, Handler handler) {
        routes.add(new Route(method, template, segments(template), handler));
    }

    List<Route> all() {
        return List.copyOf(routes);
    }

    /** The route for a request; empty when none fits the path. */
    Optional<Match> find(String method, String path) {
        var wanted = segments(path);
        var methods = new TreeSet<String>();
        for (var route : routes) {
            var parameters = fit(route.segments(), wanted);
            if (parameters.isPresent()) {
                if (route.method().equals(method)) {
                    return Optional.of(new Match(route.handler(), parameters.get()));
                }
                methods.add(route.method());
            }
        }
        if (!methods.isEmpty()) {
            throw new ApiException(
                    ErrorCode.METHOD_NOT_ALLOWED,
                    method + " " + path + ": not offered (expected: " + String.join(", ", methods) + ")");
        }
        return Optional.empty();
    }

    private static Optional<Map<String, String>> fit(List<String> template, List<String> path) {
        if (template.size() != path.size()) {
            return Optional.empty();
        }
        var parameters = new HashMap<String, String>();
        for (int i = 0; i < template.size(); i++) {
            var segment = template.get(i);
            if (segment.startsWith("{")) {
                parameters.put(segment.substring(1, segment.length() - 1), path.get(i));
            } else if (!segment.equals(path.get(i))) {
                return Optional.empty();
            }
        }
        return Optional.of(parameters);
    }

    private static List<String> segments(String path) {
        return List.of(path.split("/", -1));
    }
}
