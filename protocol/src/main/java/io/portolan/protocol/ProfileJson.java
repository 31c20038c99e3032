package io.portolan.protocol;

import io.portolan.model.RegionName;
import io.portolan.model.document.Endpoint;
import io.portolan.model.document.Monitor;
import io.portolan.model.document.Profile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Profiles as JSON: {@code {"method":"priority","endpoints":[{"region":"westus"},…]}}, only what differs from the defaults; the default
 * profile is the text {@code performance}, as in the documents before there were others. Stateless.
 */
public final class ProfileJson {
    /** Objects within one another that are read; rules allow less. */
    private static final int MAX_DEPTH = 32;

    private static final RegionName NO_REGION = new RegionName("unreadable");
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private ProfileJson() {}

    /**
     * Something that cannot be read.
     *
     * @param pointer JSON pointer
     * @param message with the value and what was expected
     */
    public record Fault(String pointer, String message) {}

    /**
     * Reads a profile that a person wrote; unknown fields are faults.
     *
     * @param faults takes every fault; the profile counts only where there is none
     */
    public static Profile readStrictly(JsonNode node, List<Fault> faults) {
        return new Reader(faults, true).profile(node, "", 1);
    }

    /**
     * Reads a profile of a document; unknown fields are ignored.
     *
     * @throws IllegalArgumentException with every fault
     */
    public static Profile read(JsonNode node) {
        var faults = new ArrayList<Fault>();
        var profile = new Reader(faults, false).profile(node, "", 1);
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException("profile: "
                    + String.join(
                            "; ",
                            faults.stream()
                                    .map(fault -> fault.pointer() + ": " + fault.message())
                                    .toList()));
        }
        return profile;
    }

    /** Writes a profile. */
    public static JsonNode write(Profile profile) {
        return profile.equals(Profile.standard()) ? NODES.stringNode(method(profile)) : object(profile);
    }

    /** The word for a profile's routing method. */
    public static String method(Profile profile) {
        return switch (profile) {
            case Profile.Performance performance -> "performance";
            case Profile.Priority priority -> "priority";
            case Profile.Weighted weighted -> "weighted";
            case Profile.Geographic geographic -> "geographic";
            case Profile.MultiValue many -> "multivalue";
            case Profile.Subnet subnet -> "subnet";
        };
    }

    private static ObjectNode object(Profile profile) {
        var node = NODES.objectNode();
        node.put("method", method(profile));
        if (profile instanceof Profile.Performance performance
                && performance.sameVersionWithinMillis() != Profile.Performance.SAME_VERSION_WITHIN_MILLIS) {
            node.put("sameVersionWithinMillis", performance.sameVersionWithinMillis());
        }
        if (profile instanceof Profile.MultiValue many && many.maxReturn() != Profile.MultiValue.MAX_RETURN) {
            node.put("maxReturn", many.maxReturn());
        }
        var settings = profile.settings();
        if (!settings.enabled()) {
            node.put("enabled", false);
        }
        if (settings.ttlSeconds() != Profile.Settings.TTL_OF_ENVIRONMENT) {
            node.put("ttlSeconds", settings.ttlSeconds());
        }
        if (settings.matchFamily()) {
            node.put("matchFamily", true);
        }
        if (!settings.monitor().equals(Monitor.STANDARD)) {
            node.set("monitor", monitor(settings.monitor()));
        }
        if (!profile.endpoints().isEmpty()) {
            var array = node.putArray("endpoints");
            profile.endpoints().forEach(endpoint -> array.add(endpoint(endpoint)));
        }
        return node;
    }

    private static ObjectNode endpoint(Endpoint endpoint) {
        var node = NODES.objectNode();
        var standing =
                switch (endpoint.target()) {
                    case Endpoint.InRegion in -> {
                        node.put("region", in.region().value());
                        yield in.region().value();
                    }
                    case Endpoint.Address at -> {
                        node.put("address", at.address());
                        yield at.address();
                    }
                    case Endpoint.Host host -> {
                        node.put("host", host.host());
                        yield host.host();
                    }
                    case Endpoint.Nested nested -> {
                        node.set("profile", object(nested.profile()));
                        if (nested.minChildEndpoints() != 1) {
                            node.put("minChildEndpoints", nested.minChildEndpoints());
                        }
                        yield "";
                    }
                };
        if (!endpoint.name().equals(standing)) {
            node.put("name", endpoint.name());
        }
        if (endpoint.mode() != Endpoint.Mode.ENABLED) {
            node.put("mode", endpoint.mode().name());
        }
        if (endpoint.weight() != 1) {
            node.put("weight", endpoint.weight());
        }
        if (endpoint.priority() != 0) {
            node.put("priority", endpoint.priority());
        }
        texts(node, "geo", endpoint.geo());
        texts(node, "subnets", endpoint.subnets());
        if (!endpoint.location().isEmpty()) {
            node.put("location", endpoint.location());
        }
        return node;
    }

    private static void texts(ObjectNode node, String field, List<String> texts) {
        if (!texts.isEmpty()) {
            var array = node.putArray(field);
            texts.forEach(array::add);
        }
    }

    private static ObjectNode monitor(Monitor monitor) {
        var node = NODES.objectNode();
        node.put("protocol", monitor.protocol().name());
        if (monitor.port() != 0) {
            node.put("port", monitor.port());
        }
        node.put("path", monitor.path());
        if (!monitor.host().isEmpty()) {
            node.put("host", monitor.host());
        }
        node.put("interval", monitor.interval().toString());
        node.put("timeout", monitor.timeout().toString());
        node.put("toleratedFailures", monitor.toleratedFailures());
        node.put("recoverySuccesses", monitor.recoverySuccesses());
        texts(
                node,
                "statuses",
                monitor.statuses().stream()
                        .map(range -> range.from() == range.to()
                                ? String.valueOf(range.from())
                                : range.from() + "-" + range.to())
                        .toList());
        if (!monitor.headers().isEmpty()) {
            var array = node.putArray("headers");
            monitor.headers()
                    .forEach(header ->
                            array.addObject().put("name", header.name()).put("value", header.value()));
        }
        return node;
    }

    /** One reading. */
    private record Reader(List<Fault> faults, boolean strict) {
        Profile profile(JsonNode node, String at, int depth) {
            if (depth > MAX_DEPTH) {
                faults.add(new Fault(at, "depth: " + depth + " (expected: at most " + MAX_DEPTH + ")"));
                return Profile.standard();
            }
            var fields = node.isString()
                    ? new JsonFields(NODES.objectNode().put("method", node.stringValue()), at, faults)
                    : new JsonFields(node, at, faults);
            var method = fields.text("method", "performance");
            var settings = new Profile.Settings(
                    fields.flag("enabled", true),
                    fields.number("ttlSeconds", Profile.Settings.TTL_OF_ENVIRONMENT),
                    fields.flag("matchFamily", false),
                    monitor(fields, at));
            var endpoints = endpoints(fields, at, depth);
            Profile profile =
                    switch (method) {
                        case "performance" ->
                            new Profile.Performance(
                                    settings,
                                    endpoints,
                                    fields.integer(
                                            "sameVersionWithinMillis", Profile.Performance.SAME_VERSION_WITHIN_MILLIS));
                        case "priority" -> new Profile.Priority(settings, endpoints);
                        case "weighted" -> new Profile.Weighted(settings, endpoints);
                        case "geographic" -> new Profile.Geographic(settings, endpoints);
                        case "multivalue" ->
                            new Profile.MultiValue(
                                    settings, endpoints, fields.integer("maxReturn", Profile.MultiValue.MAX_RETURN));
                        case "subnet" -> new Profile.Subnet(settings, endpoints);
                        default -> {
                            faults.add(new Fault(
                                    at + "/method",
                                    "method: " + method
                                            + " (expected: performance, priority, weighted, geographic, multivalue or"
                                            + " subnet)"));
                            yield Profile.standard();
                        }
                    };
            end(fields);
            return profile;
        }

        private void end(JsonFields fields) {
            if (strict) {
                fields.refuseOthers();
            }
        }

        private List<Endpoint> endpoints(JsonFields fields, String at, int depth) {
            var endpoints = new ArrayList<Endpoint>();
            int index = 0;
            for (var element : fields.elements("endpoints")) {
                endpoints.add(endpoint(element, at + "/endpoints/" + index++, depth));
            }
            return endpoints;
        }

        private Endpoint endpoint(JsonNode node, String at, int depth) {
            var fields = new JsonFields(node, at, faults);
            var targets = new ArrayList<Endpoint.Target>();
            String name = "";
            if (fields.has("region")) {
                targets.add(new Endpoint.InRegion(fields.parsed("region", RegionName::new, NO_REGION)));
                name = fields.text("region", "");
            }
            if (fields.has("address")) {
                name = fields.text("address", "");
                targets.add(new Endpoint.Address(name));
            }
            if (fields.has("host")) {
                name = fields.text("host", "");
                targets.add(new Endpoint.Host(name));
            }
            int minChildEndpoints = fields.integer("minChildEndpoints", 1);
            if (fields.has("profile")) {
                targets.add(new Endpoint.Nested(
                        profile(fields.node("profile"), at + "/profile", depth + 1), minChildEndpoints));
            }
            if (targets.size() != 1) {
                faults.add(new Fault(
                        at,
                        "endpoint: " + targets.size() + " targets (expected: one of region, address, host, profile)"));
            }
            var endpoint = new Endpoint(
                    fields.text("name", name),
                    targets.isEmpty() ? new Endpoint.InRegion(NO_REGION) : targets.getFirst(),
                    fields.one("mode", Endpoint.Mode.ENABLED, Endpoint.Mode.class),
                    fields.integer("weight", 1),
                    fields.integer("priority", 0),
                    fields.texts("geo"),
                    fields.texts("subnets"),
                    fields.text("location", ""));
            end(fields);
            return endpoint;
        }

        private Monitor monitor(JsonFields profile, String at) {
            if (!profile.has("monitor")) {
                return Monitor.STANDARD;
            }
            var node = profile.node("monitor");
            if (node.isString() && node.stringValue().equals("fast")) {
                return Monitor.FAST;
            }
            var fields = new JsonFields(node, at + "/monitor", faults);
            var standard = Monitor.STANDARD;
            var statuses = fields.has("statuses")
                    ? fields.elements("statuses").stream()
                            .map(element -> statuses(element, at + "/monitor/statuses"))
                            .flatMap(Optional::stream)
                            .toList()
                    : standard.statuses();
            var headers = new ArrayList<Monitor.Header>();
            int index = 0;
            for (var element : fields.elements("headers")) {
                var header = new JsonFields(element, at + "/monitor/headers/" + index++, faults);
                headers.add(new Monitor.Header(header.text("name", ""), header.text("value", "")));
                end(header);
            }
            var monitor = new Monitor(
                    fields.one("protocol", standard.protocol(), Monitor.Protocol.class),
                    fields.integer("port", standard.port()),
                    fields.text("path", standard.path()),
                    fields.text("host", standard.host()),
                    fields.duration("interval", standard.interval()),
                    fields.duration("timeout", standard.timeout()),
                    fields.integer("toleratedFailures", standard.toleratedFailures()),
                    fields.integer("recoverySuccesses", standard.recoverySuccesses()),
                    statuses,
                    headers);
            end(fields);
            return monitor;
        }

        private Optional<Monitor.Statuses> statuses(JsonNode node, String at) {
            var text = node.isString() ? node.stringValue() : node.toString();
            int dash = text.indexOf('-');
            try {
                int from = Integer.parseInt(dash < 0 ? text : text.substring(0, dash));
                return Optional.of(
                        new Monitor.Statuses(from, dash < 0 ? from : Integer.parseInt(text.substring(dash + 1))));
            } catch (NumberFormatException e) {
                faults.add(new Fault(at, "statuses: " + text + " (expected: a code such as 200 or a range 200-299)"));
                return Optional.empty();
            }
        }
    }
}
