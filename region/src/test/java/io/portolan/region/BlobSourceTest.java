package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.artifact.DigestMismatch;
import io.portolan.artifact.FolderBlobStore;
import io.portolan.model.Digest;
import io.portolan.model.FailPoints;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How one blob comes from several sources, over real HTTP into a real folder. */
class BlobSourceTest {
    private static final byte[] BYTES = bytes();
    private static final Digest DIGEST = Digest.of(BYTES);

    @TempDir
    private Path folder;

    private static byte[] bytes() {
        var bytes = new byte[300_000];
        new Random(7).nextBytes(bytes);
        return bytes;
    }

    private static BlobSource source(URI store, URI... peers) {
        return new BlobSource(store, Duration.ofSeconds(5), 0, () -> List.of(peers), InstantSource.system());
    }

    private FolderBlobStore store() throws IOException {
        return new FolderBlobStore(folder, FailPoints.NONE);
    }

    private static void fetch(BlobSource source, FolderBlobStore into) throws IOException {
        source.fetch(DIGEST, BYTES.length, content -> into.put(DIGEST, content));
    }

    @Test
    void aBodyThatBreaksOffIsGoneOnWithFromTheNextSource() throws IOException {
        var into = store();
        try (var cut = new BlobServer(any -> BYTES).cutAfter(100_000);
                var good = new BlobServer(any -> BYTES)) {
            fetch(source(cut.uri(), good.uri()), into);

            assertThat(into.isIntact(DIGEST)).isTrue();
            assertThat(good.ranges()).singleElement().asString().matches("bytes=[1-9][0-9]*-");
        }
    }

    @Test
    void aFetchThatBrokeOffIsGoneOnWithByTheNextProcess() throws IOException {
        try (var cut = new BlobServer(any -> BYTES).cutAfter(200_000)) {
            var first = store();
            assertThatThrownBy(() -> fetch(source(cut.uri()), first)).isInstanceOf(IOException.class);
            assertThat(first.has(DIGEST)).isFalse();
        }
        long kept = Files.size(folder.resolve(".partial").resolve(DIGEST.value()));
        assertThat(kept).isPositive();
        try (var good = new BlobServer(any -> BYTES)) {
            var again = store();

            fetch(source(good.uri()), again);

            assertThat(again.isIntact(DIGEST)).isTrue();
            assertThat(good.ranges()).containsExactly("bytes=" + kept + "-");
            assertThat(folder.resolve(".partial")).isEmptyDirectory();
        }
    }

    @Test
    void whatWasKeptIsNotBelieved() throws IOException {
        Files.createDirectories(folder.resolve(".partial"));
        Files.write(folder.resolve(".partial").resolve(DIGEST.value()), new byte[1000]);
        try (var good = new BlobServer(any -> BYTES)) {
            var into = store();
            var source = source(good.uri());

            fetch(source, into);

            assertThat(into.isIntact(DIGEST)).isTrue();
            assertThat(good.ranges()).containsExactly("bytes=1000-", "null");
            assertThat(source.reports().getFirst().refused()).isZero();
        }
    }

    @Test
    void allOfItKeptNeedsNobody() throws IOException {
        Files.createDirectories(folder.resolve(".partial"));
        Files.write(folder.resolve(".partial").resolve(DIGEST.value()), BYTES);
        var into = store();

        fetch(source(PeerWorld.NOWHERE), into);

        assertThat(into.isIntact(DIGEST)).isTrue();
    }

    @Test
    void theOneThatLiedIsBlamedWhereTwoGaveParts() throws IOException {
        var wrong = BYTES.clone();
        wrong[10] ^= 1;
        try (var liar = new BlobServer(any -> wrong).cutAfter(100_000);
                var cut = new BlobServer(any -> BYTES)) {
            var into = store();
            var source = source(liar.uri(), cut.uri());

            fetch(source, into);

            assertThat(into.isIntact(DIGEST)).isTrue();
            assertThat(source.reports()).extracting(FetchSource.Report::refused).containsExactly(0L, 0L);
            assertThat(source.reports().get(1).blobs()).isEqualTo(1);
        }
    }

    @Test
    void contentThatIsTooLongIsRefusedBeforeItsEnd() throws IOException {
        var longer = Arrays.copyOf(BYTES, 50 << 20);
        try (var liar = new BlobServer(any -> longer)) {
            var into = store();
            var source = source(liar.uri());

            assertThatThrownBy(() -> fetch(source, into)).isInstanceOf(DigestMismatch.class);

            assertThat(into.has(DIGEST)).isFalse();
            assertThat(folder.resolve(".partial")).isEmptyDirectory();
            assertThat(source.reports().getFirst().refused()).isEqualTo(1);
            assertThat(source.reports().getFirst().bytes()).isLessThan(1 << 20);
        }
    }

    @Test
    void aSourceThatKnowsNoRangesIsReadFromItsBeginning() throws IOException {
        Files.createDirectories(folder.resolve(".partial"));
        Files.write(folder.resolve(".partial").resolve(DIGEST.value()), Arrays.copyOf(BYTES, 1000));
        var http = com.sun.net.httpserver.HttpServer.create(
                new java.net.InetSocketAddress(java.net.InetAddress.getByName("127.0.0.1"), 0), 0);
        http.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, BYTES.length);
            exchange.getResponseBody().write(BYTES);
            exchange.close();
        });
        http.start();
        try {
            var into = store();

            fetch(source(URI.create("http://127.0.0.1:" + http.getAddress().getPort())), into);

            assertThat(into.isIntact(DIGEST)).isTrue();
        } finally {
            http.stop(0);
        }
    }

    @Test
    void whatWasInterruptedLongAgoIsCleared() throws IOException {
        var into = store();
        var kept = folder.resolve(".partial").resolve(DIGEST.value());
        Files.write(kept, new byte[10]);

        into.removePartials(InstantSource.system().instant().minusSeconds(3600));
        assertThat(kept).exists();
        into.removePartials(InstantSource.system().instant().plusSeconds(3600));
        assertThat(kept).doesNotExist();
    }

    @Test
    void theFlowIsHeldToItsRate() {
        var throttle = new Throttle(1_000, () -> Instant.parse("2026-11-23T12:00:00Z"));

        assertThat(throttle.waitMillis(1_000)).isZero();
        assertThat(throttle.waitMillis(500)).isEqualTo(500);
        assertThat(throttle.waitMillis(500)).isEqualTo(1_000);
    }
}
