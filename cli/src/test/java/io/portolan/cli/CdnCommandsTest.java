package io.portolan.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.protocol.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cdn} and {@code env set}; that servers take the configurations is shown in module it. */
class CdnCommandsTest {
    private static final String DELIVERY = "/v1/environments/prod/delivery";
    private static final String PRESENT =
            "{\"environment\":\"prod\",\"cdns\":[{\"name\":\"edge\",\"url\":\"https://cdn.example/CDN\",\"share\":10,"
                    + "\"watched\":\"10 % of browsers ask it; more from 12:01 on\"}],"
                    + "\"worker\":\"ON\",\"firstVisit\":\"GO\",\"breaker\":\"ON\",\"telemetry\":\"ON\",\"dark\":1,"
                    + "\"darkSeen\":{\"windowHours\":24,\"places\":6,\"sessions\":37,\"failing\":0,\"files\":412,\"bytes\":9,"
                    + "\"lastAt\":\"2026-11-27T11:58:00Z\"},"
                    + "\"breakers\":[{\"cdn\":\"edge\",\"share\":10,\"reason\":\"it is well again\","
                    + "\"since\":\"2026-11-27T12:00:00Z\",\"by\":\"breaker\",\"state\":\"RAMPING\","
                    + "\"evidence\":[\"1 of 30 probes from 6 places failed\"]}]}";

    @TempDir
    private Path folder;

    private ScriptedServer server;
    private CommandRun.World world;

