package io.portolan.planner.routing;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * Time and memory of compiling, reading and asking a latency map of a made-up source: {@code networks} prefixes (four in five IPv4, of /16 to
 * /24, side by side and within one another) at 20,000 cities, 54 regions. Run by bench/routing.sh.
 */
final class LatencyMapBench {
    private static final int CITIES = 20_000;
    private static final int REGIONS = 54;
    private static final int LOOKUPS = 4_000_000;
    private static final int ROUNDS = 6;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private LatencyMapBench() {}

    public static void main(String[] arguments) {
        int networks = arguments.length == 0 ? 400_000 : Integer.parseInt(arguments[0]);
        var random = new Random(5);
        var rows = source(random, networks);
        var estimator = new LatencyEstimator(regions(random), RegionLatencies.NONE);
        LatencyMap map = LatencyMapCompiler.compile(rows, Map.of(), estimator, "bench");
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            long start = cpuNanos();
            map = LatencyMapCompiler.compile(rows, Map.of(), estimator, "bench");
            best = Math.min(best, cpuNanos() - start);
        }
        var sizes = map.sizes();
        print("networks", networks);
        print("ranges", sizes.ranges4() + sizes.ranges6());
        print("rows of figures", sizes.rows());
        print("orders", sizes.orders());
        print("compile, ms", best / 1_000_000);
        var bytes = LatencyMapFormat.write(map);
        print("file, KB", bytes.length >> 10);
        best = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            long start = cpuNanos();
            map = LatencyMapFormat.read(ByteBuffer.wrap(bytes));
            best = Math.min(best, cpuNanos() - start);
        }
        print("read and check, ms", best / 1_000_000);
        print("memory of a map, KB", memory(bytes) >> 10);
        lookups(map, random);
    }

    /** CPU time of this thread, so that what else runs on the machine counts little. */
    private static long cpuNanos() {
        return THREADS.getCurrentThreadCpuTime();
    }

    private static void print(String what, long value) {
        System.out.printf(Locale.ROOT, "| %s | %,d |%n", what, value);
    }

    private static LocationRows source(Random random, int networks) {
        var cities = new ArrayList<GeoPoint>();
        for (int i = 0; i < CITIES; i++) {
            cities.add(new GeoPoint(random.nextInt(-500, 651) / 10.0, random.nextInt(-1800, 1801) / 10.0));
        }
        var rows = new LocationRows();
        var seen = new java.util.HashSet<IpBlock>();
        while (rows.size() < networks) {
            boolean v4 = random.nextInt(5) > 0;
            var block = v4
                    ? IpBlock.around(IpBits.v4(random.nextInt()), 16 + random.nextInt(9))
                    : IpBlock.around(
                            new IpBits(128, 0x2000000000000000L | random.nextLong() >>> 4, 0), 32 + random.nextInt(17));
            if (seen.add(block)) {
                int city = random.nextInt(CITIES);
                rows.add(block, NetworkPlace.at(cities.get(city), "city " + city));
            }
        }
        return rows;
    }

    private static List<LatencyEstimator.Region> regions(Random random) {
        var regions = new ArrayList<LatencyEstimator.Region>();
        for (int i = 0; i < REGIONS; i++) {
            regions.add(new LatencyEstimator.Region(
                    new RegionName("region-" + i), new GeoPoint(random.nextInt(-40, 61), random.nextInt(-170, 171))));
        }
        return regions;
    }

    /** What is in use more with eight maps than with none, by eight. */
    private static long memory(byte[] bytes) {
        int count = 8;
        var maps = new ArrayList<LatencyMap>();
        long before = used();
        for (int i = 0; i < count; i++) {
            maps.add(LatencyMapFormat.read(ByteBuffer.wrap(bytes)));
        }
        long after = used();
        if (maps.size() != count) {
            throw new IllegalStateException("maps went");
        }
        return (after - before) / count;
    }

    private static long used() {
        for (int i = 0; i < 4; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static void lookups(LatencyMap map, Random random) {
        var v4 = random.ints(1 << 20).toArray();
        var v6 = random.longs(1 << 20)
                .map(bits -> 0x2000000000000000L | bits >>> 4)
                .toArray();
        long best4 = Long.MAX_VALUE;
        long best6 = Long.MAX_VALUE;
        long sum = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long start = cpuNanos();
            for (int i = 0; i < LOOKUPS; i++) {
                sum += map.find4(v4[i & v4.length - 1]);
            }
            long middle = cpuNanos();
            for (int i = 0; i < LOOKUPS; i++) {
                sum += map.find6(v6[i & v6.length - 1], i);
            }
            long end = cpuNanos();
            best4 = Math.min(best4, middle - start);
            best6 = Math.min(best6, end - middle);
        }
        System.out.printf(Locale.ROOT, "| look-up with scope, random IPv4, ns | %.1f |%n", (double) best4 / LOOKUPS);
        System.out.printf(Locale.ROOT, "| look-up with scope, random IPv6, ns | %.1f |%n", (double) best6 / LOOKUPS);
        if (sum == 42) {
            System.out.println("never");
        }
    }
}
