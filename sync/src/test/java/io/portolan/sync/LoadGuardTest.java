package io.portolan.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.RevisionId;
import io.portolan.testkit.MutableClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the guard of loads remembers of processes that died; each {@code start} here is a process. */
class LoadGuardTest {
    private static final RevisionId FIVE = new RevisionId(1, 5);
    private static final Digest DIGEST = Digest.of("five".getBytes(StandardCharsets.UTF_8));
    private static final ExtensionName ORDERS = new ExtensionName("Contoso_Orders");

    @TempDir
    private Path folder;

    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-23T12:00:00Z"));
    private final AtomicBoolean ready = new AtomicBoolean();

    private LoadGuard start() throws IOException {
        return LoadGuard.open(DurableFolder.open(folder), clock, ready::get);
    }

    private void dieAt(String version, int times) throws IOException {
        for (int i = 0; i < times; i++) {
            var guard = start();
            assertThat(guard.verdict(FIVE, DIGEST)).isInstanceOf(LoadGuard.Verdict.Proceed.class);
            guard.begin(FIVE, DIGEST);
            if (!version.isEmpty()) {
                guard.marker().at(ORDERS, version);
            }
        }
    }

    @Test
    void threeStartsThatDiedAtOneExtensionSetItAside() throws IOException {
        dieAt("2.0", 3);

        var verdict = start().verdict(FIVE, DIGEST);

        assertThat(verdict).isInstanceOf(LoadGuard.Verdict.SetAsideExtension.class);
        var extension = (LoadGuard.Verdict.SetAsideExtension) verdict;
        assertThat(extension.extension()).isEqualTo(ORDERS);
        assertThat(extension.reason()).contains("3 starts", "Contoso_Orders 2.0", "release");
    }

    @Test
    void threeStartsThatDiedElsewhereSetTheRevisionAside() throws IOException {
        dieAt("2.0", 2);
        dieAt("", 1);

        assertThat(start().verdict(FIVE, DIGEST)).isInstanceOf(LoadGuard.Verdict.SetAsideRevision.class);
    }

    @Test
    void aNodeThatGotReadyCountsAnew() throws IOException {
        dieAt("", 2);
        var guard = start();
        guard.begin(FIVE, DIGEST);
        guard.applied();
        ready.set(true);
        guard.settle();
        ready.set(false);

        dieAt("", 3);
    }

    @Test
    void aNodeThatOutlivedTheLoadByFiveMinutesCountsAnew() throws IOException {
        dieAt("", 2);
        var guard = start();
        guard.begin(FIVE, DIGEST);
        guard.applied();
        clock.advance(LoadGuard.READY_LIMIT.minusMillis(1));
        guard.settle();
        assertThat(folder.resolve("loading.json")).exists();
        clock.advance(Duration.ofMillis(1));
        guard.settle();
        assertThat(folder.resolve("loading.json")).doesNotExist();

        dieAt("", 3);
    }

    @Test
    void aLoadThatHangsForFiveMinutesIsNoSuccess() throws IOException {
        for (int i = 0; i < 3; i++) {
            var guard = start();
            guard.begin(FIVE, DIGEST);
            clock.advance(LoadGuard.READY_LIMIT.multipliedBy(2));
            guard.settle();
            guard.closed();
        }

        assertThat(start().verdict(FIVE, DIGEST)).isInstanceOf(LoadGuard.Verdict.SetAsideRevision.class);
    }

    @Test
    void aStopInOrderCountsForNothing() throws IOException {
        for (int i = 0; i < 5; i++) {
            var guard = start();
            assertThat(guard.verdict(FIVE, DIGEST)).isInstanceOf(LoadGuard.Verdict.Proceed.class);
            guard.begin(FIVE, DIGEST);
            guard.applied();
            guard.closed();
        }
    }

    @Test
    void theDeathOfAReadyNodeIsNoStart() throws IOException {
        var guard = start();
        ready.set(true);
        guard.begin(new RevisionId(1, 4), Digest.of(new byte[] {4}));
        guard.applied();
        guard.begin(FIVE, DIGEST);
        ready.set(false);

        dieAt("", 3);
        assertThat(start().verdict(FIVE, DIGEST)).isInstanceOf(LoadGuard.Verdict.SetAsideRevision.class);
    }

    @Test
    void aReleaseForgetsEverything() throws IOException {
        dieAt("", 3);
        var guard = start();
        guard.setAside(guard.setAside().with(DIGEST, "crashed"));
        assertThat(start().setAside().revisions()).containsKey(DIGEST);

        Files.createFile(folder.resolve("release"));

        assertThat(start().takeRelease()).isTrue();
        var after = start();
        assertThat(after.setAside().isEmpty()).isTrue();
        assertThat(after.takeRelease()).isFalse();
        dieAt("", 3);
    }

    @Test
    void damagedRecordsAreLeftOut() throws IOException {
        Files.writeString(folder.resolve("loading.json"), "{");
        Files.writeString(folder.resolve("set-aside.json"), "[]");

        assertThat(start().verdict(FIVE, DIGEST)).isInstanceOf(LoadGuard.Verdict.Proceed.class);
    }
}
