package io.portolan.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.controller.CallTimeouts;
import io.portolan.model.controller.ControllerKind;
import io.portolan.model.controller.ControllerRuntimeKind;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.model.controller.ControllerTls;
import io.portolan.model.controller.HealthCheck;
import io.portolan.model.controller.IdempotentRoute;
import io.portolan.model.controller.ProcessSpec;
import io.portolan.model.controller.Replicas;
import io.portolan.model.controller.Resources;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class ControllerRulesTest {
    private static final ExtensionName EXTENSION = new ExtensionName("Contoso_Orders");
    private static final VersionLabel VERSION = new VersionLabel("1.0.0.0");
    private static final String IMAGE = "registry.example/orders@sha256:" + "0".repeat(64);

    @TempDir
    Path folder;

    private final Map<String, String> files = new TreeMap<>(Map.of(
            "index.html", "",
            "Content/Config/default.json", "{\"region\":{\"name\":\"here\"},\"level\":3}",
            "controllers/orders.jar", "jar",
            "controllers/quotes/server.mjs", "code",
            "controllers/quotes/lib/a.mjs", "more"));

    @Test
    void takesAControllerOfEachKind() throws Exception {
        controllers("""
                {"name":"orders","kind":"process","runtime":"jvm","archive":"controllers/orders.jar",
                 "command":["-jar","orders.jar"]},
                {"name":"quotes","mount":"v1/quotes","kind":"process","runtime":"node","archive":"controllers/quotes/",
                 "command":["server.mjs","${PORT}"],
                 "health":{"path":"/ready","every":"1s","timeout":"500ms","failures":5,"startup":"PT2M"},
                 "environment":{"REGION":"in ${config:region.name}","DB_PASSWORD":"${secret:DB_PASSWORD}"},
                 "resources":{"cpu":"250m","memory":"128MiB"},"replicas":{"min":2,"max":4},
                 "placement":["west*","!westeurope"],"drain":"10m",
                 "timeouts":{"connect":"1s","response":"20s","idle":"1h"},"idempotent":["POST /price/*"]},
                {"name":"search","kind":"container","image":"%s","port":9000},
                {"name":"legacy","mount":"","kind":"external","versionPath":"/version",
                 "endpoints":{"westus":"https://westus.orders.example/base","*":"https://orders.example"}}
                """.formatted(IMAGE));

        var content = read();

        assertThat(content.warnings()).isEmpty();
        assertThat(content.manifest().controllers())
                .extracting(ControllerSpec::name)
                .containsExactly("orders", "quotes", "search", "legacy");
        var quotes = content.manifest().controllers().get(1);
        assertThat(quotes.mount()).isEqualTo("v1/quotes");
        assertThat(quotes.process())
                .isEqualTo(new ProcessSpec(
                        ControllerRuntimeKind.NODE, "controllers/quotes/", List.of("server.mjs", "${PORT}")));
        assertThat(quotes.health())
                .isEqualTo(new HealthCheck(
                        "/ready", Duration.ofSeconds(1), Duration.ofMillis(500), 5, Duration.ofMinutes(2)));
        assertThat(quotes.resources()).isEqualTo(new Resources(250, 128L << 20));
        assertThat(quotes.replicas()).isEqualTo(new Replicas(2, 4, 70));
        assertThat(quotes.placement().includes(new RegionName("westus"))).isTrue();
        assertThat(quotes.placement().includes(new RegionName("westeurope"))).isFalse();
        assertThat(quotes.drain()).isEqualTo(Duration.ofMinutes(10));
        assertThat(quotes.timeouts())
                .isEqualTo(new CallTimeouts(Duration.ofSeconds(1), Duration.ofSeconds(20), Duration.ofHours(1)));
        assertThat(quotes.idempotent()).containsExactly(new IdempotentRoute("POST", "/price/*"));
        var legacy = content.manifest().controllers().get(3);
        assertThat(legacy.kind()).isEqualTo(ControllerKind.EXTERNAL);
        assertThat(legacy.endpoint("westus")).contains("https://westus.orders.example/base");
        assertThat(legacy.endpoint("eastus")).contains("https://orders.example");
    }

    @Test
    void whatNodesAreToldIsWhatTheManifestSays() throws Exception {
        controllers("""
                {"name":"quotes","kind":"process","runtime":"node","archive":"controllers/quotes/","command":["server.mjs"],
                 "environment":{"A":"b"},"resources":{"cpu":0.5},"drain":"90s"}""");
        var content = read();

        var served = ServedManifest.parse(content.served(EXTENSION, VERSION).toJson());

        assertThat(served.controllers()).isEqualTo(content.manifest().controllers());
        assertThat(served.isPrivate("controllers/quotes/lib/a.mjs")).isTrue();
        assertThat(served.isPrivate("controllers/orders.jar")).isFalse();
        assertThat(served.forBrowsers().files())
                .extracting(ServedFile::path)
                .contains("index.html")
                .noneMatch(path -> path.startsWith("controllers/quotes"));
        assertThat(new String(served.forBrowsers().toJson(), UTF_8)).doesNotContain("server.mjs", "controllers\":");
    }

    @Test
    void row_8_11_certificatesForABackendAreNamesOfSecrets() throws Exception {
        controllers("""
                {"name":"legacy","kind":"external","endpoints":{"*":"https://orders.example"},
                 "tls":{"ca":"${secret:CA}","certificate":"${secret:CERTIFICATE}","key":"${secret:KEY}"}}""");

        var content = read();

        assertThat(content.warnings()).isEmpty();
        assertThat(content.manifest().controllers().get(0).tls())
                .isEqualTo(new ControllerTls("CA", "CERTIFICATE", "KEY"));
        assertThat(ServedManifest.parse(content.served(EXTENSION, VERSION).toJson())
                        .controllers())
                .isEqualTo(content.manifest().controllers());

        controllers("""
                {"name":"a","kind":"external","endpoints":{"*":"https://a.example"},
                 "tls":{"ca":"-----BEGIN CERTIFICATE-----","key":"${secret:KEY}"}},
                {"name":"b","kind":"external","endpoints":{"*":"http://b.example"},"tls":{"ca":"${secret:CA}"}}""");
        assertThat(messages())
                .satisfiesOnlyOnce(has("controllers[0].tls.ca: tls: ca (expected: ${secret:NAME} and nothing else)"))
                .satisfiesOnlyOnce(has("controllers[0].tls: tls: certificate and key do not agree"))
                .satisfiesOnlyOnce(has("tls is for endpoints of https"))
                .hasSize(3);
    }

    @Test
    void manifestsOfVersionsWithoutControllersAreAsTheyWere() throws Exception {
        assertThat(new String(read().served(EXTENSION, VERSION).toJson(), UTF_8))
                .doesNotContain("controllers\":");
    }

    @Test
    void theIdentityOfAVersionCoversItsControllers() throws Exception {
        controllers(orders("\"replicas\":1"));
        var one = read().identity();
        controllers(orders("\"replicas\":2"));
        var two = read().identity();
        files.put("controllers/orders.jar", "another jar");

        assertThat(List.of(one, two, read().identity())).doesNotHaveDuplicates();
    }

    @Test
    void namesEveryFaultAtOnce() throws Exception {
        controllers("""
                {"name":"Orders","kind":"process","runtime":"ruby","archive":"controllers/orders.tar.gz","command":[]},
                {"name":"a","mount":"diagnostics","kind":"container","image":"orders:latest","port":0,"replicas":0},
                {"name":"b","mount":"x","kind":"external","endpoints":{"West US":"ftp://a","*":"https://u:p@b"}},
                {"name":"b","mount":"x","kind":"external","endpoints":{"*":"https://b"},"placement":[],"drain":"soon",
                 "environment":{"PORT":"1","A":"${env:X}","API_TOKEN":"abc"},"idempotent":["quotes"],"replicas":{"min":3,"max":2}}
                """);

        assertThat(messages())
                .satisfiesOnlyOnce(has("controllers[0]: name: Orders"))
                .satisfiesOnlyOnce(has("controllers[0].runtime: ruby (expected: one of [jvm, node, native])"))
                .satisfiesOnlyOnce(has("controllers[0].command: is missing"))
                .satisfiesOnlyOnce(
                        has("controllers[0].archive: controllers/orders.tar.gz is an archive that is not opened"))
                .satisfiesOnlyOnce(has("controllers[1]: mount: diagnostics (expected: none of Portolan's own"))
                .satisfiesOnlyOnce(has("controllers[1]: image: orders:latest"))
                .satisfiesOnlyOnce(has("controllers[1].port: 0"))
                .satisfiesOnlyOnce(has("controllers[1].replicas: replicas: min: 0"))
                .satisfiesOnlyOnce(has("controllers[2].endpoints: region: West US"))
                .satisfiesOnlyOnce(has("controllers[2].endpoints.West US: ftp://a"))
                .satisfiesOnlyOnce(has("controllers[2].endpoints.*: https://u:p@b"))
                .satisfiesOnlyOnce(has("controllers[3].name: b is that of controllers[2] too"))
                .satisfiesOnlyOnce(has("controllers[3].mount: x is that of controllers[2] too"))
                .satisfiesOnlyOnce(has("controllers[3].placement: placement: no region"))
                .satisfiesOnlyOnce(has("controllers[3].drain: soon"))
                .satisfiesOnlyOnce(has("controllers[3].environment.PORT: is set by Portolan"))
                .satisfiesOnlyOnce(has("controllers[3].environment.A: reference: ${env:X}"))
                .satisfiesOnlyOnce(has("environment API_TOKEN: a secret in the package"))
                .satisfiesOnlyOnce(has("controllers[3].idempotent: idempotent: * quotes"))
                .satisfiesOnlyOnce(has("controllers[3].replicas: replicas: max: 2"))
                .hasSize(20)
                .noneMatch(message -> message.contains("abc"));
    }

    @Test
    void refusesControllersWhoseFilesAreNotThere() throws Exception {
        controllers("""
                {"name":"a","kind":"process","runtime":"jvm","archive":"controllers/other.jar","command":["-jar","other.jar"]},
                {"name":"b","kind":"process","runtime":"native","archive":"controllers/quotes/","command":["run"]},
                {"name":"c","kind":"process","runtime":"native","archive":"controllers/quotes/","command":["lib/a.mjs"]}""");

        assertThat(messages())
                .containsExactlyInAnyOrder(
                        "controllers/other.jar: controller a: nothing of it is in the package [controller-files-missing]",
                        "controllers/quotes/: controller b: its program run is not in it [controller-files-missing]");
    }

    @Test
    void refusesReferencesToKeysThatNoConfigurationHas() throws Exception {
        controllers(orders("\"environment\":{\"A\":\"${config:level} ${config:region.nam}\"}"));

        assertThat(messages())
                .containsExactly(
                        "portolan.json: controller orders: no configuration of the package has the key region.nam"
                                + " [controller-config-unknown]");
    }

    @Test
    void warnsOfUnknownKeys() throws Exception {
        controllers(orders("\"replica\":2,\"health\":{\"interval\":\"1s\"}"));

        assertThat(read().warnings())
                .containsExactlyInAnyOrder(
                        "portolan.json: controllers[0]: unknown key replica is ignored",
                        "portolan.json: controllers[0].health: unknown key interval is ignored");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                "null",
                "{}",
                "{\"name\":{},\"kind\":[]}",
                "{\"name\":\"a\",\"kind\":\"process\",\"runtime\":{},\"archive\":[],\"command\":{}}",
                "{\"name\":\"a\",\"kind\":\"container\",\"image\":1,\"port\":{}}",
                "{\"name\":\"a\",\"kind\":\"external\",\"endpoints\":[]}",
                "{\"name\":\"a\",\"kind\":\"external\",\"endpoints\":{\"*\":{}}}",
                "{\"name\":\"a\",\"kind\":\"external\",\"endpoints\":{\"*\":\"https://b\"},\"resources\":{\"cpu\":{},\"memory\":[]}}",
                "{\"name\":\"a\",\"kind\":\"external\",\"endpoints\":{\"*\":\"https://b\"},\"resources\":[],\"health\":[],\"timeouts\":1}",
                "{\"name\":\"a\",\"kind\":\"external\",\"endpoints\":{\"*\":\"https://b\"},\"replicas\":{\"min\":\"x\"}}",
                "{\"name\":\"a\",\"kind\":\"external\",\"endpoints\":{\"*\":\"https://b\"},\"replicas\":1e99}",
                "{\"name\":\"a\",\"kind\":\"external\",\"endpoints\":{\"*\":\"https://b\"},\"drain\":\"PT9999999999999999H\"}",
                "{\"name\":\"a\",\"kind\":\"external\",\"endpoints\":{\"*\":\"https://b\"},\"environment\":{\"\":\"\"}}"
            })
    void row_X_6_refusesHostileControllers(String controller) throws Exception {
        controllers(controller);

        assertThat(messages()).isNotEmpty();
    }

    @Test
    void hasASchemaThatKnowsTheSameKeys() {
        var schema = JsonMapper.shared().readTree(ManifestSchema.json());

        assertThat(schema.at("/properties").propertyNames())
                .containsExactlyInAnyOrder(
                        "$schema",
                        "schema",
                        "extension",
                        "version",
                        "entry",
                        "portals",
                        "controllers",
                        "sdkBuilt",
                        "source");
        assertThat(schema.at("/$defs/controller/properties").propertyNames())
                .contains(
                        "name",
                        "mount",
                        "kind",
                        "health",
                        "environment",
                        "resources",
                        "replicas",
                        "placement",
                        "drain");
    }

    private static java.util.function.Consumer<String> has(String text) {
        return message -> assertThat(message).contains(text);
    }

    private static String orders(String more) {
        return "{\"name\":\"orders\",\"kind\":\"process\",\"runtime\":\"jvm\",\"archive\":\"controllers/orders.jar\","
                + "\"command\":[\"-jar\",\"orders.jar\"]," + more + "}";
    }

    private void controllers(String elements) {
        files.put("portolan.json", "{\"controllers\":[" + elements + "]}");
    }

    private ValidPackage read() throws Exception {
        var zip = new HostileZip();
        files.forEach((name, content) -> zip.deflated(name, content.getBytes(UTF_8)));
        return new PackageReader(PackageLimits.DEFAULT).read(zip.write(folder), EXTENSION, VERSION);
    }

    private List<String> messages() throws Exception {
        try {
            var content = read();
            throw new AssertionError("accepted: " + content);
        } catch (PackageRejected e) {
            return e.violations().stream().map(Object::toString).toList();
        }
    }
}
