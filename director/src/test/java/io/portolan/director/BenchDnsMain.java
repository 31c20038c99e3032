package io.portolan.director;

import io.portolan.model.EnvironmentName;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.document.DnsRecord;
import io.portolan.model.document.EnvironmentDocument;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.RegionDocument;
import io.portolan.planner.routing.HealthView;
import io.portolan.testkit.RevisionServer;
import io.portolan.testkit.Samples;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * What a director under a benchmark follows: signed revisions over loopback, made by words on standard input. One thread.
 *
 * <p>{@code zone NAMES REGIONS}: zone {@code ext.test} with names e0, e1, …, each served in all regions of the file REGIONS
 * ({@code name,latitude,longitude,address} a line) · {@code churn RATE SECONDS}: a revision RATE times a second; in revision k the name
 * {@code swap} is an alias with a TTL of k of an extension with the addresses 10.k.0.1 to 10.k.0.4 · {@code health CHANGES}: applies so many
 * changes of health to the zone, in this process, as a director does, and tells how long one takes. Each prints one line when done. Ends
 * with its input.
 */
final class BenchDnsMain {
    private static final String ZONE = "ext.test";
    private static final int TURNS = 250;

    private final RevisionServer server = RevisionServer.start(Samples.PROD);
    private final List<RegionName> regions = new ArrayList<>();
    private final Map<RegionName, RegionDocument> places = new HashMap<>();
    private final List<ExtensionDocument> extensions = new ArrayList<>();

    /** What answers would come from: its one write is what readers see of a change. */
    private volatile Optional<ZoneState> serving = Optional.empty();

    private int turn;

    private BenchDnsMain() {}

    /** No arguments. */
    public static void main(String[] arguments) throws IOException {
        var world = new BenchDnsMain();
        System.out.println("uri " + world.server.uri() + " token " + RevisionServer.TOKEN);
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (var line = in.readLine(); line != null; line = in.readLine()) {
            System.out.println("done " + world.act(line.strip().split(" +", -1)));
        }
        world.server.close();
        System.exit(0);
    }

    private String act(String[] words) throws IOException {
        return switch (words[0]) {
            case "zone" -> zone(Integer.parseInt(words[1]), Path.of(words[2]));
            case "health" -> health(Integer.parseInt(words[1]));
            case "churn" -> churn(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
            default -> "unknown: " + words[0];
        };
    }

    private String zone(int names, Path file) throws IOException {
        for (var line : Files.readAllLines(file)) {
            var fields = line.split(",", -1);
            regions.add(new RegionName(fields[0]));
            var place = new GeoPoint(Double.parseDouble(fields[1]), Double.parseDouble(fields[2]));
            var region = Samples.region(fields[0], place, List.of(fields[3]), List.of(), RegionState.LIVE);
            places.put(region.name(), region);
            server.put(region);
        }
        var all = regions.stream().map(RegionName::value).toList();
        for (int i = 0; i < names; i++) {
            var extension = Samples.extension("Bench_E" + i, "e" + i, "1", all);
            extensions.add(extension);
            server.put(extension);
        }
        return turned();
    }

    private String turned() {
        turn = turn % TURNS + 1;
        server.put(environment(turn));
        server.put(Samples.region(
                "swapping",
                new GeoPoint(0, 0),
                List.of("10." + turn + ".0.1", "10." + turn + ".0.2", "10." + turn + ".0.3", "10." + turn + ".0.4"),
                List.of(),
                RegionState.LIVE));
        server.put(Samples.extension("Bench_Swapped", "swapped", "1", List.of("swapping")));
        return "revision " + server.publish("bench").header().number();
    }

    private EnvironmentDocument environment(int ttl) {
        return new EnvironmentDocument(
                        EnvironmentDocument.SCHEMA,
                        new EnvironmentName("prod"),
                        ZONE,
                        List.of("portal.test"),
                        Samples.environment().stages(),
                        regions,
                        Duration.ZERO,
                        List.of(),
                        List.of("ns1." + ZONE),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(60),
                        false)
                .withRecords(List.of(
                        new DnsRecord("ns1", "A", "192.0.2.53", 30),
                        new DnsRecord("swap", "CNAME", "swapped." + ZONE, ttl)));
    }

    /** The way of {@code LiveState}: compare, take the view over, put the prepared answers on top of it, write one reference. */
    private String health(int changes) {
        var state = Worlds.state(
                Worlds.revision(List.of(), places, extensions.toArray(ExtensionDocument[]::new)), Set.of());
        serving = Optional.of(new ZoneBuilder(state).withSerial(1));
        var nanos = new long[changes];
        for (int i = 0; i < changes; i++) {
            var view = HealthView.down(Set.of(regions.get(i % regions.size())));
            long began = System.nanoTime();
            if (!view.equals(state.health())) {
                var next = state.withHealth(view);
                serving = serving.map(now -> now.with(next));
                state = next;
            }
            nanos[i] = System.nanoTime() - began;
        }
        Arrays.sort(nanos);
        return "%d changes of health: p50 %.0f us, p99 %.0f us, most %.0f us"
                .formatted(
                        changes, nanos[changes / 2] / 1e3, nanos[changes * 99 / 100] / 1e3, nanos[changes - 1] / 1e3);
    }

    private String churn(int rate, int seconds) {
        var last = "";
        for (int i = 0; i < rate * seconds; i++) {
            last = turned();
            LockSupport.parkNanos(Duration.ofSeconds(1).toNanos() / rate);
        }
        return last;
    }
}
