package io.portolan.testkit;

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
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Plausible documents for tests: environment {@code prod} with the six regions of {@code portolan dev}. Immutable. */
public final class Samples {
    /** The environment of all samples. */
    public static final EnvironmentName PROD = new EnvironmentName("prod");

    /** The regions of {@code portolan dev} in declared order, with the coordinates of the real ones. */
    public static final Map<String, GeoPoint> DEV_REGIONS = devRegions();

    private Samples() {}

    private static Map<String, GeoPoint> devRegions() {
        var regions = new LinkedHashMap<String, GeoPoint>();
        regions.put("westcentralus", new GeoPoint(40.89, -110.234));
        regions.put("southcentralus", new GeoPoint(29.4167, -98.5));
        regions.put("westus", new GeoPoint(37.783, -122.417));
        regions.put("westeurope", new GeoPoint(52.3667, 4.9));
        regions.put("southeastasia", new GeoPoint(1.283, 103.833));
        regions.put("brazilsouth", new GeoPoint(-23.55, -46.633));
        return Collections.unmodifiableMap(regions);
    }

    /** The environment document, with the regions in the given order. */
    public static EnvironmentDocument environment(List<RegionName> regionOrder) {
        return new EnvironmentDocument(
                EnvironmentDocument.SCHEMA,
                PROD,
                "ext.portolan.test",
                List.of("portal.portolan.test"),
                StageDefinition.standard(),
                regionOrder,
                Duration.ZERO,
                List.of(),
                List.of("ns1.ext.portolan.test"),
                Duration.ofSeconds(30),
                Duration.ofSeconds(30),
                false);
    }

    /** The environment document with the regions of {@link #DEV_REGIONS}. */
    public static EnvironmentDocument environment() {
        return environment(DEV_REGIONS.keySet().stream().map(RegionName::new).toList());
    }

    /** A live region. */
    public static RegionDocument region(String name, GeoPoint location, String address, String probeUrl) {
        return region(name, location, List.of(address), List.of(probeUrl), RegionState.LIVE);
    }

    /** A region in any state. */
    public static RegionDocument region(
            String name, GeoPoint location, List<String> addresses, List<String> probeUrls, RegionState state) {
        return new RegionDocument(
                RegionDocument.SCHEMA,
                new RegionName(name),
                PROD,
                name,
                location,
                List.of(),
                addresses,
                probeUrls,
                state,
                1,
                "");
    }

    /** An extension that serves one version in the given regions; its manifest is not to be found anywhere. */
    public static ExtensionDocument extension(String name, String route, String version, List<String> regions) {
        return extension(name, route, version, Digest.of(version.getBytes(StandardCharsets.UTF_8)), regions);
    }

    /** An extension that serves one version in the given regions. */
    public static ExtensionDocument extension(
            String name, String route, String version, Digest manifest, List<String> regions) {
        var label = new VersionLabel(version);
        var pointers = new HashMap<RegionName, ExtensionDocument.Pointer>();
        for (var region : regions) {
            var stage = StageDefinition.standard().stageOf(new RegionName(region));
            pointers.put(new RegionName(region), new ExtensionDocument.Pointer(label, stage.name(), "", 100, 1));
        }
        var held = new ExtensionDocument.HeldVersion(
                manifest, manifest, VersionState.PUBLISHED, false, true, List.of("region"));
        return new ExtensionDocument(
                ExtensionDocument.SCHEMA,
                new ExtensionName(name),
                new Route(route),
                Profile.standard(),
                pointers,
                Map.of(),
                Map.of(),
                Map.of(),
                Map.of(label, held));
    }
}
