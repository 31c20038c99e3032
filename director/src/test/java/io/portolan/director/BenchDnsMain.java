package io.portolan.director;

import io.portolan.model.EnvironmentName;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.document.DnsRecord;
import io.portolan.model.document.EnvironmentDocument;
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
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * What a director under a benchmark follows: signed revisions over loopback, made by words on standard input. One thread.
 *
 * <p>{@code zone NAMES REGIONS}: zone {@code ext.test} with names e0, e1, …, each served in all regions of the file REGIONS
 * ({@code name,latitude,longitude,address} a line) · {@code churn RATE SECONDS}: a revision RATE times a second; in revision k the name
 * {@code swap} is an alias with a TTL of k of an extension with the addresses 10.k.0.1 to 10.k.0.4. Each prints one line when done. Ends
 * with its input.
 */
final class BenchDnsMain {
    private static final String ZONE = "ext.test";
    private static final int TURNS = 250;

    private final RevisionServer server = RevisionServer.start(Samples.PROD);
    private final List<RegionName> regions = new ArrayList<>();
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
            case "churn" -> churn(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
            default -> "unknown: " + words[0];
        };
    }

    private String zone(int names, Path file) throws IOException {
        for (var line : Files.readAllLines(file)) {
            var fields = line.split(",", -1);
            regions.add(new RegionName(fields[0]));
            var place = new GeoPoint(Double.parseDouble(fields[1]), Double.parseDouble(fields[2]));
            server.put(Samples.region(fields[0], place, List.of(fields[3]), List.of(), RegionState.LIVE));
        }
        var all = regions.stream().map(RegionName::value).toList();
        for (int i = 0; i < names; i++) {
            server.put(Samples.extension("Bench_E" + i, "e" + i, "1", all));
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

    private String churn(int rate, int seconds) {
        var last = "";
        for (int i = 0; i < rate * seconds; i++) {
            last = turned();
            LockSupport.parkNanos(Duration.ofSeconds(1).toNanos() / rate);
        }
        return last;
    }
}
