package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.Digest;
import io.portolan.model.FailPoints;
import io.portolan.protocol.IncidentRecord;
import io.portolan.protocol.NodeStatus;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bytes on a node's disk that change after they were checked: nobody ever gets one of them. */
class BitRotTest {
    private static final long SEED = 20261123;
    private static final int LARGE_BYTES = 2 << 20;

    @TempDir
    private Path folder;

    private static byte[] random(long seed, int length) {
        var bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** No file is held in memory, so that each answer is read from the disk. */
    private NodeWorld world() {
        return new NodeWorld(folder, FailPoints.NONE, settings -> settings.withMemoryBytes(0));
    }

    private static Release release() {
        return Release.simple("Contoso_Orders", "1.0")
                .file("large.bin", random(1, LARGE_BYTES))
                .file("middle.bin", random(2, 100_000))
                .file("small.bin", random(3, 3_000))
                .file("chunk.bin", random(4, ChunkSums.CHUNK_BYTES));
    }

    private static void serve(NodeWorld world, Release release) {
        world.publish(new Extension("Contoso_Orders", "orders")
                .holds(world.server, release)
                .gives("1.0"));
        world.awaitVersion("orders", "1.0");
    }

    private static void flip(Path file, Random random) throws IOException {
        try (var bytes = new RandomAccessFile(file.toFile(), "rw")) {
            long at = random.nextLong(bytes.length());
            bytes.seek(at);
            int before = bytes.read();
            bytes.seek(at);
            bytes.write(before ^ 1 << random.nextInt(8));
        }
    }

    @Test
    void noWrongByteLeavesTheNodeUnderLoadAndOneRecordTellsOfIt() throws Exception {
        System.out.println("seed=" + SEED);
        var random = new Random(SEED);
        var release = release();
        var names = List.of("large.bin", "middle.bin", "small.bin", "chunk.bin");
        try (var world = world()) {
            serve(world, release);
            var wrong = new ConcurrentLinkedQueue<String>();
            var whole = new AtomicLong();
            var stop = new AtomicBoolean();
            var clients = new ArrayList<Thread>();
            for (int i = 0; i < 8; i++) {
                int number = i;
                clients.add(Thread.ofVirtual().start(() -> {
                    while (!stop.get()) {
                        hammer(world, release, names.get(number % names.size()), number, wrong, whole, stop);
                    }
                }));
            }
            for (int round = 0; round < 12; round++) {
                long before = whole.get();
                await().atMost(NodeWorld.LIMIT).until(() -> whole.get() >= before + 20);
                var digest = release.digest(names.get(round % names.size()));
                flip(world.blob(digest), random);
                await().atMost(NodeWorld.LIMIT).until(() -> isIntact(world.blob(digest), digest));
            }
            stop.set(true);
            for (var client : clients) {
                client.join();
            }

            assertThat(wrong).isEmpty();
            var ended = Instant.now();
            var status = world.awaitStatus(last -> last.at().isAfter(ended)
                    && last.incidents().size() == names.size()
                    && last.incidents().stream().allMatch(each -> each.state().equals(IncidentRecord.RESOLVED))
                    && last.lackingCount() == 0);
            assertOneRecordForEach(status, release, names);
            assertThat(world.get("/api/diagnostics").text())
                    .contains("blob-damaged/node-westus/" + release.digest("large.bin"));

            world.restart();
            var after = world.awaitStatus(last -> !last.bootId().equals(status.bootId()));
            assertThat(after.incidents()).isEqualTo(status.incidents());
        }
    }

    private static void hammer(
            NodeWorld world,
            Release release,
            String name,
            int number,
            ConcurrentLinkedQueue<String> wrong,
            AtomicLong whole,
            AtomicBoolean stop) {
        var expected = release.bytes(name);
        try (var wire = new Wire(world.uri())) {
            for (int i = 0; !stop.get(); i++) {
                boolean range = (i + number) % 3 == 0;
                int from = range ? (i * 7_919) % expected.length : 0;
                var answer = range
                        ? wire.ask("GET", "/orders/Content/1.0/" + name, "Range: bytes=" + from + "-")
                        : wire.ask("GET", "/orders/Content/1.0/" + name);
                if (answer.status() != (range ? 206 : 200)
                        || !Digest.of(answer.body())
                                .equals(Digest.of(java.util.Arrays.copyOfRange(expected, from, expected.length)))) {
                    wrong.add(name + " from " + from + ": " + answer.status());
                }
                whole.incrementAndGet();
            }
        } catch (EOFException | SocketException cut) {
            // An answer that cannot be ended rightly is not ended: the client asks again.
            return;
        } catch (IOException e) {
            wrong.add(e.toString());
        }
    }

    private static void assertOneRecordForEach(NodeStatus status, Release release, List<String> names) {
        assertThat(status.incidents()).hasSize(names.size());
        for (var name : names) {
            var digest = release.digest(name);
            assertThat(status.incidents())
                    .filteredOn(each -> each.key().equals("blob-damaged/node-westus/" + digest))
                    .singleElement()
                    .satisfies(each -> {
                        assertThat(each.extension()).isEqualTo("Contoso_Orders");
                        assertThat(each.evidence()).containsEntry("expectedSha256", digest.value());
                        // Damage done while the damage before it is being put right is the same event.
                        assertThat(Integer.parseInt(
                                        String.valueOf(each.evidence().get("times"))))
                                .isBetween(1, 3);
                        assertThat(each.evidence().get("actualSha256")).isNotEqualTo(digest.value());
                    });
        }
    }

    private static boolean isIntact(Path file, Digest digest) {
        try {
            return Files.exists(file) && Digest.of(Files.readAllBytes(file)).equals(digest);
        } catch (java.nio.file.NoSuchFileException gone) {
            return false;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aPageWhoseFileIsDamagedIsMadeFromAFreshCopy() throws Exception {
        var release = Release.simple("Contoso_Orders", "1.0");
        try (var world = world()) {
            serve(world, release);
            flip(world.blob(release.digest("index.html")), new Random(SEED));

            var page = world.get("/orders?l=fr");

            assertThat(page.status()).isEqualTo(200);
            assertThat(page.text()).contains("<title>1.0</title>");
        }
    }

    @Test
    void damageInTheFirstBytesCostsAFetchAndNotTheAnswer() throws Exception {
        var release = release();
        try (var world = world()) {
            serve(world, release);
            assertThat(world.get("/orders/Content/1.0/large.bin").body()).isEqualTo(release.bytes("large.bin"));
            var file = world.blob(release.digest("large.bin"));
            var bytes = Files.readAllBytes(file);
            bytes[5] ^= 4;
            Files.write(file, bytes);

            var answer = world.get("/orders/Content/1.0/large.bin");

            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo(release.bytes("large.bin"));
            assertThat(file.resolveSibling(file.getFileName() + ".damaged")).exists();
        }
    }

    @Test
    void damageFarBehindEndsTheAnswerAndTheNextOneIsWhole() throws Exception {
        var release = release();
        try (var world = world()) {
            serve(world, release);
            assertThat(world.get("/orders/Content/1.0/large.bin").status()).isEqualTo(200);
            var file = world.blob(release.digest("large.bin"));
            var bytes = Files.readAllBytes(file);
            bytes[LARGE_BYTES - 1] ^= 1;
            Files.write(file, bytes);

            org.assertj.core.api.Assertions.assertThatThrownBy(() -> world.get("/orders/Content/1.0/large.bin"))
                    .isInstanceOf(EOFException.class);

            await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertThat(
                            world.get("/orders/Content/1.0/large.bin").body())
                    .isEqualTo(release.bytes("large.bin")));
        }
    }

    @Test
    void sumsFindEveryFlipOfOneBitAndEveryShortBurst() throws IOException {
        var random = new Random(SEED);
        for (int length : new int[] {1, 7, ChunkSums.CHUNK_BYTES, ChunkSums.CHUNK_BYTES + 1, 300_000}) {
            var bytes = random(length, length);
            var reader = new ChunkSums.Reader(new java.io.ByteArrayInputStream(bytes));
            reader.transferTo(java.io.OutputStream.nullOutputStream());
            var sums = reader.sums();
            assertThat(sums.sizeBytes()).isEqualTo(length);
            for (int i = 0; i < 200; i++) {
                var damaged = bytes.clone();
                int at = random.nextInt(length);
                int burst = Math.min(length - at, 1 + random.nextInt(8));
                for (int k = 0; k < burst; k++) {
                    damaged[at + k] ^= (byte) (1 + random.nextInt(255));
                }
                for (int chunk = 0; sums.length(chunk) > 0; chunk++) {
                    int from = chunk * ChunkSums.CHUNK_BYTES;
                    int to = from + sums.length(chunk);
                    var seen = java.nio.ByteBuffer.wrap(damaged).slice(from, to - from);
                    boolean hit = at < to && at + burst > from;
                    assertThat(sums.matches(chunk, seen))
                            .as("%d %d %d", length, at, chunk)
                            .isEqualTo(!hit);
                }
            }
        }
    }
}
