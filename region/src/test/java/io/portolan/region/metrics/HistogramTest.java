package io.portolan.region.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class HistogramTest {
    @Test
    void writesCumulatedCountsAndSecondsAsPrometheusReadsThem() {
        var histogram = new Histogram(
                Histogram.Ends.of(Duration.ofNanos(500_000), Duration.ofMillis(2_500), Duration.ofSeconds(10)));
        histogram.add(500_000);
        histogram.add(Duration.ofSeconds(1).toNanos(), 3);
        histogram.add(Duration.ofSeconds(11).toNanos());

        assertThat(written(histogram)).isEqualTo("""
                took_seconds_bucket{a="b",le="0.0005"} 1
                took_seconds_bucket{a="b",le="2.5"} 4
                took_seconds_bucket{a="b",le="10"} 4
                took_seconds_bucket{a="b",le="+Inf"} 5
                took_seconds_sum{a="b"} 14.0005
                took_seconds_count{a="b"} 5
                """);
    }

    @Test
    void takesCountsThatWereMadeElsewhere() {
        var histogram = new Histogram(Histogram.Ends.ofMillis(List.of(10, 1000)));

        histogram.addCounted(List.of(2, 0, 1), 10);

        assertThat(written(histogram)).isEqualTo("""
                took_seconds_bucket{a="b",le="0.01"} 20
                took_seconds_bucket{a="b",le="1"} 20
                took_seconds_bucket{a="b",le="+Inf"} 30
                took_seconds_sum{a="b"} 10.2
                took_seconds_count{a="b"} 30
                """);
    }

    private static String written(Histogram histogram) {
        var text = new StringBuilder();
        histogram.write(text, "took_seconds", "a=\"b\"");
        return text.toString();
    }
}
