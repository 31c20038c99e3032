package io.portolan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GlobalOptionsTest {
    private static final String LIST =
            "{\"items\":[{\"name\":\"Contoso_Orders\",\"route\":\"orders\",\"owners\":[\"a@b\"],\"placement\":null,\"source\":null,\"hold\":null}],\"next\":null}";

    @TempDir
    private Path folder;

    private ScriptedServer server;
    private CommandRun.World world;

    @BeforeEach
    void start() throws IOException {
        server = new ScriptedServer().on("GET /v1/extensions", 200, LIST);
        world = new CommandRun.World(folder);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void optionsAreTakenBeforeAndAfterTheVerb() {
        var before = world.run("--server", server.url(), "--output", "json", "ext", "list");
        var after = world.run("ext", "list", "--output", "json", "--server", server.url());

        assertThat(before).isEqualTo(after);
        assertThat(before.code()).isEqualTo(ExitCode.DONE);
    }

    @Test
    void jsonIsExactlyTheBodyAndTheOnlyThingOnStandardOutput() {
        var run = world.server(server).run("ext", "list", "--output", "json");

        assertThat(run.out()).isEqualTo(LIST + "\n");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void yamlSaysTheSame() {
        var run = world.server(server).run("ext", "list", "--output", "yaml");

        assertThat(run.out()).contains("route: \"orders\"");
    }

    @Test
    void tablesAreAlignedAndWithoutColourAwayFromATerminal() {
        var run = world.server(server).run("ext", "list");

        assertThat(run.out().lines())
                .containsExactly("NAME            ROUTE   OWNERS  HOLD", "Contoso_Orders  orders  a@b     -");
    }

    @Test
    void tablesAreColouredOnATerminalUnlessTheUserSaysNo() {
        assertThat(world.server(server).terminal("").run("ext", "list").out()).contains("\u001b[1mNAME");
        assertThat(world.with("NO_COLOR", "1").run("ext", "list").out()).doesNotContain("\u001b[");
    }

    @Test
    void theServerIsFoundByOptionThenVariableThenContext() {
        assertThat(world.run("context", "use", "here", "--server", server.url()).code())
                .isZero();
        assertThat(world.run("ext", "list").code()).isZero();
        assertThat(world.with("PORTOLAN_SERVER", "http://127.0.0.1:1")
                        .run("ext", "list")
                        .code())
                .isEqualTo(ExitCode.UNREACHABLE);
        assertThat(world.run("ext", "list", "--server", server.url()).code()).isZero();
    }

    @Test
    void contextsAreListedWithTheCurrentOneMarked() {
        world.run("context", "use", "one", "--server", "http://127.0.0.1:1");
        world.run("context", "use", "two", "--server", "http://127.0.0.1:2");
        world.run("context", "use", "one");

        var run = world.run("context", "list");

        assertThat(run.out()).contains("*  one   http://127.0.0.1:1").contains("   two   http://127.0.0.1:2");
        assertThat(world.run("context", "use", "three").code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void anUnreachableServerIsExitSixWithAHint() throws IOException {
        int closed;
        try (var socket = new ServerSocket(0)) {
            closed = socket.getLocalPort();
        }

        var run = world.with("PORTOLAN_SERVER", "http://127.0.0.1:" + closed).run("status");

        assertThat(run.code()).isEqualTo(ExitCode.UNREACHABLE);
        assertThat(run.err()).contains("cannot reach the control plane").contains("portolan dev");
    }

    @Test
    void usageFaultsAreExitTwoWithAHint() {
        assertThat(world.run("rollout", "strat").code()).isEqualTo(ExitCode.USAGE);
        assertThat(world.run("rollout", "start").err()).contains("see: portolan rollout start --help");
        assertThat(world.run("ext").code()).isEqualTo(ExitCode.USAGE);
        assertThat(world.run("ext", "list", "--server", "ftp://x").code()).isEqualTo(ExitCode.USAGE);
        assertThat(world.run("ext", "list", "--output", "xml").code()).isEqualTo(ExitCode.USAGE);
        assertThat(world.server(server).run("rollout", "start", "9", "1.0").err())
                .contains("extension name: 9");
    }

    @Test
    void everyVerbHasHelp() {
        for (var verb : new String[] {"pack", "publish", "deploy", "rollback", "status", "events", "log"}) {
            var run = world.run(verb, "--help");

            assertThat(run.code()).isZero();
            assertThat(run.out()).contains("Usage: portolan " + verb).contains("Example");
        }
    }

    @Test
    void aDryRunIsAskedForInTheQuery() {
        server.on("POST /v1/extensions?dryRun=true", 201, "{\"name\":\"Contoso_Orders\",\"route\":\"orders\"}");

        var run = world.server(server).run("ext", "register", "Contoso_Orders", "--route", "orders", "--dry-run");

        assertThat(run.code()).isZero();
        assertThat(run.out()).contains("would register");
    }

    @Test
    void problemsMapToExitCodes() {
        server.refuse("POST /v1/rollouts", 409, "held", "a hold stands")
                .refuse("GET /v1/holds", 500, "internal", "a fault")
                .refuse("GET /v1/nodes", 403, "needs-approval", "ask somebody")
                .refuse("GET /v1/regions", 504, "timeout", "too late");
        world.server(server);

        var held = world.run("rollout", "start", "Contoso_Orders", "1.1.0");

        assertThat(held.code()).isEqualTo(ExitCode.CONFLICT);
        assertThat(held.err()).contains("a hold stands [held]");
        assertThat(held.out()).isEmpty();
        assertThat(world.run("hold", "list").code()).isEqualTo(ExitCode.FAILED);
        assertThat(world.run("node", "list").code()).isEqualTo(ExitCode.NEEDS_APPROVAL);
        assertThat(world.run("region", "list").code()).isEqualTo(ExitCode.TIMED_OUT);
    }

    @Test
    void completionIsAScript() {
        assertThat(world.run("completion").out()).contains("_complete_portolan").contains("rollout");
    }
}
