package io.portolan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListingsTest {
    private static final String DIGEST = "ab".repeat(32);
    private static final String STATUS = """
            {"extension":"Contoso_Orders","environments":[{"environment":"prod","regions":[
              {"region":"westus","stage":"stage4","desired":"1.1.0","actual":"1.0.0","converged":false,"nodes":[
                {"id":"node-westus","epoch":1,"revision":7,"digest":"","quarantined":[{"extension":"Contoso_Orders","reason":"does not parse"}],
                 "lastError":"blob ab: 404","at":"2026-11-23T11:59:00Z","inRotation":true}]}]}]}
            """;

    @TempDir
    private Path folder;

    private ScriptedServer server;
    private CommandRun.World world;

    @BeforeEach
    void start() throws IOException {
        server = new ScriptedServer()
                .on(
                        "GET /v1/environments",
                        200,
                        "{\"items\":[{\"name\":\"rc\"},{\"name\":\"prod\",\"zone\":\"ext.example\"}]}");
        world = new CommandRun.World(folder).server(server);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void statusShowsDesiredAndActualAndWhatIsWrong() {
        server.on("GET /v1/extensions/Contoso_Orders/status", 200, STATUS);

        var out = world.run("status", "Contoso_Orders").out();

        assertThat(out)
                .contains("stage4  westus  1.1.0    1.0.0   no         1.7       node-westus (silent for 1 min 0 s)")
                .contains("node-westus: Contoso_Orders is quarantined: does not parse")
                .contains("node-westus: blob ab: 404");
    }

    @Test
    void statusOfAllIsOneDocument() {
        server.on("GET /v1/extensions", 200, "{\"items\":[{\"name\":\"Contoso_Orders\"}]}")
                .on("GET /v1/extensions/Contoso_Orders/status", 200, STATUS);

        assertThat(world.run("status", "--output", "json").out()).startsWith("{\"items\":[{\"extension\":");
        assertThat(world.run("status").out()).contains("Contoso_Orders in prod");
    }

    @Test
    void controllersAreShownAsNodesReportThemAsTheySayThemselvesAndWithWhatTheyWrote() throws IOException {
        try (var node = new ScriptedServer()
                .on(
                        "GET /api/diagnostics",
                        200,
                        "{\"extensions\":{\"Contoso_Orders\":{\"controllers\":[{\"version\":\"1.0.0\",\"name\":\"quotes\","
                                + "\"state\":\"READY\",\"ready\":1,\"wanted\":1,\"reason\":\"\","
                                + "\"replicas\":[{\"address\":\"127.0.0.1:41\"}],"
                                + "\"stays\":\"pages of it were seen\",\"until\":\"2026-11-23T12:05:00Z\"}]}}}")
                .on(
                        "GET /orders/-/controller-log?version=1.0.0&controller=quotes",
                        200,
                        "==> quotes-1.log <==\nsaid something\n")) {
            server.on(
                            "GET /v1/nodes",
                            200,
                            "{\"items\":[{\"id\":\"node-westus\",\"kind\":\"region\",\"region\":\"westus\",\"url\":\""
                                    + node.url()
                                    + "\",\"status\":{\"controllers\":[{\"extension\":\"Contoso_Orders\",\"version\":\"1.0.0\","
                                    + "\"controller\":\"quotes\",\"state\":\"CRASH_LOOP\",\"ready\":0,\"wanted\":1,\"restarts\":6,"
                                    + "\"reason\":\"ended with exit code 7\",\"since\":\"2026-11-23T11:59:00Z\"}]}},"
                                    + "{\"id\":\"node-eastus\",\"kind\":\"region\",\"region\":\"eastus\",\"url\":\"http://127.0.0.1:1\","
                                    + "\"inRotation\":false,\"status\":{\"at\":\"2026-11-23T11:58:00Z\",\"controllers\":[{\"extension\":"
                                    + "\"Contoso_Orders\",\"version\":\"1.0.0\",\"controller\":\"quotes\",\"state\":\"READY\","
                                    + "\"ready\":1,\"wanted\":1,\"restarts\":0,\"reason\":\"\","
                                    + "\"since\":\"2026-11-23T11:00:00Z\"}]}}]}")
                    .on("GET /v1/extensions/Contoso_Orders", 200, "{\"name\":\"Contoso_Orders\",\"route\":\"orders\"}");

            assertThat(world.run("controller", "list", "Contoso_Orders").out())
                    .contains("quotes      westus  node-westus  CRASH_LOOP  0/1    6")
                    .contains("quotes 1.0.0: ended with exit code 7")
                    .as("what a dead node said last is not all there is to say")
                    .contains("node-eastus: out of rotation, heard of last 2 min 0 s ago")
                    .doesNotContain("node-westus: out of rotation");
            assertThat(world.run("controller", "list", "Contoso_Maps").out()).doesNotContain("quotes");
            assertThat(world.run("controller", "show", "Contoso_Orders"))
                    .satisfies(shown -> assertThat(shown.out())
                            .contains("127.0.0.1:41  2026-11-23T12:05:00Z  pages of it were seen"))
                    .satisfies(shown -> assertThat(shown.err())
                            .contains("node-eastus: it does not answer: ")
                            .doesNotContain("null"));
            assertThat(world.run("controller", "logs", "Contoso_Orders", "quotes", "--version", "1.0.0")
                            .out())
                    .contains("=== node-westus (westus)", "said something");
            assertThat(world.run("controller", "logs", "Contoso_Orders", "other", "--version", "1.0.0"))
                    .returns(ExitCode.UNREACHABLE, CommandRun::code);
        }
    }

    @Test
    void versionsShowWhereTheyAreLive() {
        server.on(
                "GET /v1/extensions/Contoso_Orders/versions",
                200,
                "{\"items\":[{\"extension\":\"Contoso_Orders\",\"version\":\"1.0.0\",\"digest\":\"" + DIGEST
                        + "\",\"sizeBytes\":2048,\"fileCount\":2,\"publishedAt\":\"2026-11-23T11:00:00Z\",\"publishedBy\":\"ci\","
                        + "\"state\":\"PUBLISHED\",\"live\":[{\"environment\":\"prod\",\"region\":\"westus\"}],\"warnings\":[]}]}");

        assertThat(world.run("versions", "Contoso_Orders").out())
                .contains("1.0.0    PUBLISHED  2.0 KiB  2      1 h 0 min ago  ci  abababababab  prod: westus");
    }

    @Test
    void environmentsRegionsAndNodes() {
        server.on(
                        "GET /v1/environments/prod",
                        200,
                        "{\"name\":\"prod\",\"zone\":\"ext.example\",\"stages\":{\"stages\":[{\"name\":\"all\",\"regions\":[\"*\"]}]}}")
                .on(
                        "GET /v1/regions",
                        200,
                        "{\"items\":[{\"name\":\"westus\",\"environment\":\"prod\",\"stage\":\"stage4\",\"state\":\"LIVE\",\"latitude\":37.7,"
                                + "\"longitude\":-122.4,\"addresses\":[\"127.0.1.3\"],\"nodes\":[\"node-westus\"],\"capacity\":1}]}")
                .on(
                        "GET /v1/nodes",
                        200,
                        "{\"items\":[{\"id\":\"node-westus\",\"kind\":\"region\",\"environment\":\"prod\",\"region\":\"westus\",\"url\":\"http://x\","
                                + "\"status\":null,\"inRotation\":false}]}");

        assertThat(world.run("env", "list").out()).contains("prod  ext.example");
        assertThat(world.run("env", "show", "prod").out()).contains("all    *");
        assertThat(world.run("region", "list").out()).contains("westus  prod         stage4  LIVE");
        assertThat(world.run("node", "list").out()).contains("node-westus  region  prod         westus  out");
    }

    @Test
    void revisionsAndTheirDifference() {
        server.on(
                        "GET /v1/environments/prod/revisions",
                        200,
                        "{\"items\":[{\"environment\":\"prod\",\"epoch\":1,\"number\":2,\"parent\":\"\",\"digest\":\""
                                + DIGEST
                                + "\",\"keyId\":\"k\",\"cause\":\"rollout\",\"createdAt\":\"2026-11-23T11:59:58Z\"}]}")
                .on(
                        "GET /v1/environments/prod/revisions/1..2",
                        200,
                        "{\"environment\":\"prod\",\"from\":1,\"to\":2,\"changes\":[{\"extension\":\"Contoso_Orders\",\"region\":\"westus\","
                                + "\"field\":\"version\",\"before\":null,\"after\":\"1.0.0\"}]}");

        assertThat(world.run("revision", "list").out()).contains("1.2       2.0 s ago  abababababab  k    rollout");
        assertThat(world.run("revision", "diff", "1", "2").out())
                .contains("Contoso_Orders  westus  version  -       1.0.0");
        assertThat(world.run("revision", "show", "9").code()).isEqualTo(ExitCode.FAILED);
    }

    @Test
    void holdsAreListedAndLiftedInTheLastEnvironmentOfTheTrain() {
        server.on(
                        "GET /v1/holds",
                        200,
                        "{\"items\":[{\"extension\":\"Contoso_Orders\",\"environment\":\"prod\",\"reason\":\"fails\",\"at\":\"2026-11-23T11:00:00Z\",\"withdrawn\":[\"1.1.0\"]}]}")
                .on("DELETE /v1/holds/Contoso_Orders?environment=prod", 204, "");

        assertThat(world.run("hold", "list").out()).contains("1.1.0      fails");
        assertThat(world.run("hold", "lift", "Contoso_Orders").out())
                .contains("lifted the hold of Contoso_Orders in prod");
    }

    @Test
    void friendlyNames() {
        var path = "/v1/extensions/Contoso_Orders/environments/prod/names";
        server.on("PUT " + path + "/next", 200, "{}")
                .on("DELETE " + path + "/next", 204, "")
                .on("GET " + path, 200, "{\"items\":[{\"name\":\"next\",\"version\":\"1.1.0\",\"expiresAt\":null}]}");

        assertThat(world.run("friendly-name", "set", "Contoso_Orders", "next", "1.1.0", "--expires", "7d")
                        .code())
                .isZero();
        assertThat(server.last().body()).isEqualTo("{\"expires\":\"PT168H\",\"version\":\"1.1.0\"}");
        assertThat(world.run("friendly-name", "list", "Contoso_Orders").out()).contains("next           1.1.0    -");
        assertThat(world.run("friendly-name", "remove", "Contoso_Orders", "next")
                        .code())
                .isZero();
    }

    @Test
    void routesAreExplainedByNameOrRoute() {
        server.on("GET /v1/extensions/Contoso_Orders", 200, "{\"name\":\"Contoso_Orders\",\"route\":\"orders\"}")
                .on(
                        "GET /v1/routes/orders/explain?client=81.2.69.142",
                        200,
                        "{\"name\":\"orders.ext.example\",\"client\":\"81.2.69.142\",\"subnet\":\"81.2.69.0/24\",\"scopePrefix\":24,\"chosen\":\"westeurope\","
                                + "\"reason\":\"nearest\",\"candidates\":[{\"region\":\"westeurope\",\"rttMillis\":7.2,\"source\":\"distance\",\"healthy\":true,"
                                + "\"inPlacement\":true,\"version\":\"1.0.0\",\"rejectedBecause\":null}],\"mapVersion\":\"m\"}");

        var byName = world.run("route", "explain", "Contoso_Orders", "--client", "81.2.69.142");
        var byRoute = world.run("route", "explain", "orders", "--client", "81.2.69.142");

        assertThat(byName).isEqualTo(byRoute);
        assertThat(byName.out()).contains("westeurope  7 ms  distance  yes  yes     1.0.0");
    }

    @Test
    void theLogShowsItsEndAndIsVerified() {
        server.on("GET /v1/log/verify", 200, "{\"ok\":true,\"rows\":120,\"brokenAt\":null,\"message\":\"\"}")
                .on("GET /v1/log/verify", 200, "{\"ok\":false,\"rows\":120,\"brokenAt\":17,\"message\":\"hash\"}")
                .on(
                        "GET /v1/log?after=118&limit=2",
                        200,
                        "{\"items\":[{\"id\":120,\"type\":\"t\",\"subject\":\"s\",\"actor\":\"me\"}]}");

        assertThat(world.run("log", "--limit", "2").out()).contains("120  -   t     s        me");
        var broken = world.run("log", "verify");
        assertThat(broken.code()).isEqualTo(ExitCode.FAILED);
        assertThat(broken.out()).contains("broken at row 17: hash");
    }

    @Test
    void replayingTheLogNamesWhatDiffers() {
        server.on(
                        "GET /v1/log/replay",
                        200,
                        "{\"ok\":true,\"rows\":120,\"documents\":17,\"differencesCount\":0,\"differences\":[]}")
                .on(
                        "GET /v1/log/replay",
                        200,
                        "{\"ok\":false,\"rows\":120,\"documents\":17,\"differencesCount\":1,\"differences\":["
                                + "{\"kind\":\"version\",\"key\":\"Contoso_Orders/1.0\",\"text\":\"/state: no\"}]}");

        var same = world.run("log", "replay");
        assertThat(same.code()).isEqualTo(ExitCode.DONE);
        assertThat(same.out()).contains("same: 120 rows tell of 17 things");
        var different = world.run("log", "replay");
        assertThat(different.code()).isEqualTo(ExitCode.FAILED);
        assertThat(different.out()).contains("has 1 otherwise").contains("version Contoso_Orders/1.0: /state: no");
    }

    @Test
    void revokingAsksFirst() {
        server.on(
                "POST /v1/extensions/Contoso_Orders/versions/1.0.0/revoke",
                200,
                "{\"extension\":\"Contoso_Orders\",\"version\":\"1.0.0\",\"digest\":\"" + DIGEST
                        + "\",\"sizeBytes\":1,\"fileCount\":1,\"publishedAt\":\"2026-11-23T11:00:00Z\",\"publishedBy\":\"ci\",\"state\":\"REVOKED\",\"live\":[],\"warnings\":[]}");

        assertThat(world.run("revoke", "Contoso_Orders", "1.0.0").code()).isEqualTo(ExitCode.USAGE);
        assertThat(world.run("revoke", "Contoso_Orders", "1.0.0", "--yes").out())
                .contains("is REVOKED");
    }
}
