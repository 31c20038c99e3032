package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.testkit.MutableClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Row 4.5 of the contract: who is served first when more is asked than can be done, and who is told to go elsewhere. */
class AdmissionTest {
    private final MutableClock clock = new MutableClock(java.time.Instant.parse("2026-11-27T00:00:00Z"));
    private final List<String> done = new CopyOnWriteArrayList<>();
    private final List<String> refused = new CopyOnWriteArrayList<>();
    private final CountDownLatch gate = new CountDownLatch(1);

    private Admission admission(AdmissionLimits limits) {
        return new Admission(limits, Executors.newVirtualThreadPerTaskExecutor(), new Pressure(), clock);
    }

    private static AdmissionLimits limits(int running, int pages, int files, int prefetches) {
        return new AdmissionLimits(running, pages, files, prefetches, Duration.ofSeconds(5), Duration.ofMillis(100));
    }

    private void ask(Admission admission, Priority priority, String name) {
        admission.run(priority, () -> done.add(name), () -> refused.add(name));
    }

    /** Occupies one place until the gate opens. */
    private void block(Admission admission) throws InterruptedException {
        var started = new CountDownLatch(1);
        admission.run(
                Priority.PAGE,
                () -> {
                    started.countDown();
                    try {
                        gate.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                () -> refused.add("blocker"));
        started.await();
    }

    @Test
    void row45PagesComeBeforeFilesAndFilesBeforeWhatIsFetchedAhead() throws Exception {
        var admission = admission(limits(1, 10, 10, 10));
        block(admission);
        ask(admission, Priority.PREFETCH, "ahead");
        ask(admission, Priority.FILE, "file 1");
        ask(admission, Priority.FILE, "file 2");
        ask(admission, Priority.PAGE, "page");

        gate.countDown();

        await().until(() -> done.size() == 4);
        assertThat(done).containsExactly("page", "file 1", "file 2", "ahead");
        assertThat(refused).isEmpty();
    }

    @Test
    void row45WhatIsFetchedAheadIsRefusedWhileAnythingElseWaits() throws Exception {
        var admission = admission(limits(1, 10, 10, 10));
        block(admission);
        ask(admission, Priority.FILE, "file");

        ask(admission, Priority.PREFETCH, "ahead");

        assertThat(refused).containsExactly("ahead");
        assertThat(admission.shed(Priority.PREFETCH)).isEqualTo(1);
        gate.countDown();
        await().until(() -> done.contains("file"));
    }

    @Test
    void queuesHaveAnEndAndOneThatIsFullTakesNoPlaceOfAnother() throws Exception {
        var admission = admission(limits(1, 2, 3, 1));
        block(admission);
        IntStream.range(0, 10).forEach(i -> ask(admission, Priority.FILE, "file " + i));
        ask(admission, Priority.PAGE, "page");

        assertThat(refused).hasSize(7).allMatch(name -> name.startsWith("file"));
        gate.countDown();
        await().until(() -> done.size() == 4);
        assertThat(done.getFirst()).isEqualTo("page");
        var metrics = new StringBuilder();
        admission.write(metrics);
        assertThat(metrics)
                .contains("portolan_node_shed_total{priority=\"file\"} 7")
                .contains("portolan_node_waiting{priority=\"page\"} 0");
    }

    @Test
    void whatWaitedTooLongIsNotWorkedOnAnyMore() throws Exception {
        var admission = admission(limits(1, 10, 10, 10));
        block(admission);
        ask(admission, Priority.FILE, "early");
        clock.advance(Duration.ofSeconds(6));
        ask(admission, Priority.FILE, "late");

        gate.countDown();

        await().until(() -> done.contains("late"));
        assertThat(refused).containsExactly("early");
    }

    @Test
    void everyRequestIsAnsweredOnceWhateverTheCrowd() throws Exception {
        var admission = admission(limits(4, 20, 20, 5));
        int crowd = 2_000;
        var asking = new ArrayList<Thread>();
        for (int i = 0; i < crowd; i++) {
            var name = String.valueOf(i);
            var priority = Priority.values()[i % 3];
            asking.add(Thread.ofVirtual().start(() -> ask(admission, priority, name)));
        }
        for (var thread : asking) {
            thread.join();
        }

        await().until(() -> done.size() + refused.size() == crowd);
        var all = new ArrayList<>(done);
        all.addAll(refused);
        assertThat(all).doesNotHaveDuplicates();
        ask(admission, Priority.PREFETCH, "after");
        await().until(() -> done.contains("after"));
    }

    @ParameterizedTest
    @CsvSource({
        "/orders, '', '', PAGE",
        "/orders/-/manifest/1.0, '', '', PAGE",
        "/-/worker.js, '', '', PAGE",
        "/orders/Content/1.0/app.js, '', '', FILE",
        "/orders/Content/1.0/app.js, '', 'u=1', PAGE",
        "/orders/Content/1.0/app.js, '', 'u=1, i', PAGE",
        "/orders/Content/1.0/app.js, '', 'i, u=0', PAGE",
        "/orders/Content/1.0/app.js, '', 'u=4, i', FILE",
        "/orders/Content/1.0/app.js, '', 'u=7', PREFETCH",
        "/orders/Content/1.0/app.js, '', 'u=71', FILE",
        "/orders/Content/1.0/app.js, 'prefetch', 'u=0', PREFETCH",
        "/orders/Content/1.0/app.js, 'prefetch;prerender', '', PREFETCH",
        "/orders, 'prefetch;anonymous-client-ip', '', PREFETCH"
    })
    void tellsWhatWaitsByTheRequest(String path, String purpose, String priority, Priority expected) {
        var headers = Map.of("sec-purpose", purpose, "priority", priority);

        assertThat(Priority.of(new Request("GET", "localhost", path, "", false, headers)))
                .isEqualTo(expected);
    }
}
