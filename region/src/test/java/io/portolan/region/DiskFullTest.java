package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.portolan.model.FailPoints;
import io.portolan.testkit.SmallDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A data directory of 64 MiB that publishing fills. */
class DiskFullTest {
    private static final int DISK_MIB = 64;
    private static final int VERSION_BYTES = 5 << 20;
    private static final long RESERVE_BYTES = 12L << 20;

    @TempDir
    private Path folder;

    private SmallDisk mounted() throws IOException {
        var disk = SmallDisk.mount(folder.resolve("disk"), DISK_MIB);
        assumeThat(disk).as("mounting a tmpfs (needs root)").isPresent();
        return disk.orElseThrow();
    }

    private static NodeWorld world(Path data) {
        var content = new ContentSettings(
                Duration.ZERO,
                Duration.ZERO,
                0,
                0,
                Duration.ofHours(1),
                Duration.ofMillis(200),
                4L << 20,
                RESERVE_BYTES);
        return new NodeWorld(data, FailPoints.NONE, settings -> settings.withContent(content));
    }

    private static Release release(int number) {
        var bytes = new byte[VERSION_BYTES];
        new Random(number).nextBytes(bytes);
        return Release.simple("Contoso_Orders", number + ".0").file("large.bin", bytes);
    }

    @Test
    void servingNeverFailsAndTheRefusalNamesTheLimit() throws Exception {
        try (var disk = mounted();
                var world = world(disk.folder().resolve("node"))) {
            var orders = new Extension("Contoso_Orders", "orders");
            world.publish(orders.holds(world.server, release(1)).gives("1.0"));
            world.awaitVersion("orders", "1.0");
            var failed = new ConcurrentLinkedQueue<String>();
            var stop = new AtomicBoolean();
            var answered = new AtomicLong();
            var clients = clients(world, failed, stop, answered);

            // Twelve versions of 5 MiB do not fit into 64 MiB with 12 of them left free.
            for (int last = 2; last <= 12; last++) {
                world.publish(orders.holds(world.server, release(last)));
            }
            var status = world.awaitStatus(said -> said.lastError().contains("disk-reserve"));
            assertThat(status.lastError())
                    .contains("disk-reserve of 12.0 MiB")
                    .contains(" free")
                    .contains(" needed")
                    .contains("lower disk-reserve");
            assertThat(status.lackingCount()).isBetween(1, 6);
            assertThat(Files.getFileStore(disk.folder()).getUsableSpace())
                    .isGreaterThanOrEqualTo(RESERVE_BYTES - 65_536);
            assertThat(world.get("/readyz").status()).isEqualTo(200);
            assertThat(world.get("/api/diagnostics").text()).contains("disk-reserve of 12.0 MiB");
            assertThat(metric(world, "fetches_refused_disk_total")).isPositive();
            assertThat(metric(world, "disk_reserve_bytes")).isEqualTo(RESERVE_BYTES);

            // Revisions are stored and applied all the same, and a restart serves what is there.
            world.publish(orders.gives("2.0"));
            world.awaitVersion("orders", "2.0");
            stop(clients, stop);
            world.restart();
            assertThat(world.get("/orders").header("X-Portolan-Version")).isEqualTo("2.0");
            assertThat(world.get("/readyz").status()).isEqualTo(200);

            assertThat(failed).isEmpty();
            assertThat(answered.get()).isGreaterThan(100);
        }
    }

    @Test
    void fillingGoesOnByItselfWhenThereIsRoomAgain() throws Exception {
        try (var disk = mounted();
                var world = world(disk.folder().resolve("node"))) {
            var other = Files.write(disk.folder().resolve("other"), new byte[44 << 20]);
            var orders = new Extension("Contoso_Orders", "orders");
            world.publish(orders.holds(world.server, release(1)).gives("1.0"));
            world.awaitVersion("orders", "1.0");
            world.publish(orders.holds(world.server, release(3)).gives("3.0"));
            world.awaitStatus(said -> said.lastError().contains("disk-reserve"));
            assertThat(world.get("/orders").header("X-Portolan-Version")).isEqualTo("1.0");

            Files.delete(other);

            world.awaitVersion("orders", "3.0");
            world.awaitStatus(said -> said.lastError().isEmpty() && said.lackingCount() == 0);
        }
    }

    private static List<Thread> clients(
            NodeWorld world, ConcurrentLinkedQueue<String> failed, AtomicBoolean stop, AtomicLong answered) {
        var expected = release(1).bytes("large.bin");
        var clients = new ArrayList<Thread>();
        for (int i = 0; i < 4; i++) {
            boolean page = i % 2 == 0;
            clients.add(Thread.ofVirtual().start(() -> {
                try (var wire = new Wire(world.uri())) {
                    while (!stop.get()) {
                        var answer = wire.ask("GET", page ? "/orders" : "/orders/Content/1.0/large.bin");
                        boolean right =
                                answer.status() == 200 && (page || java.util.Arrays.equals(answer.body(), expected));
                        if (!right) {
                            failed.add(answer.status() + " " + page);
                        }
                        answered.incrementAndGet();
                    }
                } catch (IOException e) {
                    failed.add(e.toString());
                }
            }));
        }
        return clients;
    }

    private static void stop(List<Thread> clients, AtomicBoolean stop) throws InterruptedException {
        stop.set(true);
        for (var client : clients) {
            client.join();
        }
    }

    private static long metric(NodeWorld world, String name) throws IOException {
        return world.get("/metrics")
                .text()
                .lines()
                .filter(line -> line.startsWith("portolan_node_" + name + " "))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }
}
