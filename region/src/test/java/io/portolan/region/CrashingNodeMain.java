package io.portolan.region;

import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.sync.ReplicaSettings;
import io.portolan.testkit.RevisionServer;
import io.portolan.testkit.Samples;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;

/** A region node in a process of its own that ends like a crash when it reaches a point with a revision of some number or later. */
final class CrashingNodeMain {
    static final int EXIT_CODE = 137;

    private CrashingNodeMain() {}

    /** Control plane, folder, point at which it ends, arrival at it, counted from 1. */
    public static void main(String[] arguments) throws InterruptedException {
        var replica = new ReplicaSettings(
                "node-westus",
                "region",
                Samples.PROD,
                Extension.REGION,
                "",
                URI.create(arguments[0]),
                RevisionServer.TOKEN,
                Path.of(arguments[1]),
                Duration.ofSeconds(5),
                Duration.ofMillis(200));
        var point = FailPoint.valueOf(arguments[2]);
        var left = new java.util.concurrent.atomic.AtomicInteger(Integer.parseInt(arguments[3]));
        FailPoints crash = here -> {
            if (here == point && left.decrementAndGet() == 0) {
                Runtime.getRuntime().halt(EXIT_CODE);
            }
        };
        RegionNode.start(RegionSettings.of(replica, "127.0.0.1", 0), InstantSource.system(), crash);
        // Ends with the test, whatever becomes of it.
        Thread.sleep(Duration.ofMinutes(1));
    }
}
