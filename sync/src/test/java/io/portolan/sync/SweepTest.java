package io.portolan.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.portolan.testkit.RevisionServer;
import io.portolan.testkit.Samples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which revisions and objects a node deletes. */
class SweepTest {
    @TempDir
    private Path folder;

    private final Instant now = InstantSource.system().instant();
    private final RevisionServer server = RevisionServer.start(Samples.PROD);
    private Follower follower;

    @BeforeEach
    void fiveRevisions() {
        follower = new Follower(server.uri(), folder).started();
        server.put(Samples.environment());
        for (int i = 1; i <= 5; i++) {
            server.put(Samples.extension("Contoso_Orders", "orders", i + ".0", List.of("westus")));
            server.publish("test");
            int number = i;
            await().atMost(Duration.ofSeconds(20)).until(() -> follower.number() == number);
        }
    }

    @AfterEach
    void stop() {
        follower.close();
        server.close();
    }

    private List<String> names(String below) throws IOException {
        try (var files = Files.list(folder.resolve(below))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private void age(Duration by) throws IOException {
        for (var below : List.of("revisions", "objects")) {
            for (var name : names(below)) {
                Files.setLastModifiedTime(folder.resolve(below).resolve(name), FileTime.from(now.minus(by)));
            }
        }
    }

    @Test
    void threeRevisionsAndTheirObjectsStayWhateverTheirAge() throws IOException, InterruptedException {
        int objects = names("objects").size();
        age(Duration.ofHours(23));
        assertThat(follower.replica().sweep(now)).isZero();

        age(Duration.ofDays(9));
        assertThat(follower.replica().sweep(now)).isPositive();

        assertThat(names("revisions")).containsExactly("1-3.dsse", "1-4.dsse", "1-5.dsse");
        assertThat(names("objects")).hasSizeLessThan(objects);
        assertThat(follower.replica().sweep(now)).isZero();
        assertThat(follower.replica().keptExtensions()).hasSize(3);

        // All three can be loaded.
        follower.close();
        Files.delete(folder.resolve("revisions/1-5.dsse"));
        Files.delete(folder.resolve("revisions/1-4.dsse"));
        try (var again = new Follower(server.uri(), folder)) {
            assertThat(again.number()).isEqualTo(3);
        }
    }

    @Test
    void aRevisionThatCannotBeReadDeletesNothing() throws IOException {
        age(Duration.ofDays(9));
        var before = Map.of("revisions", names("revisions"), "objects", names("objects"));
        Files.writeString(folder.resolve("revisions/1-4.dsse"), "{}");

        assertThatThrownBy(() -> follower.replica().sweep(now)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> follower.replica().keptExtensions()).isInstanceOf(IOException.class);

        assertThat(Map.of("revisions", names("revisions"), "objects", names("objects")))
                .isEqualTo(before);
    }
}
