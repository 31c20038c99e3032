package io.portolan.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.Digest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogChainTest {
    private static final Instant AT = Instant.parse("2026-11-23T10:00:00Z");

    /** The encoding lies on disk for ever: this value may never change (made with another program). */
    @Test
    void hashesAsItAlwaysDid() {
        assertThat(LogChain.hash(1, LogChain.START, entry("t", "s")).value())
                .isEqualTo("835d70b74909d5291761772a6dc9463078cc0fe44fb054cedafd272d67647902");
    }

    @Test
    void movingTextBetweenFieldsChangesTheHash() {
        assertThat(LogChain.hash(1, LogChain.START, entry("ab", "c")))
                .isNotEqualTo(LogChain.hash(1, LogChain.START, entry("a", "bc")));
    }

    @Test
    void everyFieldCounts() {
        var base = new LogEntry("t", "s", "a", "o", "r", "{}", AT);
        var hashes = List.of(
                LogChain.hash(1, LogChain.START, base),
                LogChain.hash(2, LogChain.START, base),
                LogChain.hash(1, Digest.of(new byte[0]), base),
                LogChain.hash(1, LogChain.START, new LogEntry("x", "s", "a", "o", "r", "{}", AT)),
                LogChain.hash(1, LogChain.START, new LogEntry("t", "x", "a", "o", "r", "{}", AT)),
                LogChain.hash(1, LogChain.START, new LogEntry("t", "s", "x", "o", "r", "{}", AT)),
                LogChain.hash(1, LogChain.START, new LogEntry("t", "s", "a", "x", "r", "{}", AT)),
                LogChain.hash(1, LogChain.START, new LogEntry("t", "s", "a", "o", "x", "{}", AT)),
                LogChain.hash(1, LogChain.START, new LogEntry("t", "s", "a", "o", "r", "{ }", AT)),
                LogChain.hash(1, LogChain.START, new LogEntry("t", "s", "a", "o", "r", "{}", AT.plusNanos(1))));

        assertThat(hashes).doesNotHaveDuplicates();
    }

    @Test
    void anEmptyLogIsWhole() {
        assertThat(LogChain.verify(List.<LogRow>of().iterator())).isEmpty();
    }

    @Test
    void findsRowsThatChangedPlaces() {
        var rows = chain(4);
        var swapped = List.of(rows.get(0), rows.get(2), rows.get(1), rows.get(3));

        assertThat(LogChain.verify(rows.iterator())).isEmpty();
        assertThat(LogChain.verify(swapped.iterator()).orElseThrow().id()).isEqualTo(3);
    }

    @Test
    void findsARowThatWasRewrittenWithAFittingHash() {
        var rows = new ArrayList<>(chain(4));
        rows.set(1, LogChain.next(1, rows.getFirst().hash(), entry("t", "other")));

        assertThat(LogChain.verify(rows.iterator()).orElseThrow().id()).isEqualTo(3);
    }

    private static List<LogRow> chain(int length) {
        var rows = new ArrayList<LogRow>();
        var hash = LogChain.START;
        for (int i = 0; i < length; i++) {
            var row = LogChain.next(i, hash, entry("t", "s" + i));
            rows.add(row);
            hash = row.hash();
        }
        return rows;
    }

    private static LogEntry entry(String type, String subject) {
        return new LogEntry(type, subject, "ada", "::1", "", "{}", AT);
    }
}
