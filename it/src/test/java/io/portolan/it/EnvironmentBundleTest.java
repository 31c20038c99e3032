package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.control.ControlPlane;
import io.portolan.control.ControlSettings;
import io.portolan.director.DirectorServer;
import io.portolan.director.DirectorSettings;
import io.portolan.director.DnsSettings;
import io.portolan.model.EnvironmentName;
import io.portolan.model.FailPoints;
import io.portolan.model.RegionName;
import io.portolan.model.StageDefinition;
import io.portolan.protocol.Join;
import io.portolan.region.RegionNode;
import io.portolan.region.RegionSettings;
import io.portolan.sync.ReplicaSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * A sovereign cloud: a control plane that has never seen the first one, made from one signed file that was carried there.
 */
class EnvironmentBundleTest {
    private static final String ANY = "Bundle_Any";
    private static final String BOUND = "Bundle_Bound";

    @RegisterExtension
    private static final SharedDev SHARED = SharedDev.oneProcess();

    @TempDir
    private Path folder;

    @Test
    void row_2_7_aNewCloudIsMadeOfASignedBundleOffline() throws Exception {
        var dev = SHARED.dev();
        deploy(dev, ANY, "bundle-any", "portolan.json", "{\"portals\":[\"*\"]}");
        deploy(dev, BOUND, "bundle-bound", "Content/Config/portal.portolan.test.json", "{}");
        dev.must("ext", "register", "Bundle_Empty", "--route", "bundle-empty");
        var key = folder.resolve("carrier.key").toString();
        var bundle = folder.resolve("prod.bundle");
        dev.must("operator-key", "create", key);

        var exported = dev.must("env", "export", "prod", "-o", bundle.toString(), "--key", key);

        assertThat(exported.out()).contains(ANY, BOUND, "not in it: no version has completed");
        dev.must("operator-key", "create", folder.resolve("other.key").toString());
        try (var there = controlPlane()) {
            var server = there.uri().toString();
            var wrongKey = dev.cli(create(server, bundle, folder.resolve("other.key")));
            assertThat(wrongKey.code()).isEqualTo(4);
            assertThat(wrongKey.err()).contains("is not signed with key");
            var damaged = dev.cli(create(server, damaged(bundle), folder.resolve("carrier.key")));
            assertThat(damaged.code()).isEqualTo(1);
            assertThat(damaged.err()).contains("is damaged");
            assertThat(get(server, "/v1/extensions")).as("nothing was changed").contains("\"items\":[]");

            var made = dev.must(create(server, bundle, folder.resolve("carrier.key")));

            assertThat(made.out().lines())
                    .anySatisfy(line -> assertThat(line).contains(ANY, "1.0.0", "yes", "portal.gov"))
                    .anySatisfy(
                            line -> assertThat(line).contains(BOUND, "1.0.0", "no", "no configuration for portal.gov"));
            assertThat(get(server, "/v1/environments/gov")).contains("ext.portal.gov", "portal.gov");
            assertThat(get(server, "/v1/environments/gov/baseline"))
                    .as("its new regions go the way of those at home: development's, not the standard one")
                    .contains("\"dark\":\"PT5S\"", "\"weekdaysOnly\":false");
            assertThat(get(server, "/v1/environments/gov/baseline"))
                    .contains(ANY)
                    .doesNotContain("\"" + BOUND + "\",\"route\"");
            assertThat(digest(server))
                    .as("the same files have the same name")
                    .isEqualTo(digest(dev.control().toString()));
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(get(server, "/v1/environments/gov/revisions"))
                            .contains("\"number\":"));
            assertThat(dev.must("log", "replay", "--server", server).out()).contains("same");
            assertThat(dev.cli(create(server, bundle, folder.resolve("carrier.key")))
                            .code())
                    .as("it exists")
                    .isEqualTo(4);
            assertFirstRegionComesUp(there.uri());
            assertADirectorJoins(dev, there.uri());
        }
    }

    /** With a token that lets one director in, and no region. */
    private void assertADirectorJoins(DevProcess dev, URI control) throws Exception {
        var token = dev.must("node", "token", "--director", "--environment", "gov", "--server", control.toString())
                .out()
                .strip();
        var local = new InetSocketAddress("127.0.0.1", 0);
        var replica = replica("ns1", "director", "director", control, token);
        try (var director = DirectorServer.start(
                new DirectorSettings(
                        replica,
                        DnsSettings.of(local),
                        local,
                        List.of(InetAddress.ofLiteral("127.0.0.53")),
                        DirectorSettings.Probes.FAST,
                        ""),
                InstantSource.system(),
                FailPoints.NONE)) {
            var dig = new Dig(director.dnsAddress().getPort());
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() ->
                            assertThat(dig.shortly("ns1.ext.portal.gov", "A")).isEqualTo("127.0.0.53"));
            assertThat(get(control.toString(), "/v1/nodes")).contains("\"ns1\"");
            var second = new Rest(control)
                    .post(
                            "/v1/nodes",
                            new Join.Request(
                                    "ns2",
                                    "director",
                                    new EnvironmentName("gov"),
                                    new RegionName("director"),
                                    Base64.getEncoder()
                                            .encodeToString(KeyPairGenerator.getInstance("Ed25519")
                                                    .generateKeyPair()
                                                    .getPublic()
                                                    .getEncoded()),
                                    "http://127.0.0.1:1"),
                            "Authorization",
                            "Bearer " + token);
            assertThat(second.status()).isEqualTo(401);
            assertThat(second.text("/detail")).contains("the token was used by another node");
        }
    }

    private ReplicaSettings replica(String id, String kind, String region, URI control, String token) {
        return new ReplicaSettings(
                id,
                kind,
                new EnvironmentName("gov"),
                new RegionName(region),
                "",
                control,
                token,
                folder.resolve(id),
                Duration.ofSeconds(5),
                Duration.ofSeconds(1));
    }

    /** There is no other region that could look at it, or that it could be compared with. */
    private void assertFirstRegionComesUp(URI control) throws Exception {
        var rest = new Rest(control);
        assertThat(rest.post("/v1/regions", Map.of("name", "uksouth", "environment", "gov"))
                        .status())
                .isEqualTo(201);
        int port = WorldSettings.freePort("127.0.0.1");
        var replica = new ReplicaSettings(
                "node-uksouth",
                "region",
                new EnvironmentName("gov"),
                new RegionName("uksouth"),
                "http://127.0.0.1:" + port,
                control,
                rest.post("/v1/regions/uksouth/tokens", Map.of()).text("/token"),
                folder.resolve("uksouth"),
                Duration.ofSeconds(5),
                Duration.ofSeconds(1));
        var settings = RegionSettings.of(replica, "127.0.0.1", port);
        try (var node = RegionNode.start(settings, InstantSource.system(), FailPoints.NONE)) {
            await().atMost(Duration.ofSeconds(120)).untilAsserted(() -> assertThat(rest.get("/v1/regions/uksouth")
                            .body()
                            .at("/timeline")
                            .toString())
                    .contains("\"after\":\"CANARY\"", "good from 1 of 1 places"));

            assertThat(Pages.get(node.uri().resolve("/bundle-any?trustedAuthority=portal.gov"))
                            .statusCode())
                    .isEqualTo(200);
            assertThat(rest.get("/v1/regions/uksouth").body().at("/extensions").toString())
                    .contains(ANY, "SERVING")
                    .doesNotContain(BOUND);
        }
    }

    private static void deploy(DevProcess dev, String name, String route, String file, String text) throws Exception {
        var page = Files.createDirectories(dev.scratch(route));
        Files.writeString(page.resolve("index.html"), "<!doctype html><title>" + name + "</title>");
        Files.createDirectories(page.resolve("Content/Config"));
        Files.writeString(page.resolve("Content/Config/default.json"), "{}");
        Files.writeString(page.resolve(file), text);
        dev.must("ext", "register", name, "--route", route);
        dev.must("deploy", page.toString(), "--extension", name, "--version", "1.0.0", "--bake", "1s", "--wait");
    }

    private static String[] create(String server, Path bundle, Path key) {
        return new String[] {
            "env",
            "create",
            "gov",
            "--from",
            bundle.toString(),
            "--key",
            key.toString(),
            "--zone",
            "ext.portal.gov",
            "--portal-host",
            "portal.gov",
            "--server",
            server
        };
    }

    /** Another byte in the middle of a package. */
    private Path damaged(Path bundle) throws IOException {
        var bytes = Files.readAllBytes(bundle);
        try (var zip = new ZipFile(bundle.toFile())) {
            assertThat(zip.size()).isGreaterThan(2);
        }
        // Behind the envelope, which is compressed at the head, lie the packages, stored.
        bytes[bytes.length / 2] ^= 1;
        return Files.write(folder.resolve("damaged.bundle"), bytes);
    }

    private ControlPlane controlPlane() throws IOException {
        var data = Files.createDirectories(folder.resolve("there"));
        return ControlPlane.start(
                new ControlSettings(
                        data,
                        data.resolve("store"),
                        "127.0.0.1",
                        0,
                        List.of(),
                        List.of(new ControlSettings.Environment(
                                new EnvironmentName("lab"),
                                "lab.portal.gov",
                                List.of("portal.lab"),
                                StageDefinition.standard(),
                                Duration.ZERO,
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of())),
                        Duration.ofSeconds(1)),
                InstantSource.system(),
                FailPoints.NONE);
    }

    private static String digest(String server) throws Exception {
        var text = get(server, "/v1/extensions/" + ANY + "/versions/1.0.0");
        return text.replaceAll(".*\"digest\":\"([0-9a-f]{64})\".*", "$1");
    }

    private static String get(String server, String path) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create(server.replaceAll("/$", "") + path))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }
}
