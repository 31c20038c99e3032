package io.portolan.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.Digest;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderBlobStoreTest {
    private static final byte[] CONTENT = "content".getBytes(UTF_8);
    private static final Digest DIGEST = Digest.of(CONTENT);

    @TempDir
    Path root;

    private final List<FailPoint> reached = new ArrayList<>();
    private FolderBlobStore store;

    @BeforeEach
    void open() throws IOException {
        store = new FolderBlobStore(root, reached::add);
    }

    @Test
    void keepsContentUnderItsHash() throws IOException {
        store.put(DIGEST, new ByteArrayInputStream(CONTENT));

        assertThat(root.resolve(DIGEST.value().substring(0, 2)).resolve(DIGEST.value()))
                .hasBinaryContent(CONTENT);
        assertThat(store.has(DIGEST)).isTrue();
        assertThat(store.size(DIGEST)).isEqualTo(OptionalLong.of(CONTENT.length));
        assertThat(store.read(DIGEST, 100)).isEqualTo(CONTENT);
        assertThat(reached).containsExactly(FailPoint.FETCH_BLOB_WRITTEN, FailPoint.FETCH_BLOB_STORED);
    }

    @Test
    void tellsTheDigestOfStreamedContent() throws IOException {
        assertThat(store.put(new ByteArrayInputStream(CONTENT))).isEqualTo(DIGEST);
        assertThat(store.has(DIGEST)).isTrue();
    }

    @Test
    void storesNothingTwice() throws IOException {
        store.put(CONTENT);
        reached.clear();

        store.put(DIGEST, new ByteArrayInputStream("never read".getBytes(UTF_8)));

        assertThat(reached).isEmpty();
        assertThat(store.isIntact(DIGEST)).isTrue();
    }

    @Test
    void refusesOtherContentAndKeepsNothing() throws IOException {
        assertThatThrownBy(() -> store.put(DIGEST, new ByteArrayInputStream("other".getBytes(UTF_8))))
                .isInstanceOf(DigestMismatch.class)
                .hasMessageContaining("expected: " + DIGEST);

        assertThat(store.has(DIGEST)).isFalse();
        assertThat(store.size(DIGEST)).isEmpty();
        assertThat(files()).isEmpty();
    }

    @Test
    void clearsWhatACrashLeftWhenOpened() throws IOException {
        FailPoints crash = point -> {
            throw new IllegalStateException("crash");
        };
        Files.writeString(root.resolve(".tmp/7"), "half a blob");

        new FolderBlobStore(root, crash);

        assertThat(files()).isEmpty();
    }

    @Test
    void noticesDamageAndRemovesIt() throws IOException {
        store.put(CONTENT);
        Files.writeString(store.path(DIGEST), "damaged");

        assertThat(store.isIntact(DIGEST)).isFalse();
        assertThatThrownBy(() -> store.read(DIGEST, 100)).isInstanceOf(DigestMismatch.class);
        assertThat(store.remove(DIGEST)).isTrue();
        assertThat(store.remove(DIGEST)).isFalse();
        assertThat(store.isIntact(DIGEST)).isFalse();
    }

    @Test
    void readsNoMoreThanAllowed() throws IOException {
        store.put(CONTENT);

        assertThatThrownBy(() -> store.read(DIGEST, 3)).hasMessageContaining("longer than 3 bytes");
        assertThatThrownBy(() -> store.read(Digest.of(new byte[1]), 3)).isInstanceOf(NoSuchFileException.class);
    }

    private List<Path> files() throws IOException {
        try (var all = Files.walk(root)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }
}
