package io.portolan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeReleaseTest {
    private static final String SET_ASIDE = """
            {"schema":1,"revisions":{},"extensions":{"Contoso_Orders":{"refused":"%s",
             "reason":"set aside at 2026-11-23T10:00:00Z: 3 starts that loaded Contoso_Orders 2.0 did not reach ready"}}}
            """.formatted("ab".repeat(32));

    @TempDir
    private Path folder;

    private CommandRun.World world;
    private Path node;

    @BeforeEach
    void start() throws IOException {
        world = new CommandRun.World(folder);
        node = folder.resolve(".portolan/regions/westus");
        Files.createDirectories(node.resolve("revisions"));
    }

    @Test
    void liftsWhatIsSetAsideAndSaysWhatAndSinceWhen() throws IOException {
        Files.writeString(node.resolve("set-aside.json"), SET_ASIDE);

        var run = world.run("node", "release", "westus");

        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains("extension Contoso_Orders")
                .contains("2026-11-23T10:00:00Z")
                .contains("3 starts that loaded Contoso_Orders 2.0 did not reach ready")
                .contains("released");
        assertThat(node.resolve("release")).exists();
    }

    @Test
    void takesTheFolderOfANodeTooAndADryRunOnlyShows() throws IOException {
        Files.writeString(node.resolve("set-aside.json"), SET_ASIDE);

        var run = world.run("node", "release", node.toString(), "--dry-run", "--output", "json");

        assertThat(run.out()).contains("\"released\":false").contains("\"name\":\"Contoso_Orders\"");
        assertThat(node.resolve("release")).doesNotExist();
    }

    @Test
    void whereNothingIsSetAsideNothingIsDone() {
        assertThat(world.run("node", "release", "node-westus").out()).contains("nothing is set aside");
        assertThat(node.resolve("release")).doesNotExist();
    }

    @Test
    void whatIsNoNodeIsAUsageError() {
        var run = world.run("node", "release", "mars");

        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err()).contains("mars").contains("expected: the folder of a node");
    }
}
