package io.portolan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Setting routing methods, draining regions. */
class RoutingCommandsTest {
    private static final String PUT = "PUT /v1/extensions/Contoso_Orders/environments/prod/profile";

    @TempDir
    private Path folder;

    private ScriptedServer server;
    private CommandRun.World world;

    @BeforeEach
    void start() throws IOException {
        server = new ScriptedServer();
        world = new CommandRun.World(folder).server(server);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** Body of the last request to a method and path, empty text for none. */
    private String body(String request) {
        return server.asked().stream()
                .filter(asked -> (asked.method() + " " + asked.path()).equals(request))
                .map(ScriptedServer.Asked::body)
                .reduce("", (first, second) -> second);
    }

    @Test
    void setsAMethodWithItsEndpoints() {
        server.on(PUT, 200, "{}");

        var run = world.run(
                "route",
                "set",
                "Contoso_Orders",
                "--environment",
                "prod",
                "--profile",
                "weighted",
                "--endpoint",
                "westus=9",
                "--endpoint",
                "westeurope=1",
                "--yes");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(body(PUT))
                .isEqualTo("{\"method\":\"weighted\",\"endpoints\":[{\"region\":\"westus\",\"weight\":9},"
                        + "{\"region\":\"westeurope\",\"weight\":1}]}");
    }

    @Test
    void endpointsWithoutANumberComeInTheirOrderAndTheChangeByARamp() {
        server.on(
                "PUT /v1/extensions/Contoso_Orders/environments/prod/profile?ramp=PT30M",
                200,
                "{\"replaced\":{\"clients\":100,\"goneAt\":\"2026-11-23T12:30:00.688329978Z\"}}");

        var run = world.run(
                "route",
                "set",
                "Contoso_Orders",
                "--environment",
                "prod",
                "--profile",
                "priority",
                "--endpoint",
                "westus",
                "--endpoint",
                "eastus",
                "--ramp",
                "30m",
                "--yes");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("for 10 % of the clients now, for all at 2026-11-23T12:30:00Z; until then");
        assertThat(body("PUT /v1/extensions/Contoso_Orders/environments/prod/profile?ramp=PT30M"))
                .isEqualTo("{\"method\":\"priority\",\"endpoints\":[{\"region\":\"westus\"},{\"region\":\"eastus\"}]}");
    }

    @Test
    void setsWhatAFileSays() throws IOException {
        server.on(PUT, 200, "{}");
        var file = folder.resolve("routing.yaml");
        Files.writeString(file, """
                method: geographic
                endpoints:
                  - region: westeurope
                    geo: [GEO-EU, GEO-AF]
                  - name: rest
                    geo: [WORLD]
                    profile:
                      method: performance
                      endpoints: [{region: westus}, {region: southeastasia}]
                """);

        var run = world.run(
                "route", "set", "Contoso_Orders", "--environment", "prod", "--profile", file.toString(), "--yes");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(body(PUT)).contains("\"geo\":[\"WORLD\"]").contains("\"region\":\"southeastasia\"");
    }

    /** Aliases that form a loop, the only way to write a profile that contains itself: they are no more than text to the server. */
    @Test
    void neverFollowsALoopOfAliases() throws IOException {
        server.refuse(PUT, 422, "invalid", "method: all (expected: performance, priority, …)");
        var file = folder.resolve("loop.yaml");
        Files.writeString(file, """
                &all
                method: priority
                endpoints:
                  - name: again
                    profile: *all
                """);

        var run = world.run(
                "route", "set", "Contoso_Orders", "--environment", "prod", "--profile", file.toString(), "--yes");

        assertThat(run.code()).isNotZero();
        assertThat(body(PUT)).contains("\"profile\":\"all\"");
    }

    @Test
    void asksBeforeUsersAreMoved() {
        assertThat(world.run("route", "set", "Contoso_Orders", "--environment", "prod", "--profile", "priority")
                        .code())
                .isEqualTo(ExitCode.USAGE);
        assertThat(world.run("region", "drain", "westus").code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void drainsAndSaysWhatTheRestCarries() {
        server.on("POST /v1/regions/westus/drain", 200, "{\"verdict\":\"taking out westus is allowed\"}");
        server.on("POST /v1/regions/westus/undrain", 200, "{\"fullAt\":\"2026-11-23T12:30:00.688329978Z\"}");

        var run = world.run("region", "drain", "westus", "--reason", "power works", "--yes");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("taking out westus is allowed");
        assertThat(body("POST /v1/regions/westus/drain")).isEqualTo("{\"reason\":\"power works\"}");

        var back = world.run("region", "undrain", "westus", "--ramp", "30m");
        assertThat(back.code()).as(back.err()).isZero();
        assertThat(back.out()).contains("bringing back westus, with all of its users at 2026-11-23T12:30:00Z\n");
        assertThat(body("POST /v1/regions/westus/undrain")).contains("\"ramp\":\"PT30M\"");
    }

    @Test
    void aDrainThatTheRestCannotCarryIsExitCodeFour() {
        server.on(
                "POST /v1/regions/westus/drain",
                409,
                "{\"type\":\"about:blank\",\"title\":\"a policy does not allow it\",\"status\":409,\"code\":\"policy\","
                        + "\"detail\":\"draining westus: the 1 region left can carry 1 of the 2\",\"violations\":[]}");

        var run = world.run("region", "drain", "westus", "--yes");

        assertThat(run.code()).isEqualTo(4);
        assertThat(run.err()).contains("can carry 1 of the 2");
    }
}
