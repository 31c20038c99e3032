package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The world that {@code portolan dev} starts in one process, seen from outside. */
class DevTest {
    @RegisterExtension
    static final SharedDev WORLD = SharedDev.oneProcess();

    private static final String HELLO = "hello." + DevProcess.ZONE;

    @Test
    void row_X_8_servesHelloInAllSixRegionsFromNothing() throws Exception {
        var dev = WORLD.dev();

        for (var region : DevProcess.REGIONS) {
            var page = Pages.get(dev.node(region).resolve("/hello"));
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.headers().firstValue("X-Portolan-Version")).contains("1.0.0");
            assertThat(page.headers().firstValue("X-Portolan-Region")).contains(region);
            assertThat(new String(page.body(), StandardCharsets.UTF_8))
                    .contains("<base href=\"/hello/Content/1.0.0/\">", "Hello from Portolan");
            var asset = Pages.get(dev.node(region).resolve("/hello/Content/1.0.0/app.js"));
            assertThat(asset.statusCode()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "81.2.69.0/24, westeurope",
        "200.160.0.0/24, brazilsouth",
        "203.116.0.0/24, southeastasia",
        "192.0.2.0/24, westus"
    })
    void sendsClientsToTheNearestRegionAndExplainsWhy(String subnet, String region) throws Exception {
        var dev = WORLD.dev();

        // A starved machine may make the director see regions down for a moment: what is awaited is where it comes to
        // rest.
        await().atMost(DevProcess.PATIENCE).untilAsserted(() -> {
            assertThat(dev.dig().addressFor(HELLO, subnet)).isEqualTo(DevProcess.address(region));
            assertThat(dev.dig().shortly(HELLO, "A", "+tcp", "+subnet=" + subnet))
                    .isEqualTo(DevProcess.address(region));
            var explained = dev.must("route", "explain", "hello", "--client", subnet, "--output", "json")
                    .json();
            assertThat(explained.at("/chosen").asString()).isEqualTo(region);
            assertThat(explained.at("/candidates").size()).isEqualTo(6);
        });
    }

    @Test
    void answersWhatIsNotThereAsDnsHasIt() throws Exception {
        var dig = WORLD.dev().dig();

        assertThat(dig.ask(HELLO, "AAAA")).contains("status: NOERROR", "ANSWER: 0", "\tSOA\t");
        assertThat(dig.ask("nobody." + DevProcess.ZONE, "A")).contains("status: NXDOMAIN", "\tSOA\t");
    }

    @Test
    void refusesASecondDevOnTheSameData() throws Exception {
        var dev = WORLD.dev();

        var second = Command.run(dev.scratch("second"), dev.variables(), dev.words());

        assertThat(second.code()).isNotZero();
        assertThat(second.err())
                .contains("another portolan dev runs on " + dev.data())
                .contains("process " + dev.handle().pid());
        assertThat(dev.isRunning()).isTrue();
    }

    @Test
    void refusesAChangeFromAForeignOriginOrForAForeignHost() throws Exception {
        var dev = WORLD.dev();
        var body = Map.of("name", "Contoso_Foreign", "route", "foreign");

        var origin = dev.rest().post("/v1/extensions", body, "Origin", "https://evil.example");
        var site = dev.rest().post("/v1/extensions", body, "Sec-Fetch-Site", "cross-site");
        // Java's client sets Host by itself.
        var host = Command.run(
                dev.data(),
                Map.of(),
                java.util.List.of(
                        "curl",
                        "--silent",
                        "--output",
                        "/dev/null",
                        "--write-out",
                        "%{http_code}",
                        "--header",
                        "Host: evil.example",
                        "--json",
                        "{\"name\":\"Contoso_Foreign\",\"route\":\"foreign\"}",
                        dev.control().resolve("/v1/extensions").toString()));

        assertThat(origin.status()).isEqualTo(403);
        assertThat(site.status()).isEqualTo(403);
        assertThat(host.out()).isEqualTo("421");
        assertThat(dev.rest().get("/v1/extensions/Contoso_Foreign").status()).isEqualTo(404);
    }

    @Test
    void losesNothingWhenItIsKilled() throws Exception {
        var dev = WORLD.dev();
        var folder = Sources.page(dev.scratch("killed"), "before the end");
        dev.must("ext", "register", "Contoso_Killed", "--route", "killed");
        dev.must(
                "deploy",
                folder.toString(),
                "--extension",
                "Contoso_Killed",
                "--version",
                "1.0",
                "--bake",
                "0s",
                "--wait");

        dev.kill();
        dev.startAgain();

        for (var region : DevProcess.REGIONS) {
            assertThat(Pages.version(dev.node(region), "hello")).isEqualTo("1.0.0");
            assertThat(Pages.version(dev.node(region), "killed")).isEqualTo("1.0");
        }
        var log = dev.must("log", "verify", "--output", "json").json();
        assertThat(log.at("/ok").asBoolean()).isTrue();
        assertThat(log.at("/rows").asInt()).isPositive();
        var rollouts = dev.must("rollout", "list", "--output", "json").json();
        assertThat(rollouts.toString()).contains("Contoso_Killed");
    }

    @ParameterizedTest
    @CsvSource({"INT", "TERM"})
    void stopsCleanlyAtASignal(String signal) throws Exception {
        var dev = WORLD.dev();

        dev.end(signal);

        assertThat(Files.readString(dev.data().resolveSibling("dev.out"))).endsWith("stopping\n");
        assertThat(dev.data().resolve("run/dev.sock")).doesNotExist();
        dev.startAgain();
        assertThat(dev.must("log", "verify").out()).contains("whole");
    }
}
