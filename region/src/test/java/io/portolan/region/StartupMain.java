package io.portolan.region;

import io.portolan.model.Digest;
import io.portolan.model.FailPoints;
import io.portolan.model.VersionState;
import io.portolan.sync.ReplicaSettings;
import io.portolan.testkit.RevisionServer;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

/**
 * Measures how long a region node with many versions on its disk takes from its start to ready, with the control plane gone: {@code
 * FOLDER VERSIONS FILES}. Nine files of ten are those of the version before, each is there as it is, as brotli and as gzip.
 */
final class StartupMain {
    private static final int VERSIONS_OF_AN_EXTENSION = 50;
    private static final int STARTS = 5;

    private StartupMain() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        var folder = Path.of(arguments[0]);
        int versions = Integer.parseInt(arguments[1]);
        int files = Integer.parseInt(arguments[2]);
        var server = RevisionServer.start(Samples.PROD);
        server.put(Samples.environment());
        server.put(NodeWorld.region(""));
        for (int i = 0; i < versions / VERSIONS_OF_AN_EXTENSION; i++) {
            server.put(extension(folder, i, files).document());
        }
        server.publish("startup");
        var settings = RegionSettings.of(
                new ReplicaSettings(
                        "node-westus",
                        "region",
                        Samples.PROD,
                        Extension.REGION,
                        "",
                        server.uri(),
                        RevisionServer.TOKEN,
                        folder,
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(5)),
                "127.0.0.1",
                0);
        try (var first = RegionNode.start(settings, InstantSource.system(), FailPoints.NONE)) {
            while (!first.isReady()) {
                Thread.sleep(100);
            }
        }
        server.close();
        for (int i = 0; i < STARTS; i++) {
            long began = System.nanoTime();
            try (var node = RegionNode.start(settings, InstantSource.system(), FailPoints.NONE)) {
                System.out.println("start " + (i + 1) + ": ready=" + node.isReady() + " after "
                        + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began) + " ms");
            }
        }
        System.exit(0);
    }

    private static Extension extension(Path folder, int number, int files) throws IOException {
        var name = "Contoso_" + number;
        var extension = new Extension(name, "route" + number);
        for (int v = 0; v < VERSIONS_OF_AN_EXTENSION; v++) {
            var release = new Release(name, "1." + v).file("index.html", "<!doctype html><head></head>" + name + v);
            place(folder, release.bytes("index.html"));
            for (int f = 0; f < files; f++) {
                // Its tenth changes with each version.
                int changed = f % 10 == v % 10 ? v : v - Math.floorMod(v - f, 10);
                var text = name + " file " + f + " of " + changed + "\n";
                var path = "js/chunk-" + f + ".js";
                release.file(path, text);
                for (var coding : new String[] {"br", "gzip"}) {
                    release.variant(path, coding, (coding + text).getBytes(StandardCharsets.UTF_8));
                    place(folder, (coding + text).getBytes(StandardCharsets.UTF_8));
                }
                place(folder, text.getBytes(StandardCharsets.UTF_8));
            }
            extension.version(release, place(folder, release.manifest().toJson()), VersionState.PUBLISHED, false, true);
        }
        return extension.gives("1.0");
    }

    private static Digest place(Path folder, byte[] bytes) throws IOException {
        var digest = Digest.of(bytes);
        var file =
                folder.resolve("blobs").resolve(digest.value().substring(0, 2)).resolve(digest.value());
        if (!Files.exists(file)) {
            Files.createDirectories(file.getParent());
            Files.write(file, bytes);
        }
        return digest;
    }
}
