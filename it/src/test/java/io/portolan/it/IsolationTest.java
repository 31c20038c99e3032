package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.Digest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What a node and a director do to the disk during a publish, a rollout and a rollback, as the operating system sees it:
 * everything that they hold came over HTTP, and what they keep is durable before it has its name.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class IsolationTest {
    @RegisterExtension
    static final SharedDev WORLD = SharedDev.processes();

    private static final String NAME = "Contoso_Watched";
    private static final String REGION = "westus";
    private static final String PATHS =
            "openat,open,openat2,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,link,linkat,symlink,symlinkat";
    private static final String WRITES = "write,pwrite64,writev,pwritev,fsync,fdatasync,sync_file_range";

    private Path data = Path.of("");
    private List<SystemCalls.Call> node = List.of();
    private List<SystemCalls.Call> director = List.of();
    private Digest script = Digest.of(new byte[0]);

    @BeforeAll
    void watch() throws Exception {
        var dev = WORLD.dev();
        data = dev.data();
        dev.must("ext", "register", NAME, "--route", "watched");
        deploy(dev, "1.0");
        var scratch = dev.scratch("strace");
        try (var ofNode = SystemCalls.of(dev.component("node-" + REGION), PATHS + "," + WRITES, scratch);
                var ofDirector = SystemCalls.of(dev.component("director"), PATHS, scratch)) {
            script = Digest.of(Files.readAllBytes(deploy(dev, "2.0").resolve("app.js")));
            dev.must("rollback", NAME, "--yes");
            node = ofNode.end();
            director = ofDirector.end();
        }
        assertThat(Pages.version(dev.node(REGION), "watched")).isEqualTo("1.0");
    }

    private static Path deploy(DevProcess dev, String version) throws Exception {
        var folder = Sources.page(dev.scratch("watched"), "watched " + version);
        dev.must("deploy", folder.toString(), "--extension", NAME, "--version", version, "--bake", "0s", "--wait");
        return folder;
    }

    @Test
    void aNodeOpensNothingButItsOwnFolder() {
        var own = data.resolve("regions").resolve(REGION);

        assertThat(SystemCalls.below(data, node).filter(path -> !path.startsWith(own)))
                .isEmpty();
        assertThat(SystemCalls.below(own.resolve("blobs"), node))
                .as("the trace sees what it does")
                .isNotEmpty();
        assertThat(SystemCalls.below(own.resolve("revisions"), node)).isNotEmpty();
    }

    @Test
    void aDirectorOpensNothingButItsOwnFolder() {
        var own = data.resolve("director");

        assertThat(SystemCalls.below(data, director).filter(path -> !path.startsWith(own)))
                .isEmpty();
        assertThat(SystemCalls.below(own.resolve("revisions"), director))
                .as("the trace sees what it does")
                .isNotEmpty();
    }

    @Test
    void aFetchedBlobIsDurableBeforeItHasItsName() {
        var hash = script.value();
        var home = data.resolve("regions").resolve(REGION).resolve("blobs").resolve(hash.substring(0, 2));
        var rename = only(call ->
                call.name().startsWith("rename") && call.paths().getLast().equals(home.resolve(hash)));
        var temporary = rename.paths().getFirst();
        // Temporary names are used again after a restart, never within one run.
        var open = only(call -> call.name().startsWith("open") && call.paths().contains(temporary));
        var sync = only(call -> call.name().equals("fsync")
                && call.file().filter(temporary::equals).isPresent());
        var writes = node.stream()
                .filter(call -> call.name().contains("write"))
                .filter(call -> call.file().filter(temporary::equals).isPresent())
                .toList();

        assertThat(temporary.getParent()).isNotEqualTo(home);
        // Not O_EXCL: a fetch that was interrupted goes on in the same file, whose bytes are hashed again with the
        // rest.
        assertThat(open.text()).contains("O_CREAT").doesNotContain("O_TRUNC");
        assertThat(writes).isNotEmpty().allMatch(write -> open.isBefore(write) && write.isBefore(sync));
        assertThat(sync.isBefore(rename)).as(sync + " before " + rename).isTrue();
        assertThat(node)
                .as("the folder is synced after " + rename)
                .anyMatch(call -> call.name().equals("fsync")
                        && call.file().filter(home::equals).isPresent()
                        && rename.isBefore(call));
        assertThat(node)
                .as("nothing opens the final name to write")
                .noneMatch(call -> call.name().startsWith("open")
                        && call.paths().contains(home.resolve(hash))
                        && !call.text().contains("O_RDONLY"));
    }

    private SystemCalls.Call only(Predicate<SystemCalls.Call> wanted) {
        var found =
                node.stream().filter(SystemCalls.Call::succeeded).filter(wanted).toList();
        assertThat(found).hasSize(1);
        return found.getFirst();
    }
}
