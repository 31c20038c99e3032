package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rows and rules of the reference service's contract about what stays answered while versions come and go, over real HTTP. Rows
 * 1.11, 4.8, 5.7, 8.15 and X.1 are in the tests of pages and variants.
 */
class ReferenceRowsTest {
    private static final Release ONE = Release.simple("Contoso_Orders", "1.0");
    private static final Release TWO = Release.simple("Contoso_Orders", "2.0");
    private static final String LAZY = "/orders/Content/1.0/app.js";

    @TempDir
    private Path folder;

    private NodeWorld world;

    @BeforeEach
    void start() {
        world = new NodeWorld(folder);
    }

    @AfterEach
    void stop() {
        world.close();
    }

    private Extension orders() {
        return new Extension("Contoso_Orders", "orders");
    }

    private void publishAndHold(Extension extension) {
        world.publish(extension);
        var number = world.node().syncState().current().orElseThrow().header().number();
        world.awaitStatus(status -> status.revision() == number && status.lackingCount() == 0);
    }

    private List<String> blobRequests() {
        return world.server.requests().stream()
                .filter(request -> request.startsWith("GET /v1/blobs/"))
                .toList();
    }

    @Test
    void row_5_1_aSessionStillLoadsTheLazyScriptOfItsVersion() throws IOException {
        publishAndHold(orders().holds(world.server, ONE).gives("1.0"));
        var tag = world.get(LAZY).header("ETag");
        publishAndHold(
                orders().retains(world.server, ONE).holds(world.server, TWO).gives("2.0"));
        world.awaitVersion("orders", "2.0");
        // Everything in memory is gone, and nobody else is there.
        world.server.available(false);
        world.restart();

        var lazy = world.get(LAZY);

        assertThat(lazy.status()).isEqualTo(200);
        assertThat(lazy.body()).isEqualTo(ONE.bytes("app.js"));
        assertThat(lazy.header("ETag")).isEqualTo(tag);
        assertThat(lazy.header("Cache-Control")).isEqualTo("public, max-age=31536000, immutable");
        assertThat(world.get("/orders?pin=1.0").header("X-Portolan-Version")).isEqualTo("1.0");
    }

    @Test
    void row_5_3_aNodeThatNeverHadAVersionFetchesItForASession() throws IOException {
        publishAndHold(
                orders().retains(world.server, ONE).holds(world.server, TWO).gives("2.0"));

        assertThat(world.blob(ONE.digest("app.js"))).doesNotExist();
        assertThat(world.get(LAZY).body()).isEqualTo(ONE.bytes("app.js"));
        assertThat(world.get("/orders?pin=1.0").text()).contains("<title>1.0</title>");
    }

    @Test
    void row_5_4_aSecondRequestDoesNotReachTheStore() throws IOException {
        publishAndHold(
                orders().retains(world.server, ONE).holds(world.server, TWO).gives("2.0"));
        world.server.forgetRequests();

        var first = world.get(LAZY);
        assertThat(blobRequests())
                .anyMatch(request -> request.contains(ONE.digest("app.js").value()));
        world.server.forgetRequests();
        var second = world.get(LAZY);
        world.restart();
        var afterRestart = world.get(LAZY);

        assertThat(List.of(first.text(), second.text(), afterRestart.text()))
                .containsOnly(new String(ONE.bytes("app.js"), StandardCharsets.UTF_8));
        assertThat(blobRequests())
                .noneMatch(request -> request.contains(ONE.digest("app.js").value()));
    }

    @Test
    void row_5_6_and_rule_f6_everythingLiveStaysServedWithoutTheStore() throws IOException {
        publishAndHold(orders().holds(world.server, ONE)
                .holds(world.server, TWO)
                .stage("stage1", "2.0")
                .named("beta", "2.0")
                .gives("1.0"));
        var targets = List.of("/orders", "/orders/stage1", "/orders/beta", "/orders/2d0", "/orders?pin=2.0", LAZY);
        var before = answers(targets);

        world.server.available(false);

        assertThat(answers(targets)).isEqualTo(before);
        world.restart();
        assertThat(answers(targets)).isEqualTo(before);
        assertThat(before).allMatch(answer -> answer.startsWith("200"));
    }

