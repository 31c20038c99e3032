package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portolan.model.Digest;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Nodes and director need the control plane for changes only, and not for coming back after a restart. */
class StaticStabilityTest {
    @RegisterExtension
    static final SharedDev WORLD = SharedDev.processes();

    private static final List<String> SUBNETS =
            List.of("81.2.69.0/24", "200.160.0.0/24", "203.116.0.0/24", "192.0.2.0/24");

    @AfterEach
    void startControl() throws Exception {
        WORLD.dev().steer("start", "control");
    }

    @Test
    void servesAndAnswersAsBeforeWithoutControlPlane() throws Exception {
        var dev = WORLD.dev();
        dev.must("ext", "register", "Contoso_Stable", "--route", "stable");
        deploy(dev, "1.0");
        var before = served(dev);
        var answersBefore = answers(dev);

        dev.steer("stop", "control");
        for (var region : DevProcess.REGIONS) {
            dev.steer("restart", "node-" + region);
        }
        dev.steer("restart", "director");
        var killed = dev.component("node-westeurope");
        killed.destroyForcibly();
        killed.onExit().join();
        dev.steer("start", "node-westeurope");

        assertThat(dev.cli("status").code()).as("the control plane is away").isEqualTo(6);
        assertThat(served(dev)).isEqualTo(before);
        // The director saw a region go away; it is in the answers again after two probes.
        await().atMost(DevProcess.PATIENCE)
                .untilAsserted(() -> assertThat(answers(dev)).isEqualTo(answersBefore));

        dev.steer("start", "control");
        deploy(dev, "2.0");

        for (var region : DevProcess.REGIONS) {
            assertThat(Pages.version(dev.node(region), "stable")).isEqualTo("2.0");
        }
    }

    private static void deploy(DevProcess dev, String version) throws IOException, InterruptedException {
        var folder = Sources.page(dev.scratch("stable"), "stable " + version);
        dev.must(
                "deploy",
                folder.toString(),
                "--extension",
                "Contoso_Stable",
                "--version",
                version,
                "--bake",
                "0s",
                "--wait");
    }

    /** Content and ETag of the page and each asset at each node. */
    private static Map<String, String> served(DevProcess dev) throws IOException, InterruptedException {
        var all = new LinkedHashMap<String, String>();
        for (var region : DevProcess.REGIONS) {
            for (var path :
                    List.of("/hello", "/stable", "/stable/Content/1.0/app.js", "/stable/Content/1.0/style.css")) {
                var answer = Pages.get(dev.node(region).resolve(path));
                assertThat(answer.statusCode()).as(region + path).isEqualTo(200);
                var etag = answer.headers().firstValue("ETag").orElseThrow();
                all.put(region + path, etag + " " + Digest.of(answer.body()));
            }
        }
        return all;
    }

    private static Map<String, String> answers(DevProcess dev) throws IOException, InterruptedException {
        var all = new LinkedHashMap<String, String>();
        for (var subnet : SUBNETS) {
            all.put(subnet, dev.dig().addressFor("stable." + DevProcess.ZONE, subnet));
        }
        return all;
    }
}
