package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ranges of RFC 9110, section 14. */
class ByteRangeTest {
    private static final long SEED = 20_261_123L;

    private static String text(ByteRange range) {
        return switch (range) {
            case ByteRange.Whole whole -> "whole";
            case ByteRange.Unsatisfiable beyond -> "416";
            case ByteRange.Parts parts ->
                parts.parts().stream()
                        .map(part -> part.offset() + "+" + part.length())
                        .collect(Collectors.joining(" "));
        };
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | whole",
                "bytes=0-0 | 0+1",
                "BYTES=1-2 | 1+2",
                "bytes=0-99 | 0+100",
                "bytes=0-100 | 0+100",
                "bytes=5- | 5+95",
                "bytes=99- | 99+1",
                "bytes=-1 | 99+1",
                "bytes=-100 | 0+100",
                "bytes=-1000 | 0+100",
                "bytes=0-99999999999999999999999 | 0+100",
                "bytes=-99999999999999999999999 | 0+100",
                "bytes=100- | 416",
                "bytes=-0 | 416",
                "bytes=99999999999999999999999- | 416",
                "bytes=100-,-0 | 416",
                "bytes=100-,3-4 | 3+2",
                "'bytes=0-1,4-5' | 0+2 4+2",
                "'bytes= 0-1 ,, 4-5 ,' | 0+2 4+2",
                // In the order asked for; overlapping and neighbouring ones joined.
                "'bytes=50-59,0-9' | 50+10 0+10",
                "'bytes=0-9,5-14' | 0+15",
                "'bytes=0-9,10-19' | 0+20",
                "'bytes=0-9,20-29,5-24' | 0+30",
                "'bytes=20-29,0-9,10-19' | 0+30",
                "'bytes=0-,-1' | 0+100",
                // Not as the RFC says: ignored as a whole.
                "bytes | whole",
                "bytes= | whole",
                "bytes=, | whole",
                "bytes=- | whole",
                "bytes=5-4 | whole",
                "'bytes=0-1,5-4' | whole",
                "bytes=a-b | whole",
                "bytes=0x0-5 | whole",
                "bytes=0 - 5 | whole",
                "bytes=0-5-9 | whole",
                "bytes=--5 | whole",
                "bytes=+0-5 | whole",
                "bytes 0-5 | whole",
                "items=0-5 | whole",
                "'bytes=0-1, bytes=4-5' | whole"
            })
    void readsAHeader(String header, String parts) {
        assertThat(text(ByteRange.of(header, 100))).isEqualTo(parts);
    }

    @Test
    void answersNothingOfNothingWithTheWhole() {
        assertThat(text(ByteRange.of("bytes=-5", 0))).isEqualTo("whole");
        assertThat(text(ByteRange.of("bytes=0-0", 0))).isEqualTo("whole");
        assertThat(text(ByteRange.of("bytes=-0", 0))).isEqualTo("whole");
    }

    @Test
    void boundsTheNumberOfRanges() {
        assertThat(text(ByteRange.of(single(ByteRange.MOST_RANGES), 1000)).split(" "))
                .hasSize(ByteRange.MOST_RANGES);
        assertThat(text(ByteRange.of(single(ByteRange.MOST_RANGES + 1), 1000))).isEqualTo("whole");
    }

    private static String single(int count) {
        return "bytes="
                + IntStream.range(0, count).mapToObj(i -> 3 * i + "-" + 3 * i).collect(Collectors.joining(","));
    }

    @Test
    void coversExactlyWhatIsAskedForAndNoByteTwice() {
        var random = new Random(SEED);
        for (int round = 0; round < 20_000; round++) {
            int size = 1 + random.nextInt(40);
            var wanted = new BitSet();
            List<String> specs = new ArrayList<>();
            for (int i = 0, count = 1 + random.nextInt(6); i < count; i++) {
                int first = random.nextInt(45);
                int last = first + random.nextInt(10);
                switch (random.nextInt(3)) {
                    case 0 -> {
                        specs.add(first + "-" + last);
                        wanted.set(Math.min(first, size), Math.min(last + 1, size));
                    }
                    case 1 -> {
                        specs.add(first + "-");
                        wanted.set(Math.min(first, size), size);
                    }
                    default -> {
                        specs.add("-" + first);
                        wanted.set(Math.max(0, size - first), size);
                    }
                }
            }
            var header = "bytes=" + String.join(",", specs);

            var range = ByteRange.of(header, size);

            var covered = new BitSet();
            if (range instanceof ByteRange.Parts parts) {
                for (var part : parts.parts()) {
                    assertThat(covered.get((int) part.offset(), (int) part.end())
                                    .isEmpty())
                            .as("seed %d: %s of %d", SEED, header, size)
                            .isTrue();
                    covered.set((int) part.offset(), (int) part.end());
                }
            }
            assertThat(covered).as("seed %d: %s of %d", SEED, header, size).isEqualTo(wanted);
            assertThat(range instanceof ByteRange.Unsatisfiable).isEqualTo(wanted.isEmpty());
        }
    }
}
