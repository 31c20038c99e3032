package io.portolan.control;

import io.portolan.model.RegionName;
import io.portolan.planner.bringup.BringUpPlan;
import io.portolan.planner.bringup.BringUpPlanner;
import io.portolan.planner.bringup.Check;
import io.portolan.storage.Reader;
import java.net.URI;
import java.time.Duration;
import java.time.zone.ZoneRulesProvider;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;

/** What a node says of itself when it asks to join a region, and whether that is good enough. Stateless. */
final class Preflight {
    private Preflight() {}

    /** What a node's own facts show before it may join. */
    static List<Check> facts(
            Reader reader, ControlSettings.Environment environment, Records.BringingUp row, Records.Ask ask) {
        var checks = new ArrayList<Check>();
        checks.add(clock(environment.bringUp(), ask));
        var rules = ZoneRulesProvider.getVersions("UTC").lastKey();
        checks.add(
                rules.equals(ask.facts().timeZoneData())
                        ? Check.pass("time zones", rules)
                        : Check.fail(
                                "time zones", ask.facts().timeZoneData() + " (the control plane has " + rules + ")"));
        checks.add(disk(reader, environment, row.way().region(), ask));
        checks.add(address(reader, row, ask));
        return checks;
    }

    private static Check clock(BringUpPlan plan, Records.Ask ask) {
        var off = Duration.between(ask.receivedAt(), ask.facts().at());
        var text = String.format(Locale.ROOT, "%.1f s off", off.abs().toMillis() / 1000.0);
        return off.abs().compareTo(plan.clockSkew()) <= 0
                ? Check.pass("clock", text)
                : Check.fail("clock", text + " (at most " + plan.clockSkew().toSeconds() + " s)");
    }

    private static Check disk(
            Reader reader, ControlSettings.Environment environment, RegionName region, Records.Ask ask) {
        long needed = bytes(reader, environment, region);
        long free = ask.facts().diskFreeBytes();
        if (free < 0) {
            return Check.skipped("disk", "it does not tell how much is free");
        }
        var text = BringUpPlanner.size(free) + " free, " + BringUpPlanner.size(needed) + " to fetch";
        return free >= needed ? Check.pass("disk", text) : Check.fail("disk", text);
    }

    /** Size of all that a region is to hold. */
    static long bytes(Reader reader, ControlSettings.Environment environment, RegionName region) {
        long bytes = 0;
        for (var extension : RegionInventory.placed(reader, environment, region)) {
            var deployment = Lookup.deployment(reader, environment.name(), extension.name())
                    .value();
            var held = new HashSet<>(deployment.ofStages());
            deployment.names().values().forEach(name -> held.add(name.version()));
            held.addAll(deployment.slots().values());
            held.addAll(deployment.choosable());
            for (var version : held) {
                bytes += Table.VERSIONS
                        .get(reader, Table.key(extension.name(), version))
                        .map(found -> found.value().sizeBytes())
                        .orElse(0L);
            }
        }
        return bytes;
    }

    private static Check address(Reader reader, Records.BringingUp row, Records.Ask ask) {
        var host = host(ask.url());
        if (host.isEmpty()) {
            return Check.fail("addresses", ask.url() + " (expected: http://HOST:PORT)");
        }
        var taken = Table.NODES.list(reader, "").stream()
                .map(Table.Row::value)
                .filter(node ->
                        node.url().equals(ask.url()) && !node.publicKey().equals(ask.publicKey()))
                .findFirst();
        if (taken.isPresent()) {
            return Check.fail(
                    "addresses", ask.url() + " is that of " + taken.get().id());
        }
        // Addresses that were declared and that no node has taken: the next one is to be of these.
        var free = new ArrayList<>(row.facts().probeUrls());
        Sights.nodes(reader, row.way().environment(), row.way().region()).forEach(node -> free.remove(node.url()));
        return free.isEmpty()
                        || free.contains(ask.url())
                        || row.facts().probeUrls().contains(ask.url())
                ? Check.pass("addresses", ask.url())
                : Check.fail("addresses", ask.url() + " is none of the declared " + free);
    }

    /** Host of a node's URL, empty text if it has none. */
    static String host(String url) {
        try {
            var host = URI.create(url).getHost();
            return host == null ? "" : host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        } catch (IllegalArgumentException e) {
            return "";
        }
    }
}
