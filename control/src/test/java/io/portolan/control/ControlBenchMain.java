package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.FailPoints;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.StageDefinition;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** A control plane with many regions, in a process of its own so that its CPU can be told from that of what follows it. */
final class ControlBenchMain {
    private ControlBenchMain() {}

    /** The three regions that stages name, and so many others in the last stage. */
    static List<String> regions(int count) {
        var regions = new ArrayList<>(List.of("westcentralus", "southcentralus", "westus"));
        IntStream.rangeClosed(4, count).forEach(i -> regions.add("region-" + i));
        return regions;
    }

    static ControlSettings.Environment environment(int count) {
        return new ControlSettings.Environment(
                new EnvironmentName("prod"),
                "ext.portolan.test",
                List.of("portal.portolan.test"),
                StageDefinition.standard(),
                Duration.ZERO,
                regions(count).stream()
                        .map(name -> new ControlSettings.Region(
                                new RegionName(name),
                                name,
                                new GeoPoint(0, 0),
                                List.of(),
                                List.of("127.0.1.1"),
                                List.of("http://127.0.1.1:1"),
                                1))
                        .toList(),
                List.of(),
                List.of("ns1.ext.portolan.test"),
                regions(count).stream()
                        .map(name -> new ControlSettings.JoinToken("token-" + name, "region", new RegionName(name)))
                        .toList());
    }

    /** Arguments: folder, number of regions. Prints its URL; ends when its standard input does. */
    public static void main(String... arguments) throws IOException {
        var folder = Path.of(arguments[0]);
        var settings = new ControlSettings(
                folder.resolve("control"),
                folder.resolve("store"),
                "127.0.0.1",
                0,
                List.of("127.0.0.1"),
                List.of(environment(Integer.parseInt(arguments[1]))),
                Duration.ofSeconds(1));
        try (var control = ControlPlane.start(settings, InstantSource.system(), FailPoints.NONE)) {
            System.out.println("listening on " + control.uri());
            while (System.in.read() >= 0) {
                // Until whoever started it is gone.
            }
        }
    }
}
