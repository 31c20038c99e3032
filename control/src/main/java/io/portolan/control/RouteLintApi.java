package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.document.Profile;
import io.portolan.planner.routing.ProfileRules;
import io.portolan.planner.routing.RouteLint;
import io.portolan.protocol.ProfileJson;
import io.portolan.protocol.rest.RouteLintBody;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Judges routing methods: the one that is set ({@code GET}), or one that somebody thinks of ({@code POST}). Thread-safe. */
final class RouteLintApi {
    /**
     * Worst time in which a director sees a region down, by the defaults of its settings: {@code probe-every} 10 s three times
     * ({@code probe-down}), the last of them at its {@code probe-timeout} of 1 s. The control plane does not know what is set there.
     */
    static final Duration REGION_DETECTION = Duration.ofSeconds(31);

    private static final String TEMPLATE = "/v1/extensions/{name}/environments/{environment}/profile/lint";

    private final StateStore store;

    RouteLintApi(StateStore store) {
        this.store = store;
    }

    void addTo(Routes routes) {
        routes.add("GET", TEMPLATE, call -> answer(call, false));
        routes.add("POST", TEMPLATE, call -> answer(call, true));
    }

    private Answer answer(Call call, boolean given) {
        var name = Call.identifier(ExtensionName::new, call.parameter("name"));
        var environmentName = Call.identifier(EnvironmentName::new, call.parameter("environment"));
        var sent = given ? call.json(JsonNode.class) : null;
        return Answer.json(200, store.read(reader -> {
            var extension = Lookup.extension(reader, name).value();
            var environment = Lookup.environment(reader, environmentName);
            var profile = sent == null ? stored(reader, environmentName, name) : read(sent, name);
            return body(name, environmentName, RouteLint.lint(profile, facts(reader, call, extension, environment)));
        }));
    }

    private static Profile stored(Reader reader, EnvironmentName environment, ExtensionName name) {
        return Table.PROFILES
                .get(reader, Table.key(environment, name))
                .map(row -> row.value().profile())
                .orElse(Profile.standard());
    }

    /** A profile that breaks a rule is not judged: setting it would be refused, which says more. */
    private static Profile read(JsonNode node, ExtensionName name) {
        var faults = new ArrayList<ProfileJson.Fault>();
        var profile = ProfileJson.readStrictly(node, faults);
        var broken = ProfileRules.violations(profile);
        if (!faults.isEmpty() || !broken.isEmpty()) {
            throw new ApiException(
                    ErrorCode.INVALID,
                    "judging a profile of " + name + ": "
                            + (faults.isEmpty()
                                    ? broken.getFirst().message()
                                    : faults.getFirst().message()));
        }
        return profile;
    }

    private static RouteLint.Facts facts(
            Reader reader, Call call, Records.Extension extension, ControlSettings.Environment environment) {
        var pairs = new HashMap<RegionName, Set<RegionName>>();
        environment.regions().forEach(region -> pairs.put(region.name(), Set.copyOf(region.pairs())));
        var running = Lookup.deployment(reader, environment.name(), extension.name())
                .value()
                .regions()
                .keySet();
        // Before its first rollout it is judged by where it is to be.
        var placed = running.isEmpty() ? Set.copyOf(Lookup.placed(extension, environment)) : running;
        return new RouteLint.Facts(Compiler.ANSWER_TTL, detection(call), placed, pairs, resolvers(call));
    }

    private static Duration detection(Call call) {
        var text = call.query().get("detection");
        try {
            var detection = text == null ? REGION_DETECTION : Duration.parse(text);
            if (!detection.isNegative() && detection.compareTo(Duration.ofHours(1)) <= 0) {
                return detection;
            }
        } catch (DateTimeParseException e) {
            throw new ApiException(ErrorCode.BAD_REQUEST, "detection: " + text + " (expected: such as PT31S)");
        }
        throw new ApiException(ErrorCode.BAD_REQUEST, "detection: " + text + " (expected: PT0S to PT1H)");
    }

    private static int resolvers(Call call) {
        var text = call.query().getOrDefault("resolvers", "0");
        if (!text.matches("[0-9]{1,9}")) {
            throw new ApiException(ErrorCode.BAD_REQUEST, "resolvers: " + text + " (expected: a number)");
        }
        return Integer.parseInt(text);
    }

    private static RouteLintBody body(ExtensionName name, EnvironmentName environment, RouteLint.Report report) {
        var budget = report.budget();
        return new RouteLintBody(
                name,
                environment,
                new RouteLintBody.Budget(
                        budget.detection(), budget.publication(), budget.ttl(), budget.clientCache(), budget.total()),
                budget.toString(),
                report.findings().stream()
                        .map(finding -> new RouteLintBody.Finding(
                                finding.code(), finding.severity().name(), finding.pointer(), finding.message()))
                        .toList());
    }
}