    private List<String> answers(List<String> targets) throws IOException {
        var answers = new ArrayList<String>();
        for (var target : targets) {
            var answer = world.get(target);
            answers.add(answer.status() + answer.header("X-Portolan-Version") + answer.header("ETag") + answer.text());
        }
        return answers;
    }

    @Test
    void row_5_8_and_rule_f2_noPartOfAVersionIsShownBeforeAllOfItIsThere() throws IOException {
        publishAndHold(orders().holds(world.server, ONE).gives("1.0"));
        var two = orders().holds(world.server, ONE)
                .holds(world.server, TWO)
                .stage("stage1", "2.0")
                .gives("2.0");
        world.server.blobs().remove(TWO.digest("app.js"));
        world.publish(two);
        world.awaitStatus(status -> status.revision() == 2 && status.lackingCount() == 1);

        // In the middle of a download.
        world.restart();
        for (int i = 0; i < 20; i++) {
            assertThat(world.get("/orders").header("X-Portolan-Version")).isEqualTo("1.0");
        }
        world.server.blob(TWO.bytes("app.js"));

        world.awaitVersion("orders", "2.0");
        assertThat(world.get("/orders/Content/2.0/app.js").body()).isEqualTo(TWO.bytes("app.js"));
    }

    @Test
    void rule_f1_whatIsOnDiskIsNeverFetchedAgain() throws IOException {
        publishAndHold(orders().holds(world.server, ONE).gives("1.0"));
        // What the store has under the same name now is another thing.
        world.server.blobs().replaceAll((digest, bytes) -> new byte[] {1, 2, 3});
        world.server.forgetRequests();

        world.restart();

        assertThat(world.get("/orders").text()).contains("<title>1.0</title>");
        assertThat(world.get(LAZY).body()).isEqualTo(ONE.bytes("app.js"));
        assertThat(blobRequests()).isEmpty();
    }

    @Test
    void rule_f3_aStageMovesToAVersionThatIsThereWithoutABuildOrAByte() throws IOException {
        publishAndHold(orders().holds(world.server, ONE)
                .holds(world.server, TWO)
                .stage("stage1", "1.0")
                .gives("1.0"));
        assertThat(world.get("/orders/stage1").header("X-Portolan-Version")).isEqualTo("1.0");
        world.server.forgetRequests();

        publishAndHold(orders().holds(world.server, ONE)
                .holds(world.server, TWO)
                .stage("stage1", "2.0")
                .gives("2.0"));

        assertThat(world.get("/orders/stage1").header("X-Portolan-Version")).isEqualTo("2.0");
        assertThat(world.get("/orders").header("X-Portolan-Version")).isEqualTo("2.0");
        assertThat(blobRequests()).isEmpty();
    }

    @Test
    void row_x_7_oneTenantsBrokenContentChangesNoOthersAnswers() throws IOException {
        var maps = Release.simple("Contoso_Maps", "7.0");
        publishAndHold(
                new Extension("Contoso_Maps", "maps").holds(world.server, maps).gives("7.0"));
        assertThat(world.get("/readyz").status()).isEqualTo(200);
        var targets = List.of("/maps", "/maps/Content/7.0/app.js");
        var before = tags(targets);

        // Its sync fails, and its users ask again and again.
        world.server.put(orders().holds(world.server, ONE)
                .retains(world.server, TWO)
                .gives("1.0")
                .document());
        world.server.blobs().remove(ONE.digest("app.js"));
        world.server.blobs().remove(TWO.digest("app.js"));
        world.publish();
        world.awaitStatus(status -> status.lackingCount() == 1);
        for (int i = 0; i < 20; i++) {
            assertThat(world.get("/orders").status()).isEqualTo(503);
            assertThat(world.get("/orders/Content/2.0/app.js").status()).isEqualTo(503);
            assertThat(tags(targets)).isEqualTo(before);
        }
        assertThat(world.get("/readyz").status()).isEqualTo(200);
    }

    private List<String> tags(List<String> targets) throws IOException {
        var tags = new ArrayList<String>();
        for (var target : targets) {
            var answer = world.get(target);
            tags.add(answer.status() + answer.header("ETag"));
        }
        return tags;
    }
}
