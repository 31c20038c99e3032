package io.portolan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublishTest {
    private static final String VERSION =
            "{\"extension\":\"Contoso_Orders\",\"version\":\"1.0.0\",\"digest\":\"" + "ab".repeat(32)
                    + "\",\"sizeBytes\":100,\"fileCount\":2,\"publishedAt\":\"2026-11-23T11:00:00Z\",\"publishedBy\":\"ci\","
                    + "\"state\":\"PUBLISHED\",\"live\":[],\"warnings\":[\"the page has a <base>\"]}";
    private static final String PUT = "PUT /v1/extensions/Contoso_Orders/versions/1.0.0";

    @TempDir
    private Path folder;

    private ScriptedServer server;
    private CommandRun.World world;

    @BeforeEach
    void start() throws IOException {
        server = new ScriptedServer().on(PUT, 201, VERSION).on(PUT, 200, VERSION);
        world = new CommandRun.World(folder).server(server);
        Files.createDirectories(folder.resolve("site"));
        Files.writeString(
                folder.resolve("site/index.html"), "<!doctype html><html><head></head><body>hi</body></html>");
        Files.writeString(folder.resolve("site/portolan.json"), "{\"portals\":[\"*\"]}");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void packsTheSameBytesTwice() throws IOException {
        assertThat(world.run("pack", "site", "--version", "1.0.0").code()).isZero();
        var run = world.run("pack", "site", "--version", "1.0.0", "-o", "again.zip");

        assertThat(run.out()).contains("packed again.zip: 2 files").contains("index.html");
        assertThat(folder.resolve("again.zip")).hasSameBinaryContentAs(folder.resolve("1.0.0.zip"));
    }

    @Test
    void packNamesEveryViolation() throws IOException {
        Files.delete(folder.resolve("site/index.html"));
        Files.writeString(folder.resolve("site/portolan.json"), "{\"portals\":7,\"entry\":3}");

        var run = world.run("pack", "site", "--version", "1.0.0");

        assertThat(run.code()).isEqualTo(ExitCode.FAILED);
        assertThat(run.err()).contains("rules are broken").contains("portolan.json: ");
        assertThat(folder.resolve("1.0.0.zip")).doesNotExist();
    }

    @Test
    void aDryPackWritesNothing() {
        assertThat(world.run("pack", "site", "--version", "1.0.0", "--dry-run").out())
                .contains("would pack");
        assertThat(folder.resolve("1.0.0.zip")).doesNotExist();
    }

    @Test
    void publishesAZipByItsName() {
        world.run("pack", "site", "--version", "1.0.0");

        var first = world.run("publish", "1.0.0.zip", "--extension", "Contoso_Orders");
        var second = world.run("publish", "1.0.0.zip", "--extension", "Contoso_Orders");

        assertThat(first.code()).isZero();
        assertThat(first.out())
                .contains("published Contoso_Orders 1.0.0: 2 files")
                .contains("warning: the page has a <base>");
        assertThat(first.err()).contains("uploading").contains("uploaded");
        assertThat(second.out()).contains("unchanged");
        assertThat(server.last().header("Content-type")).isEqualTo("application/zip");
        assertThat(server.last().body()).startsWith("PK");
    }

    @Test
    void publishesAFolder() {
        var run =
                world.run("publish", "site", "--extension", "Contoso_Orders", "--version", "1.0.0", "--output", "json");

        assertThat(run.code()).isZero();
        assertThat(run.out()).isEqualTo(VERSION + "\n");
    }

    @Test
    void showsABarOnATerminal() {
        var run = world.terminal("").run("publish", "site", "--extension", "Contoso_Orders", "--version", "1.0.0");

        assertThat(run.err()).contains("checking and storing");
    }

    @Test
    void refusesOptionsThatDisagreeWithThePackage() throws IOException {
        Files.writeString(
                folder.resolve("site/portolan.json"),
                "{\"extension\":\"Contoso_Orders\",\"version\":\"2.0.0\",\"portals\":[\"*\"]}");

        var version = world.run("publish", "site", "--version", "1.0.0");
        var extension = world.run("publish", "site", "--extension", "Contoso_Maps");

        assertThat(version.code()).isEqualTo(ExitCode.USAGE);
        assertThat(version.err()).contains("--version says 1.0.0, portolan.json says 2.0.0");
        assertThat(extension.code()).isEqualTo(ExitCode.USAGE);
        assertThat(server.asked()).isEmpty();
    }

    @Test
    void asksForWhatNobodySaid() {
        assertThat(world.run("publish", "site", "--extension", "Contoso_Orders").err())
                .contains("which version?");
        assertThat(world.run("publish", "site", "--version", "1.0.0").err()).contains("which extension?");
        assertThat(world.run("publish", "nothing").code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void deployPublishesAndStarts() {
        server.on(
                "POST /v1/rollouts",
                201,
                io.portolan.protocol.Json.text(Bodies.rollout(
                        io.portolan.model.RolloutState.RUNNING,
                        io.portolan.model.StageState.BAKING,
                        io.portolan.model.StageState.PENDING)));

        var run = world.run("deploy", "site", "--extension", "Contoso_Orders", "--version", "1.0.0");

        assertThat(run.code()).isZero();
        assertThat(run.err()).contains("published Contoso_Orders 1.0.0");
        assertThat(run.out()).contains("rollout ro-1");
    }

    @Test
    void diffNamesChangedFiles() {
        var manifest =
                "{\"schema\":1,\"extension\":\"Contoso_Orders\",\"version\":\"%s\",\"identity\":\"" + "ab".repeat(32)
                        + "\",\"entry\":\"index.html\",\"portals\":[\"*\"],\"files\":[{\"path\":\"index.html\",\"hash\":\"%s\",\"sizeBytes\":%s,"
                        + "\"type\":\"text/html\",\"sri\":\"sha384-%s\",\"variants\":[]}],\"warnings\":[]}";
        server.on(
                        "GET /v1/extensions/Contoso_Orders/versions/1.0.0/manifest",
                        200,
                        manifest.formatted("1.0.0", "cd".repeat(32), "10", "A".repeat(64)))
                .on(
                        "GET /v1/extensions/Contoso_Orders/versions/1.1.0/manifest",
                        200,
                        manifest.formatted("1.1.0", "ef".repeat(32), "12", "A".repeat(64)));

        assertThat(world.run("diff", "Contoso_Orders", "1.0.0", "1.1.0").out())
                .contains("changed  index.html  10 B    12 B");
        assertThat(world.run("diff", "Contoso_Orders", "1.0.0", "1.0.0").out()).contains("no difference");
    }
}
