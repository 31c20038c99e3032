package io.portolan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.EnvironmentName;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.Json;
import io.portolan.protocol.OperatorOverride;
import io.portolan.protocol.Overrides;
import io.portolan.protocol.Signer;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Orders signed on the command line: what is sent, to whom, and what the command makes of the answers. */
class OverrideTest {
    private static final String LIST = "GET " + OperatorOverride.PATH;
    private static final String GIVE = "POST " + OperatorOverride.PATH;

    @TempDir
    private Path folder;

    private ScriptedServer node;
    private CommandRun.World world;

    @BeforeEach
    void start() throws IOException {
        node = new ScriptedServer();
        world = new CommandRun.World(folder).with("USER", "olivia");
        node.on(LIST, listing("prod"));
        node.on(
                GIVE,
                new Overrides.Answer(
                        "ov-0123456789abcdef",
                        OperatorOverride.Action.ROLLBACK,
                        Overrides.Outcome.IN_FORCE,
                        false,
                        "node-westus",
                        "westus",
                        "Contoso_Orders",
                        "1.0",
                        ""));
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private static Overrides.Listing listing(String environment) {
        return new Overrides.Listing(
                "node-westus", "region", "westus", new EnvironmentName(environment), "1.7", List.of());
    }

    private CommandRun rollback(String nodes, String... more) {
        var words = new java.util.ArrayList<>(List.of(
                "override", "rollback", "Contoso_Orders", "--to", "lkg", "--nodes", nodes, "--key", "olivia.key"));
        words.addAll(List.of(more));
        return world.run(words.toArray(String[]::new));
    }

    @Test
    void signsAnOrderAndGivesItToEveryNode() throws Exception {
        assertThat(world.run("operator-key", "create", "olivia.key").code()).isZero();

        var run = rollback(node.url() + "," + node.url(), "--reason", "INC-512", "--yes");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("node-westus").contains("in force").contains("1.0");
        var given = node.asked().stream()
                .filter(asked -> asked.method().equals("POST"))
                .toList();
        assertThat(given).hasSize(2);
        var key = Signer.decode(Files.readString(folder.resolve("olivia.key")));
        var payload = Json.read(given.getFirst().body(), Envelope.class)
                .verify(OperatorOverride.TYPE, Map.of(key.keyId(), key.publicKey()));
        var order = Json.read(payload.orElseThrow(), OperatorOverride.class);
        assertThat(order.action()).isEqualTo(OperatorOverride.Action.ROLLBACK);
        assertThat(order.environment()).isEqualTo(new EnvironmentName("prod"));
        assertThat(order.issuer()).isEqualTo("olivia");
        assertThat(order.reason()).isEqualTo("INC-512");
        assertThat(order.slot()).isEqualTo("lkg");
        assertThat(order.issuedAt()).isEqualTo(CommandRun.NOW);
    }

    @Test
    void asksAPersonOrNeedsYes() {
        world.run("operator-key", "create", "olivia.key");

        var run = rollback(node.url(), "--reason", "INC-512");

        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err()).contains("--yes");
        assertThat(node.asked()).isEmpty();
    }

    @Test
    void saysWhoRefusedAndWhoDidNotAnswer() throws Exception {
        world.run("operator-key", "create", "olivia.key");
        int closed;
        try (var socket = new ServerSocket(0)) {
            closed = socket.getLocalPort();
        }
        var away = rollback(node.url() + ",http://127.0.0.1:" + closed, "--reason", "INC-512", "--yes");

        assertThat(away.code()).isEqualTo(ExitCode.UNREACHABLE);
        assertThat(away.out()).contains("in force").contains("no answer");

        try (var refusing = new ScriptedServer()) {
            refusing.on(LIST, listing("prod")).refuse(GIVE, 403, "UNTRUSTED_KEY", "none of the operators' keys");
            var refused = rollback(node.url() + "," + refusing.url(), "--reason", "INC-512", "--yes");

            assertThat(refused.code()).isEqualTo(ExitCode.CONFLICT);
            assertThat(refused.err()).contains("UNTRUSTED_KEY");
        }
    }

    @Test
    void refusesAddressesOfSeveralEnvironmentsASlotThatIsNoneAndAMissingKey() throws Exception {
        assertThat(rollback(node.url(), "--reason", "x", "--yes").code()).isEqualTo(ExitCode.USAGE);
        world.run("operator-key", "create", "olivia.key");
        var noSlot = world.run(
                "override",
                "rollback",
                "Contoso_Orders",
                "--to",
                "1.0",
                "--nodes",
                node.url(),
                "--key",
                "olivia.key",
                "--reason",
                "x",
                "--yes");
        assertThat(noSlot.code()).isEqualTo(ExitCode.USAGE);
        assertThat(noSlot.err()).contains("previous-lkg");
        try (var other = new ScriptedServer()) {
            other.on(LIST, listing("preview"));
            var mixed = rollback(node.url() + "," + other.url(), "--reason", "x", "--yes");
            assertThat(mixed.code()).isEqualTo(ExitCode.USAGE);
            assertThat(mixed.err()).contains("several environments");
        }
        assertThat(node.asked().stream().filter(asked -> asked.method().equals("POST")))
                .isEmpty();
    }

    @Test
    void aDryRunAsksTheNodesWhatTheyWouldDo() throws Exception {
        world.run("operator-key", "create", "olivia.key");
        node.on(
                GIVE + "?dryRun=true",
                new Overrides.Answer(
                        "ov-0123456789abcdef",
                        OperatorOverride.Action.ROLLBACK,
                        Overrides.Outcome.IN_FORCE,
                        true,
                        "node-westus",
                        "westus",
                        "Contoso_Orders",
                        "1.0",
                        ""));

        var run = rollback(node.url(), "--reason", "x", "--dry-run");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("would be in force");
    }

    @Test
    void aKeyIsMadeOnceForItsOwnerOnly() throws Exception {
        var made = world.run("operator-key", "create", "olivia.key", "--output", "json");
        var file = folder.resolve("olivia.key");
        var pair = Signer.decode(Files.readString(file));

        assertThat(made.out()).contains(pair.keyId()).contains(pair.publicKeyText());
        assertThat(made.out()).doesNotContain(pair.encoded());
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(world.run("operator-key", "create", "olivia.key").code()).isEqualTo(ExitCode.CONFLICT);
        assertThat(Signer.decode(Files.readString(file)).keyId()).isEqualTo(pair.keyId());
    }

    @Test
    void onlyThePublicHalfOfAKeyLeavesTheMachine() throws Exception {
        world.run("operator-key", "create", "olivia.key");
        var pair = Signer.decode(Files.readString(folder.resolve("olivia.key")));
        try (var control = new ScriptedServer()) {
            control.on("GET /v1/environments", 200, "{\"items\":[{\"name\":\"prod\"}],\"next\":null}");
            control.on(
                    "POST /v1/environments/prod/operator-keys",
                    201,
                    "{\"keyId\":\"" + pair.keyId() + "\",\"publicKey\":\"x\",\"name\":\"olivia\",\"settings\":false}");

            var run = world.server(control).run("operator-key", "add", "olivia.key", "--name", "olivia");

            assertThat(run.code()).as(run.err()).isZero();
            var sent = control.asked().getLast().body();
            assertThat(sent).contains(pair.publicKeyText());
            assertThat(sent).doesNotContain(pair.encoded().substring(0, 40));
        }
    }
}
