package io.portolan.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.RevisionId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What every {@link StateStore} has to do. */
abstract class StateStoreContract extends StateStoreFixture {
    @Test
    void createsOnlyWhatIsAbsent() {
        assertThat(put("extension", "a", Writer.ABSENT, "one")).isEqualTo(1);

        assertThatThrownBy(() -> put("extension", "a", Writer.ABSENT, "two"))
                .isInstanceOf(Conflict.class)
                .hasMessage("putting extension a: generation: 1 (expected: 0)");
        assertThat(text("extension", "a")).isEqualTo("one");
    }

    @Test
    void replacesOnlyTheExpectedGeneration() {
        put("extension", "a", Writer.ABSENT, "one");
        assertThat(put("extension", "a", 1, "two")).isEqualTo(2);

        assertThatThrownBy(() -> put("extension", "a", 1, "three")).isInstanceOf(Conflict.class);
        assertThatThrownBy(() -> put("extension", "b", 1, "three")).isInstanceOf(Conflict.class);
        assertThat(document("extension", "a").orElseThrow().generation()).isEqualTo(2);
        assertThat(text("extension", "a")).isEqualTo("two");
    }

    @Test
    void replacesAnyGenerationWhenAsked() {
        assertThat(put("extension", "a", Writer.ANY, "one")).isEqualTo(1);
        assertThat(put("extension", "a", Writer.ANY, "two")).isEqualTo(2);
    }

    @Test
    void deletesOnlyTheExpectedGeneration() {
        put("extension", "a", Writer.ABSENT, "one");

        assertThatThrownBy(() -> delete("extension", "a", 2)).isInstanceOf(Conflict.class);
        assertThatThrownBy(() -> delete("extension", "a", Writer.ABSENT)).isInstanceOf(Conflict.class);
        assertThatThrownBy(() -> delete("extension", "b", 1)).isInstanceOf(Conflict.class);
        delete("extension", "b", Writer.ANY);
        delete("extension", "a", 1);

        assertThat(document("extension", "a")).isEmpty();
        assertThat(put("extension", "a", Writer.ABSENT, "again")).isEqualTo(1);
    }

    @Test
    void listsByPrefixInOrderOfCodePoints() {
        var keys = List.of(
                "", "A", "a", "a/", "a/1", "a/10", "a/2", "a0", "a%", "a_b", "b", "é", "\uffff", "\ud83d\ude00");
        store.write(w -> {
            keys.reversed().forEach(key -> w.put("k", key, Writer.ABSENT, key.getBytes(UTF_8)));
            return w.put("other", "a/3", Writer.ABSENT, new byte[0]);
        });

        assertThat(keys(""))
                .containsExactly(
                        "",
                        "A",
                        "a",
                        "a%",
                        "a/",
                        "a/1",
                        "a/10",
                        "a/2",
                        "a0",
                        "a_b",
                        "b",
                        "é",
                        "\uffff",
                        "\ud83d\ude00");
        assertThat(keys("a/")).containsExactly("a/", "a/1", "a/10", "a/2");
        assertThat(keys("a/1")).containsExactly("a/1", "a/10");
        assertThat(keys("a%")).containsExactly("a%");
        assertThat(keys("\uffff")).containsExactly("\uffff");
        assertThat(keys("\ud83d\ude00")).containsExactly("\ud83d\ude00");
        assertThat(keys("z")).isEmpty();
    }

    @Test
    void tellsWhatChangedSinceANumber() {
        long start = change();
        put("k", "a", Writer.ABSENT, "one");
        put("k", "b", Writer.ABSENT, "one");
        long between = change();
        put("other", "x", Writer.ABSENT, "one");
        put("k", "b", 1, "two");
        store.write(w -> {
            w.delete("k", "a", 1);
            w.delete("k", "never there", Writer.ANY);
            w.put("k", "c", Writer.ABSENT, new byte[0]);
            return w.put("k", "d", Writer.ABSENT, new byte[0]);
        });
        long end = change();

        assertThat(between).isEqualTo(start + 2);
        assertThat(end).as("one number a transaction").isEqualTo(between + 3);
        assertThat(changed(between)).containsExactly("b", "c", "d");
        assertThat(changed(end - 1)).containsExactly("c", "d");
        assertThat(changed(end)).isEmpty();
        assertThat(changed(-1)).containsExactly("b", "c", "d");
        assertThat(removed(between)).containsExactly("a");
        assertThat(removed(end)).isEmpty();

        put("k", "a", Writer.ABSENT, "again");
        assertThat(changed(end)).containsExactly("a");
        assertThat(removed(start)).containsExactly("a");
        delete("k", "a", 1);
        assertThat(removed(end)).containsExactly("a");
    }

