package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What an open page learns of its version, and what becomes of it: another version is there, its own was revoked. */
class PageVersionTest {
    private static final String OWN = "westeurope";
    private static final String NAME = "Contoso_Notes";
    /** Looks at once, as a tab does that is seen again; the page looks by itself too, each 45 s. */
    private static final String SEEN_AGAIN = "document.dispatchEvent(new Event('visibilitychange'))";

    @RegisterExtension
    private static final SharedRegions SHARED = new SharedRegions();

    @Test
    void row612ARevokedVersionIsToldAndLoadedAgainWithItsDraftsKept(@TempDir Path folder) throws Exception {
        var world = SHARED.regions();
        world.rest().register(NAME, "notes");
        world.deploy(NAME, "1.0", ProbeExtension.write(folder.resolve("one"), "1.0"));
        try (var visit = SHARED.chromium().visit(world.nodeUri(OWN))) {
            visit.open("/notes?pin=1.0");
            visit.await(ProbeExtension.STARTED);
            visit.page().evaluate("""
                    () => {
                      window.news = [];
                      addEventListener('portolan:version', (event) => news.push(event.detail.next));
                    }""");

            world.deploy(NAME, "1.1", ProbeExtension.write(folder.resolve("two"), "1.1"));
            visit.await("(" + SEEN_AGAIN + ", news.length > 0)");
            assertThat(visit.value("news")).hasToString("[\"1.1\"]");
            assertThat(visit.value("portolan.version").asString())
                    .as("the page is left alone")
                    .isEqualTo("1.0");
            assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");

            visit.reload();
            visit.await(ProbeExtension.STARTED);
            assertThat(visit.value("portolan.version").asString())
                    .as("a session that is pinned stays on its version")
                    .isEqualTo("1.0");
            visit.page().evaluate("""
                    () => {
                      portolan.unsaved(true);
                      addEventListener('portolan:revoked', (event) => {
                        sessionStorage.setItem('told', event.detail.next);
                      });
                    }""");

            var revoked = world.rest().post("/v1/extensions/" + NAME + "/versions/1.0/revoke", Map.of());
            assertThat(revoked.status()).as(revoked.body().toString()).isLessThan(300);
            visit.await("(" + SEEN_AGAIN + ", sessionStorage.getItem('told') === '1.1')");
            assertThat(visit.value("portolan.version").asString())
                    .as("there is unsaved work")
                    .isEqualTo("1.0");
            visit.page().evaluate("""
                    () => {
                      sessionStorage.setItem('draft', `written in ${portolan.version}`);
                      portolan.unsaved(false);
                    }""");

            visit.await("globalThis.portolan?.version === '1.1'");
            visit.await(ProbeExtension.STARTED);
            assertThat(visit.value("sessionStorage.getItem('draft')").asString())
                    .isEqualTo("written in 1.0");
            assertThat(visit.settled("lazy(2)").asString()).isEqualTo("chunk 2 of version 1.1");
        }
    }
}
