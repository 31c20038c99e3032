package io.portolan.placement.latency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.portolan.placement.workload.Interaction;
import io.portolan.placement.workload.Network;
import org.junit.jupiter.api.Test;

class InteractionTimeTest {
    private static final Network NETWORK = Network.DEFAULT;

    @Test
    void sixtyStatusCallsAreSevenTimesAsFastNearbyAndAnUploadHardlyAtAll() {
        var polling = interaction(60, 0, 2, false, 0);
        var upload = interaction(0, 50e6, 0, true, 0);

        assertThat(millis(polling, 20)).isCloseTo(220, within(15.0));
        assertThat(millis(polling, 150)).isCloseTo(1_520, within(20.0));
        assertThat(millis(polling, 150) / millis(polling, 20)).isCloseTo(7, within(0.4));
        assertThat(millis(upload, 20)).isCloseTo(8_150, within(120.0));
        assertThat(millis(upload, 150)).isCloseTo(9_200, within(120.0));
        assertThat(millis(upload, 150) / millis(upload, 20)).isCloseTo(1.1, within(0.05));
    }

    @Test
    void aLongerRoundTripIsNeverFaster() {
        for (double share : new double[] {0, 0.3, 1}) {
            for (var interaction : new Interaction[] {
                interaction(7, 0, 3, true, share),
                interaction(0, 3e6, 3, false, share),
                interaction(100, 1e5, 0, true, share)
            }) {
                double before = 0;
                for (double rtt = 0; rtt < 600; rtt += 0.5) {
                    double now = millis(interaction, rtt);
                    assertThat(now).as("at %s ms", rtt).isGreaterThanOrEqualTo(before - 1e-6);
                    before = now;
                }
            }
        }
    }

    @Test
    void lossHoldsBackALongPath() {
        // Mathis: 1460 B / 100 ms * 1.22 / sqrt(1e-4) = 1.78 MB/s.
        assertThat(Transfer.mathisBytesPerMilli(100, 1e-4)).isCloseTo(1_781, within(1.0));
        // RFC 9438, table 1 for 100 ms and p = 1e-4 (rounded): a window of 187 packets.
        assertThat(Transfer.cubicBytesPerMilli(100, 1e-4) * 100 / Transfer.SEGMENT_BYTES)
                .isCloseTo(187, within(2.0));
        // Where CUBIC would be slower than Reno, it is as fast as Reno.
        assertThat(Transfer.cubicBytesPerMilli(10, 1e-2)).isEqualTo(Transfer.mathisBytesPerMilli(10, 1e-2));
        assertThat(Transfer.steadyBytesPerMilli(100, 50, 0)).isEqualTo(6_250);
    }

    @Test
    void slowStartBeginsWithTenSegments() {
        double window = 14_600;

        assertThat(Transfer.sendMillis(window, 100, 1e6, 0)).isCloseTo(0, within(0.01));
        assertThat(Transfer.sendMillis(window + 1, 100, 1e6, 0)).isCloseTo(100, within(0.01));
        assertThat(Transfer.sendMillis(3 * window + 1, 100, 1e6, 0)).isCloseTo(200, within(0.01));
        assertThat(Transfer.sendMillis(7 * window + 1, 100, 1e6, 0)).isCloseTo(300, within(0.01));
    }

    @Test
    void whatACdnAnswersDoesNotDependOnTheRegion() {
        var cached = interaction(30, 0, 5, false, 1);

        assertThat(millis(cached, 20)).isEqualTo(millis(cached, 300));
    }

    private static double millis(Interaction interaction, double rtt) {
        return InteractionTime.millis(interaction, NETWORK, rtt);
    }

    private static Interaction interaction(
            int parallel, double up, double serverMillis, boolean newConnection, double cached) {
        return new Interaction(
                "one",
                1,
                0,
                parallel,
                6,
                200,
                200,
                up,
                0,
                cached,
                serverMillis,
                newConnection,
                Double.POSITIVE_INFINITY,
                Double.POSITIVE_INFINITY);
    }
}
