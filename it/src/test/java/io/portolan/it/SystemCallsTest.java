package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The lines of strace, read. */
class SystemCallsTest {
    @Test
    void joinsTheHalvesOfACall() {
        var calls = SystemCalls.parse(List.of(
                "11 fsync(7</data/a> <unfinished ...>",
                "12 rename(\"/data/a\", \"/data/b\") = 0",
                "11 <... fsync resumed>) = 0",
                "11 +++ exited with 0 +++"));

        assertThat(calls).hasSize(2);
        assertThat(calls.getLast().name()).isEqualTo("fsync");
        assertThat(calls.getLast().file()).contains(Path.of("/data/a"));
        assertThat(calls.getLast().isBefore(calls.getFirst())).isFalse();
    }

    @Test
    void resolvesPathsFromTheFolderOfTheCall() {
        var call = SystemCalls.parse(
                        List.of(
                                "11 openat(AT_FDCWD</data/regions/westus>, \"../westeurope/x\", O_RDONLY) = 3</data/regions/westeurope/x>"))
                .getFirst();

        assertThat(call.paths()).containsExactly(Path.of("/data/regions/westeurope/x"));
    }

    @Test
    void tellsFailedCalls() {
        var call = SystemCalls.parse(List.of("11 mkdir(\"/data/a\", 0777) = -1 EEXIST (File exists)"))
                .getFirst();

        assertThat(call.succeeded()).isFalse();
    }
}
