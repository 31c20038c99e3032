package io.portolan.director;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.Digest;
import io.portolan.model.RevisionId;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The serial of the zone. */
final class SerialNumberTest {
    @Test
    void theSerialRisesWithRevisionsAndMapsAndNeverGoesBack(@TempDir Path folder) throws IOException {
        var one = Digest.of(new byte[] {1});
        var two = Digest.of(new byte[] {2});
        var serial = new SerialNumber(folder);
        long first = serial.of(new RevisionId(1, 7), one, one);
        assertThat(serial.of(new RevisionId(1, 7), one, one)).isEqualTo(first);

        long otherMap = serial.of(new RevisionId(1, 7), one, two);
        assertThat(otherMap).isGreaterThan(first);
        long second = serial.of(new RevisionId(1, 8), two, two);
        assertThat(second).isGreaterThan(otherMap);

        var again = new SerialNumber(folder);
        assertThat(again.of(new RevisionId(1, 8), two, two)).isEqualTo(second);
        assertThat(again.of(new RevisionId(1, 7), one, two))
                .as("fallen back to the one before")
                .isGreaterThan(second);
        assertThat(new SerialNumber(folder).of(new RevisionId(2, 1), one, one)).isGreaterThan(second);
    }

    @Test
    void serialsWrapAround() {
        assertThat(SerialNumber.isAfter(0, 0xffff_ffffL)).isTrue();
        assertThat(SerialNumber.isAfter(0xffff_ffffL, 0)).isFalse();
        assertThat(SerialNumber.isAfter(5, 5)).isFalse();
    }
}
