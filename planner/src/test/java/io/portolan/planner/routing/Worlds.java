package io.portolan.planner.routing;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.Route;
import io.portolan.model.StageDefinition;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import io.portolan.model.document.EnvironmentDocument;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.Profile;
import io.portolan.model.document.RegionDocument;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Small worlds for tests: regions {@code a, b, c, …}, each 10 ms farther than the one before. */
final class Worlds {
    static final VersionLabel V1 = new VersionLabel("1.0.0");

    private Worlds() {}

    static RegionName region(String name) {
        return new RegionName(name);
    }

    static List<RegionName> regions(String names) {
        return names.isBlank()
                ? List.of()
                : Arrays.stream(names.strip().split(" +")).map(RegionName::new).toList();
    }

    /** Regions with these names; address {@code 10.0.0.n} and, where the name ends in 6, {@code 2001:db8::n} instead. */
    static RegionTable table(String names) {
        var documents = new ArrayList<RegionDocument>();
        var all = regions(names);
        for (int i = 0; i < all.size(); i++) {
            documents.add(document(
                    all.get(i),
                    all.get(i).value().endsWith("6") ? "2001:db8::" + (i + 1) : "10.0.0." + (i + 1),
                    RegionState.LIVE));
        }
        return RegionTable.of(environment(all), documents);
    }

    static RegionDocument document(RegionName name, String address, RegionState state) {
        return new RegionDocument(
                RegionDocument.SCHEMA,
                name,
                new EnvironmentName("prod"),
                name.value(),
                new GeoPoint(0, 0),
                List.of(),
                address.isEmpty() ? List.of() : List.of(address),
                List.of(),
                state,
                1,
                "");
    }

    static EnvironmentDocument environment(List<RegionName> order) {
        return new EnvironmentDocument(
                EnvironmentDocument.SCHEMA,
                new EnvironmentName("prod"),
                "ext.portolan.test",
                List.of("portal.portolan.test"),
                StageDefinition.standard(),
                order,
                Duration.ZERO,
                List.of(),
                List.of("ns1.ext.portolan.test"),
                Duration.ofSeconds(30),
                Duration.ofSeconds(30),
                false);
    }

    /** Served at these regions, all with one version. */
    static ExtensionDocument extension(String served) {
        var versions = new TreeMap<String, String>();
        regions(served).forEach(region -> versions.put(region.value(), "1.0.0"));
        return extension(versions, Set.of());
    }

    /** @param versions by region */
    static ExtensionDocument extension(Map<String, String> versions, Set<String> withdrawn) {
        var pointers = new HashMap<RegionName, ExtensionDocument.Pointer>();
        var held = new HashMap<VersionLabel, ExtensionDocument.HeldVersion>();
        var digest = Digest.of(new byte[0]);
        versions.forEach((region, version) -> {
            pointers.put(
                    region(region), new ExtensionDocument.Pointer(new VersionLabel(version), "stage5", "", 100, 1));
            held.put(
                    new VersionLabel(version),
                    new ExtensionDocument.HeldVersion(
                            digest,
                            digest,
                            VersionState.PUBLISHED,
                            withdrawn.contains(version),
                            true,
                            List.of("region")));
        });
        return new ExtensionDocument(
                ExtensionDocument.SCHEMA,
                new ExtensionName("Contoso_Orders"),
                new Route("orders"),
                Profile.standard(),
                pointers,
                Map.of(),
                Map.of(),
                Map.of(),
                held);
    }

    /** Regions in the table's order, 10 ms, 20 ms, …; known by a /24. */
    static ClientNetwork near(RegionTable table) {
        return near(table, "", "", "");
    }

    static ClientNetwork near(RegionTable table, String continent, String country, String subdivision) {
        var rtt = new double[table.size()];
        var sources = new ArrayList<String>();
        for (int i = 0; i < rtt.length; i++) {
            rtt[i] = 10 * (i + 1);
            sources.add("test");
        }
        return OrderedNetwork.of(
                rtt, sources, new OrderedNetwork.Facts("192.0.2.0/24", 24, continent, country, subdivision));
    }

    static AddressRange.Bits bits(String address) {
        return AddressRange.bits(InetAddress.ofLiteral(address));
    }

    /** Health from text: {@code a=down b=checking c=up}; endpoints outside alike. */
    static HealthView health(String text) {
        var regions = new HashMap<RegionName, EndpointHealth>();
        var externals = new HashMap<String, EndpointHealth>();
        for (var part : text.isBlank() ? new String[0] : text.strip().split(" +")) {
            int equals = part.lastIndexOf('=');
            var name = part.substring(0, equals);
            var health =
                    switch (part.substring(equals + 1)) {
                        case "down" -> EndpointHealth.DEGRADED;
                        case "checking" -> EndpointHealth.CHECKING;
                        default -> EndpointHealth.ONLINE;
                    };
            externals.put(name, health);
            if (name.matches("[a-z0-9]+")) {
                regions.put(region(name), health);
            }
        }
        return new HealthView(regions, externals, Map.of(), Map.of());
    }

    /** Names of what is answered, {@code NODATA} or {@code NXDOMAIN}. */
    static String answer(CompiledProfile profile, ClientNetwork network, String client, int family, long draw) {
        var choice = new Choice();
        var bits = bits(client);
        profile.choose(network, bits.high(), bits.low(), family, draw, choice);
        return switch (choice.outcome()) {
            case NO_DATA -> "NODATA";
            case NO_NAME -> "NXDOMAIN";
            case ENDPOINTS -> {
                var names = new ArrayList<String>();
                for (int i = 0; i < choice.count(); i++) {
                    names.add(profile.endpoints().get(choice.endpoint(i)).label());
                }
                yield String.join(" ", names);
            }
        };
    }
}
