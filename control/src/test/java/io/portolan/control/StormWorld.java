package io.portolan.control;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.Route;
import io.portolan.model.StageDefinition;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import io.portolan.model.controller.ControllerPlacement;
import io.portolan.planner.bringup.BringUpPlan;
import io.portolan.protocol.Json;
import io.portolan.storage.LogEntry;
import io.portolan.storage.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What a storm plays in: one environment, one extension with many versions, and regions whose nodes join one after another. */
final class StormWorld {
    static final EnvironmentName PROD = new EnvironmentName("prod");
    static final ExtensionName EXTENSION = new ExtensionName("Contoso_Orders");
    static final List<RegionName> REGIONS =
            List.of("westcentralus", "southcentralus", "westus", "westeurope", "southeastasia", "brazilsouth").stream()
                    .map(RegionName::new)
                    .toList();
    /** Regions that may be added: one of the last stage, and the only one of the first. */
    static final List<RegionName> COMING = List.of(new RegionName("norwayeast"), new RegionName("centraluseuap"));

    /** What these go through. */
    static final BringUpPlan BRING_UP = new BringUpPlan(
            Duration.ofSeconds(6),
            2,
            Duration.ofSeconds(3),
            List.of(10, 500, BringUpPlan.ALL),
            Duration.ofSeconds(3),
            Duration.ofSeconds(4),
            Duration.ofSeconds(3),
            Duration.ofSeconds(2),
            Duration.ofMinutes(2),
            false,
            List.of());

    static final int VERSIONS = 60;
    static final Duration MINIMUM_BAKE = Duration.ofSeconds(3);

    private StormWorld() {}

    /** Every region that there may be. */
    static List<RegionName> all() {
        return Stream.concat(REGIONS.stream(), COMING.stream()).toList();
    }

    static VersionLabel version(int number) {
        return new VersionLabel(number + ".0");
    }

    /** Two in three have one controller. */
    static boolean hasControllers(VersionLabel version) {
        return version.value().hashCode() % 3 != 0;
    }

    /** All that there is at the start, with every region's node in it. */
    static void whole(Writer tx, Instant now) {
        declare(tx, REGIONS, now);
        REGIONS.forEach(region -> join(tx, region, now));
    }

    static void declare(Writer tx, Collection<RegionName> regions, Instant now) {
        regions(tx, regions, now);
        var extension = new Records.Extension(Records.SCHEMA, EXTENSION, new Route("orders"), List.of(), Map.of(), now);
        Table.EXTENSIONS.put(tx, EXTENSION.value(), Writer.ABSENT, extension);
        log(tx, "portolan.extension.registered", EXTENSION.value(), extension, now);
        for (int i = 0; i < VERSIONS; i++) {
            var digest = Digest.of(version(i).value().getBytes(StandardCharsets.UTF_8));
            var version = new Records.Version(
                    Records.SCHEMA,
                    EXTENSION,
                    version(i),
                    digest,
                    digest,
                    1,
                    1,
                    now,
                    "ada",
                    VersionState.PUBLISHED,
                    List.of(),
                    i,
                    hasControllers(version(i))
                            ? List.of(new Records.Controller("api", 1, ControllerPlacement.ALL, "api", "/healthz"))
                            : List.of());
            Table.VERSIONS.put(tx, Table.key(EXTENSION, version(i)), Writer.ABSENT, version);
            log(tx, "portolan.version.published", EXTENSION.value(), version, now);
        }
    }

    /** The environment has these regions from now on, in the order of the catalogue. */
    static void regions(Writer tx, Collection<RegionName> present, Instant now) {
        var record = new Records.Environment(
                Records.SCHEMA,
                0,
                new ControlSettings.Environment(
                                PROD,
                                "prod.test",
                                List.of(),
                                StageDefinition.standard(),
                                MINIMUM_BAKE,
                                REGIONS.stream()
                                        .filter(present::contains)
                                        .map(StormWorld::region)
                                        .toList(),
                                List.of(),
                                List.of(),
                                List.of())
                        .withBringUp(BRING_UP));
        Table.ENVIRONMENTS.put(tx, PROD.value(), Writer.ANY, record);
        log(tx, "portolan.environment.declared", "environment/prod", record, now);
    }

    private static ControlSettings.Region region(RegionName region) {
        int i = REGIONS.indexOf(region);
        // westus and westeurope are a pair, southeastasia and brazilsouth another.
        var pair = i < 2 ? List.<RegionName>of() : List.of(REGIONS.get(i % 2 == 0 ? i + 1 : i - 1));
        return new ControlSettings.Region(
                region,
                region.value(),
                new GeoPoint(i, i),
                pair,
                List.of("127.0.1." + (i + 1)),
                List.of("http://127.0.1." + (i + 1) + ":7080"),
                100);
    }

    /** A region's node joins. */
    static void join(Writer tx, RegionName region, Instant now) {
        var id = "node-" + region;
        if (Table.NODES.get(tx, id).isEmpty()) {
            var node = new Records.Node(Records.SCHEMA, id, "region", PROD, region, "", "http://" + id, now);
            Table.NODES.put(tx, id, Writer.ABSENT, node);
            log(tx, "portolan.node.joined", "node/" + id, node, now);
        }
    }

    private static void log(Writer tx, String type, String subject, Object record, Instant now) {
        tx.append(new LogEntry(type, subject, "simulation", "control", "", Json.text(record), now));
    }
}
