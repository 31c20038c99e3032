package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.portolan.testkit.SmallDisk;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole world, control plane, store and six nodes, on a disk of 64 MiB that publishing fills. */
class SmallDiskTest {
    private static final int DISK_MIB = 64;
    private static final int MOST_VERSIONS = 60;

    @TempDir
    Path folder;

    private Path source(int number) throws IOException {
        var source = Files.createDirectories(folder.resolve("source" + number));
        var bytes = new byte[1 << 20];
        new Random(number).nextBytes(bytes);
        Files.writeString(source.resolve("index.html"), "<!doctype html><head><title>" + number + "</title></head>");
        Files.write(source.resolve("large.bin"), bytes);
        Files.writeString(source.resolve("portolan.json"), "{\"portals\":[\"*\"]}");
        return source;
    }

    @Test
    void row_5_6_publishingOntoAFullDiskIsRefusedByNameAndServingNeverFails() throws Exception {
        var mounted = SmallDisk.mount(folder.resolve("disk"), DISK_MIB);
        assumeThat(mounted).as("mounting a tmpfs (needs root)").isPresent();
        try (var disk = mounted.orElseThrow();
                var world = new InProcessWorld(disk.folder())) {
            world.rest().register("Contoso_Orders", "orders");
            world.deploy("Contoso_Orders", "1.0", source(1));
            var failed = new ConcurrentLinkedQueue<String>();
            var answered = new AtomicLong();
            var stop = new AtomicBoolean();
            var clients = new ArrayList<Thread>();
            for (var region : InProcessWorld.REGIONS) {
                clients.add(Thread.ofVirtual().start(() -> ask(world.nodeUri(region), stop, answered, failed)));
            }

            Rest.Reply refused = null;
            for (int number = 2; number < MOST_VERSIONS && refused == null; number++) {
                var reply = world.publish("Contoso_Orders", number + ".0", source(number), folder);
                refused = reply.status() < 300 ? null : reply;
            }

            assertThat(refused).isNotNull();
            assertThat(refused.status()).isEqualTo(507);
            assertThat(refused.text("/code")).isEqualTo("disk-full");
            assertThat(refused.text("/detail"))
                    .contains("cannot persist")
                    .contains("disk-reserve of 16.0 MiB stays free")
                    .contains(" free, ")
                    .contains(" needed");

            // The state can still be changed, and every node hears of it.
            var named = world.rest()
                    .put("/v1/extensions/Contoso_Orders/environments/prod/names/check", Map.of("version", "1.0"));
            assertThat(named.status()).isLessThan(300);
            world.awaitConverged("Contoso_Orders");
            stop.set(true);
            for (var client : clients) {
                client.join();
            }
            assertThat(failed).isEmpty();
            assertThat(answered.get()).isGreaterThan(50);
        }
    }

    private static void ask(URI node, AtomicBoolean stop, AtomicLong answered, ConcurrentLinkedQueue<String> failed) {
        var http = HttpClient.newHttpClient();
        while (!stop.get()) {
            for (var path : new String[] {"/orders", "/orders/Content/1.0/large.bin"}) {
                try {
                    var answer = http.send(
                            HttpRequest.newBuilder(node.resolve(path)).build(),
                            HttpResponse.BodyHandlers.ofByteArray());
                    if (answer.statusCode() != 200) {
                        failed.add(node + path + ": " + answer.statusCode());
                    }
                    answered.incrementAndGet();
                } catch (IOException e) {
                    failed.add(node + path + ": " + e);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }
}