    @BeforeEach
    void start() throws IOException {
        server = new ScriptedServer()
                .on("GET /v1/environments", 200, "{\"items\":[{\"name\":\"rc\"},{\"name\":\"prod\"}]}")
                .on("GET /v1/environments/prod", 200, "{\"name\":\"prod\",\"zone\":\"ext.example\"}")
                .on("GET " + DELIVERY, 200, PRESENT)
                .on("PUT " + DELIVERY, 200, PRESENT)
                .on("POST /v1/environments/prod/cdns/edge/trip", 200, "{}")
                .on("POST /v1/environments/prod/cdns/edge/reset", 200, "{}")
                .on("GET /v1/nodes", 200, """
                        {"items":[
                          {"id":"a","kind":"region","environment":"prod","region":"westus","url":"http://10.0.0.1:7080"},
                          {"id":"b","kind":"region","environment":"prod","region":"eastus","url":"http://10.0.0.2"},
                          {"id":"c","kind":"region","environment":"rc","region":"x","url":"http://10.0.0.3"},
                          {"id":"d","kind":"director","environment":"prod","region":"director","url":"http://10.0.0.4"}]}
                        """);
        world = new CommandRun.World(folder).server(server);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private String put() {
        return server.asked().stream()
                .filter(asked -> asked.method().equals("PUT"))
                .findFirst()
                .orElseThrow()
                .body();
    }

    @Test
    void statusListsTheCdnsOfTheLastEnvironment() {
        assertThat(world.run("cdn", "status").out())
                .containsPattern("edge +https://cdn.example/CDN +10 % +2026-11-27T12:00:00Z +breaker +it is well again")
                .contains(
                        "edge: 1 of 30 probes from 6 places failed",
                        "edge: 10 % of browsers ask it; more from 12:01 on")
                .contains("breaker: ON, without any CDN for proof: 1 % of browsers")
                .contains(
                        "without any CDN: 37 sessions within 24 h, by 6 regions, 412 files, none was lacking; last 2026-11-27T11:58:00Z")
                .contains("service worker: ON, first visit: GO, telemetry: ON");
    }

    @Test
    void tripAndResetSayWhyAndHowMuch() {
        assertThat(world.run("cdn", "trip", "edge", "--reason", "old files", "--yes")
                        .code())
                .isZero();
        assertThat(world.run("cdn", "reset", "edge", "--share", "10").out()).contains("gave CDN edge back to 10 %");

        assertThat(server.asked().stream()
                        .filter(asked -> asked.method().equals("POST"))
                        .map(asked -> asked.body()))
                .containsExactly("{\"reason\":\"old files\"}", "{\"reason\":\"\",\"share\":10}");
    }

    @Test
    void setLeavesAloneWhatIsNotGiven() {
        assertThat(world.run("env", "set", "prod", "--worker", "off").code()).isZero();

        assertThat(put()).contains("\"url\":\"https://cdn.example/CDN\"").contains("\"worker\":\"off\"");
    }

    @Test
    void setSwitchesTelemetryOff() {
        assertThat(world.run("env", "set", "prod", "--telemetry", "off").code()).isZero();

        assertThat(put()).contains("\"worker\":\"ON\"").contains("\"telemetry\":\"off\"");
    }

    @Test
    void setTakesSeveralCdnsInTheirOrder() {
        world.run("env", "set", "prod", "--cdn", "b=https://b.example", "--cdn", "a=https://a.example/x");

        assertThat(put())
                .contains(
                        "\"cdns\":[{\"name\":\"b\",\"url\":\"https://b.example\"},{\"name\":\"a\",\"url\":\"https://a.example/x\"}]");
    }

    @Test
    void setRefusesWhatContradictsItself() {
        assertThat(world.run("env", "set", "prod", "--no-cdn", "--cdn", "a=https://a.example")
                        .code())
                .isEqualTo(ExitCode.USAGE);
        assertThat(world.run("env", "set", "prod", "--cdn", "https://a.example").code())
                .isEqualTo(ExitCode.USAGE);
    }

    @Test
    void configurationsPullFromTheNodesOfTheEnvironmentOnly() {
        var nginx =
                world.run("cdn", "config", "nginx", "--listen", "127.0.0.1:81").out();
        assertThat(nginx)
                .contains("server 10.0.0.1:7080 max_fails=1")
                .contains("server 10.0.0.2:80 max_fails=1")
                .contains("listen 127.0.0.1:81;")
                .contains("proxy_set_header Host $portolan_route.ext.example;")
                .doesNotContain("10.0.0.3", "10.0.0.4", "@");
        var varnish = world.run("cdn", "config", "varnish").out();
        assertThat(varnish)
                .contains(".host = \"10.0.0.1\";\n    .port = \"7080\";")
                .contains("regions.add_backend(region_1);")
                .contains("\".ext.example\"")
                .doesNotContain("10.0.0.3", "10.0.0.4", "@");
    }

    @Test
    void configurationForRegionsBehindTls() {
        var configuration = new CdnConfiguration(
                "prod",
                "ext.example",
                List.of(URI.create("https://west.example")),
                "8080",
                "/c",
                "1g",
                List.of("10.9.0.0/16"));

        assertThat(configuration.nginx())
                .contains("server west.example:443 ")
                .contains("proxy_pass https://portolan_regions;")
                .contains("proxy_ssl_name $portolan_route.ext.example;");
    }

    @Test
    void templateForAHostedCdnHasShortTimesAndAKeyWithoutQueries() {
        var nodes = List.of(URI.create("https://west.example"), URI.create("https://east.example:8443"));
        var template = Json.mapper()
                .readTree(
                        new CdnConfiguration("prod", "ext.example", nodes, "8080", "/c", "1g", List.of()).cloudfront());

        var distribution = template.at("/Resources/Distribution/Properties/DistributionConfig");
        assertThat(distribution.at("/Origins")).hasSize(2);
        assertThat(distribution.at("/Origins/1/DomainName").asString()).isEqualTo("east.example");
        assertThat(distribution.at("/Origins/1/ConnectionTimeout").asInt()).isEqualTo(1);
        assertThat(distribution.at("/Origins/1/CustomOriginConfig/HTTPSPort").asInt())
                .isEqualTo(8443);
        assertThat(distribution
                        .at("/Origins/1/CustomOriginConfig/OriginReadTimeout")
                        .asInt())
                .isEqualTo(5);
        assertThat(distribution.at("/CacheBehaviors/0/PathPattern").asString()).isEqualTo("/CDN/*/Content/*");
        assertThat(template.at("/Resources/Key/Properties/CachePolicyConfig/ParametersInCacheKeyAndForwardedToOrigin"
                                + "/QueryStringsConfig/QueryStringBehavior")
                        .asString())
                .isEqualTo("none");
        assertThat(template.toString()).doesNotContain("@");
        assertThat(world.run("cdn", "config", "cloudfront").code())
                .as("nodes without TLS")
                .isEqualTo(ExitCode.CONFLICT);
    }

    @Test
    void whoMayPurgeIsEveryNodeWithAnAddressAndWhoIsNamed() {
        assertThat(world.run("cdn", "config", "varnish", "--purge-from", "10.9.0.0/16")
                        .out())
                .contains("\"localhost\";\n    \"10.0.0.1\";\n    \"10.0.0.2\";\n    \"10.9.0.0\"/16;");
        assertThat(world.run("cdn", "config", "nginx", "--purge-from", "10.9.0.0/16")
                        .out())
                .contains("127.0.0.1 1;\n    ::1 1;\n    10.0.0.1 1;\n    10.0.0.2 1;\n    10.9.0.0/16 1;");
        assertThat(world.run("cdn", "config", "nginx", "--purge-from", "x; root /")
                        .code())
                .isEqualTo(ExitCode.USAGE);
    }

    @Test
    void refusesUnknownKindsAndWhatWouldBreakTheFile() {
        assertThat(world.run("cdn", "config", "squid").code()).isEqualTo(ExitCode.USAGE);
        assertThat(world.run("cdn", "config", "nginx", "--cache", "/x; root /").code())
                .isEqualTo(ExitCode.USAGE);
    }
}