    @Test
    void changesOnlyWhatWasKept() {
        long before = change();

        append("a row of the log is no document");
        assertThatThrownBy(() -> store.write(w -> {
                    w.put("k", "a", Writer.ABSENT, new byte[0]);
                    throw new IllegalStateException("ours");
                }))
                .isInstanceOf(IllegalStateException.class);

        assertThat(change()).isEqualTo(before);
    }

    private long change() {
        return store.read(Reader::lastChange);
    }

    private List<String> changed(long after) {
        return store.read(r -> r.changed("k", after).stream().map(Document::key).toList());
    }

    private List<String> removed(long after) {
        return store.read(r -> r.removed("k", after));
    }

    @Test
    void undoesEverythingOfAFailedTransaction() {
        put("k", "kept", Writer.ABSENT, "one");
        append("kept");
        var digest = new ArrayList<Digest>();

        assertThatThrownBy(() -> store.write(w -> {
                    w.put("k", "kept", Writer.ANY, "two".getBytes(UTF_8));
                    w.put("k", "new", Writer.ABSENT, new byte[0]);
                    w.append(entry("lost"));
                    w.putRevision(revision(1, 1, ""));
                    digest.add(w.putObject("lost".getBytes(UTF_8)));
                    assertThat(w.log(0, 10)).hasSize(2);
                    throw new IllegalStateException("ours");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("ours");

        assertThat(text("k", "kept")).isEqualTo("one");
        assertThat(keys("")).containsExactly("kept");
        assertThat(log(0, 10)).extracting(LogRow::id).containsExactly(1L);
        assertThat(newest(PROD)).isEmpty();
        assertThat(object(digest.getFirst())).isEmpty();
        assertThat(append("next").id()).isEqualTo(2);
    }

    @Test
    void undoesEverythingWhenALaterPutConflicts() {
        put("k", "a", Writer.ABSENT, "one");

        assertThatThrownBy(() -> store.write(w -> {
                    w.append(entry("lost"));
                    return w.put("k", "a", Writer.ABSENT, new byte[0]);
                }))
                .isInstanceOf(Conflict.class);

        assertThat(lastRow()).isEmpty();
    }

    @Test
    void storesObjectsOnce() {
        var bytes = new byte[] {0, 1, -1, 39, 0};

        var first = store.write(w -> w.putObject(bytes));
        var second = store.write(w -> w.putObject(bytes));

        assertThat(second).isEqualTo(first).isEqualTo(Digest.of(bytes));
        assertThat(object(first).orElseThrow()).isEqualTo(bytes);
        assertThat(object(Digest.of(new byte[0]))).isEmpty();
    }

    @Test
    void addsOnlyTheChildOfTheNewestRevision() {
        var first = revision(1, 1, "");
        var second = revision(1, 2, first.digest().value());
        putRevision(first);
        putRevision(second);

        assertThatThrownBy(() -> putRevision(revision(1, 1, second.digest().value())))
                .isInstanceOf(Conflict.class)
                .hasMessage("adding revision 1.1 of prod: id: 1.1 (expected: above 1.2)");
        assertThatThrownBy(() -> putRevision(revision(1, 2, second.digest().value())))
                .isInstanceOf(Conflict.class);
        assertThatThrownBy(() -> putRevision(revision(1, 3, first.digest().value())))
                .isInstanceOf(Conflict.class)
                .hasMessageContaining("parent");
        assertThatThrownBy(() -> putRevision(revision(1, 3, ""))).isInstanceOf(Conflict.class);

        assertThat(newest(PROD).orElseThrow().id()).isEqualTo(new RevisionId(1, 2));
    }

    @Test
    void ordersRevisionsByEpochThenNumber() {
        var old = revision(1, 9, "");
        var restored = revision(2, 3, old.digest().value());
        putRevision(old);
        putRevision(restored);

        assertThat(revisions(10)).extracting(StoredRevision::id).containsExactly(restored.id(), old.id());
        assertThat(revisions(1)).hasSize(1);
        var read = revision(old.id()).orElseThrow();
        assertThat(read).usingRecursiveComparison().isEqualTo(old);
        assertThat(revision(new RevisionId(1, 8))).isEmpty();
        assertThat(newest(new EnvironmentName("rc"))).isEmpty();
    }

    @Test
    void readsOneSnapshotDuringWrites() throws Exception {
        put("k", "a", Writer.ABSENT, "before");

        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var seen = store.read(r -> {
                var first = new String(r.get("k", "a").orElseThrow().bytes(), UTF_8);
                join(threads.submit(() -> put("k", "a", 1, "after")));
                join(threads.submit(() -> append("meanwhile")));
                return List.of(
                        first,
                        new String(r.get("k", "a").orElseThrow().bytes(), UTF_8),
                        r.lastLogRow().isPresent() ? "log" : "no log");
            });

            assertThat(seen).containsExactly("before", "before", "no log");
        }
        assertThat(text("k", "a")).isEqualTo("after");
    }

    @Test
    void numbersTheLogWithoutGapsUnderConcurrentWriters() throws Exception {
        int writers = 8;
        int each = 25;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var tasks = LongStream.range(0, writers)
                    .<Callable<Integer>>mapToObj(writer -> () -> {
                        for (int i = 0; i < each; i++) {
                            append("writer/" + writer);
                            increment();
                            assertThat(broken()).isEmpty();
                        }
                        return each;
                    })
                    .toList();
            for (var done : threads.invokeAll(tasks)) {
                assertThat(done.get()).isEqualTo(each);
            }
        }

        var rows = log(0, 1000);
        assertThat(rows)
                .extracting(LogRow::id)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, writers * each).boxed().toList());
        assertThat(LogChain.verify(rows.iterator())).isEmpty();
        assertThat(text("k", "counter")).isEqualTo("" + writers * each);
    }

    @Test
    void pagesTheLogAndFindsASubject() {
        for (int i = 1; i <= 7; i++) {
            append(i % 2 == 0 ? "even" : "odd");
        }

        assertThat(log(2, 3)).extracting(LogRow::id).containsExactly(3L, 4L, 5L);
        assertThat(log(7, 3)).isEmpty();
        assertThat(logOf("odd", 3)).extracting(LogRow::id).containsExactly(7L, 5L, 3L);
        assertThat(lastRow().orElseThrow().id()).isEqualTo(7);
    }

    @Test
    void keepsTheTextOfTheLogExactly() {
        var strange = new LogEntry(
                "t",
                "s'\"; drop table log; --",
                "ä\ud83d\ude00",
                "::1",
                " \t\r\n\u0001\u007f\ufeff ",
                "{\"a\":\"%_?:x\"}",
                AT);

        store.write(w -> w.append(strange));

        assertThat(lastRow().orElseThrow().entry()).isEqualTo(strange);
        assertThat(broken()).isEmpty();
    }

    @Test
    void refusesTextThatNotEveryStoreCanHold() {
        assertThatThrownBy(() -> append("a\0b")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> append("a\ud800")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> put("k", "a\0b", Writer.ANY, "")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void keepsAllAcrossReopening() {
        put("k", "a", Writer.ABSENT, "one");
        var row = append("kept");
        putRevision(revision(1, 1, ""));
        var digest = store.write(w -> w.putObject(new byte[1 << 20]));

        reopen();

        assertThat(text("k", "a")).isEqualTo("one");
        assertThat(lastRow()).contains(row);
        assertThat(newest(PROD)).isPresent();
        assertThat(object(digest).orElseThrow()).hasSize(1 << 20);
        assertThat(append("next").previous()).isEqualTo(row.hash());
    }

    @Test
    void tellsListenersOfCommittedWritesOnly() {
        var calls = new AtomicInteger();
        var seen = new AtomicInteger();
        var failing = store.onCommit(() -> {
            throw new IllegalStateException("thrown by a listener, on purpose");
        });
        var counting = store.onCommit(() -> {
            calls.incrementAndGet();
            // Outside of any lock, and what was written can be read.
            seen.set(log(0, 10).size());
        });

        append("one");
        lastRow();
        assertThatThrownBy(() -> put("k", "a", 7, "")).isInstanceOf(Conflict.class);
        append("two");
        failing.close();
        counting.close();
        append("three");

        assertThat(calls).hasValue(2);
        assertThat(seen).hasValue(2);
    }

    @Test
    void listenersMayWrite() {
        var once = new AtomicInteger();
        store.onCommit(() -> {
            if (once.getAndIncrement() == 0) {
                append("by the listener");
            }
        });

        append("one");

        assertThat(log(0, 10)).hasSize(2);
    }

    @Test
    void refusesAWriteInsideAWrite() {
        assertThatThrownBy(() -> store.write(w -> append("nested"))).isInstanceOf(IllegalStateException.class);

        assertThat(append("first").id()).isEqualTo(1);
    }

    @Test
    void tellsNobodyOfAQuietWrite() {
        var calls = new AtomicInteger();
        store.onCommit(calls::incrementAndGet);

        assertThat(store.<Long>writeQuietly(w -> w.put("k", "a", Writer.ABSENT, new byte[0])))
                .isEqualTo(1);
        assertThatThrownBy(() -> store.writeQuietly(w -> w.put("k", "a", Writer.ABSENT, new byte[0])))
                .isInstanceOf(Conflict.class);

        assertThat(calls).hasValue(0);
        assertThat(document("k", "a")).isPresent();
    }

    /** Two stores on one state are to each other as two processes are. */
    @Test
    void letsExactlyOneOfTwoProcessesWin() throws Exception {
        int rounds = 40;
        try (var other = open();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < rounds; round++) {
                long expected = round;
                var start = new CountDownLatch(1);
                var attempts = Stream.of(store, other)
                        .map(one -> threads.submit(() -> {
                            start.await();
                            try {
                                return one.<Long>write(w -> w.put("k", "contested", expected, new byte[0]));
                            } catch (Conflict lost) {
                                return 0L;
                            }
                        }))
                        .toList();
                start.countDown();

                assertThat(attempts.stream().map(StateStoreFixture::join))
                        .as("round %d", round)
                        .containsExactlyInAnyOrder(0L, expected + 1);
            }
        }
    }

    @Test
    void keepsOneChainUnderTwoProcesses() throws Exception {
        int each = 60;
        try (var other = open();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var written = Stream.of(store, store, other, other)
                    .map(one -> threads.submit(() -> {
                        for (int i = 0; i < each; i++) {
                            one.<LogRow>write(w -> {
                                var count = w.get("k", "counter");
                                long value = count.map(present -> Long.parseLong(new String(present.bytes(), UTF_8)))
                                        .orElse(0L);
                                w.put(
                                        "k",
                                        "counter",
                                        Writer.ANY,
                                        Long.toString(value + 1).getBytes(UTF_8));
                                return w.append(entry("row/" + value));
                            });
                        }
                        return each;
                    }))
                    .toList();
            assertThat(written.stream().mapToInt(StateStoreFixture::join).sum()).isEqualTo(4 * each);

            for (var one : List.of(store, other)) {
                assertThat(one.<Optional<LogChain.Broken>>read(LogChain::verify))
                        .isEmpty();
            }
        }
        assertThat(text("k", "counter")).isEqualTo("" + 4 * each);
        assertThat(log(0, 1000))
                .extracting(row -> row.entry().subject())
                .containsExactlyElementsOf(
                        LongStream.range(0, 4 * each).mapToObj(i -> "row/" + i).toList());
    }

    @Test
    void readsOneSnapshotWhileAnotherProcessWrites() {
        put("k", "a", Writer.ABSENT, "before");

        try (var other = open()) {
            var seen = store.read(r -> {
                var first = new String(r.get("k", "a").orElseThrow().bytes(), UTF_8);
                other.<Long>write(w -> {
                    w.append(entry("meanwhile"));
                    return w.put("k", "a", 1, "after".getBytes(UTF_8));
                });
                return List.of(first, new String(r.get("k", "a").orElseThrow().bytes(), UTF_8), "" + r.lastLogRow());
            });

            assertThat(seen).containsExactly("before", "before", "Optional.empty");
        }
        assertThat(text("k", "a")).isEqualTo("after");
    }

    @Test
    void refusesToWorkWhenClosed() {
        store.close();

        assertThatThrownBy(() -> append("late"))
                .isInstanceOf(StorageFailure.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> text("k", "a"))
                .isInstanceOf(StorageFailure.class)
                .hasMessageContaining("closed");
    }
}
