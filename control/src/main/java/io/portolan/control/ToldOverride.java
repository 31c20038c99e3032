package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.RegionName;
import io.portolan.protocol.Json;
import io.portolan.protocol.OperatorOverride;
import io.portolan.protocol.OperatorOverride.Action;
import io.portolan.protocol.OverrideReport;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What nodes and directors of one environment tell of one override. None of them is believed: only what a listed key signed counts.
 *
 * @param reports one of each that tells of it, as it tells it
 * @param nodes   that tell of it
 * @param regions of those
 */
record ToldOverride(
        EnvironmentName environment,
        String id,
        List<OverrideReport> reports,
        Set<String> nodes,
        Set<RegionName> regions) {
    /**
     * An order that a listed key signed.
     *
     * @param version that most of those who tell of it serve by it
     */
    record Believed(OperatorOverride order, String keyId, String version) {}

    /** All that is told of now, by key of the override's record. */
    static Map<String, ToldOverride> all(FleetObserver observer) {
        var told = new TreeMap<String, ToldOverride>();
        for (var status : observer.overridden()) {
            for (var report : status.overrides()) {
                add(told, status.environment(), status.id(), status.region(), report);
            }
        }
        return told;
    }

    /** The same with what was told of before and nobody has acted on. */
    static Map<String, ToldOverride> all(FleetObserver observer, List<Table.Row<OverrideTellings.Telling>> before) {
        var told = all(observer);
        for (var row : before) {
            var telling = row.value();
            add(told, telling.environment(), telling.node(), telling.region(), telling.report());
        }
        return told;
    }

    private static void add(
            Map<String, ToldOverride> told,
            EnvironmentName environment,
            String node,
            RegionName region,
            OverrideReport report) {
        var override = told.computeIfAbsent(
                environment + "/" + report.id(),
                fresh -> new ToldOverride(
                        environment, report.id(), new ArrayList<>(), new TreeSet<>(), new TreeSet<>()));
        if (override.nodes().add(node)) {
            override.reports().add(report);
            override.regions().add(region);
        }
    }

    /** Key of its record. */
    String key() {
        return environment + "/" + id;
    }

    /** Whatever else a node may tell under the same id, what a listed key signed counts. */
    Optional<Believed> believed(Map<String, PublicKey> keys) {
        var signed = new ArrayList<Believed>();
        for (var report : reports) {
            verified(report, keys)
                    .ifPresent(order -> signed.add(new Believed(order, report.keyId(), report.version())));
        }
        return signed.stream()
                .max(Comparator.comparingLong((Believed one) -> signed.stream()
                                .filter(other -> other.version().equals(one.version()))
                                .count())
                        .thenComparing(Believed::version));
    }

    private Optional<OperatorOverride> verified(OverrideReport report, Map<String, PublicKey> keys) {
        try {
            return report.envelope()
                    .verify(OperatorOverride.TYPE, keys)
                    .map(payload -> Json.read(payload, OperatorOverride.class))
                    .filter(order -> order.id().equals(id)
                            && order.environment().equals(environment)
                            && order.action() == report.action()
                            && order.action() != Action.LIFT);
        } catch (IllegalArgumentException malformed) {
            return Optional.empty();
        }
    }
}
