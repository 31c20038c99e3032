package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What the next version of an application moves to a browser that has the one before. */
class NextVersionTest {
    @RegisterExtension
    private static final SharedCdn CDN = new SharedCdn();

    @TempDir
    private static Path folder;

    @Test
    void row53TheNextVersionMovesWhatChangedAndThePage() throws Exception {
        var first = CDN.deployed(Bundle.MONACO);
        var next = folder.resolve("monaco-next");
        copy(first, next);
        var changed = next.resolve("min/vs/loader.js");
        Files.writeString(changed, "// changed\n" + Files.readString(changed));
        // Under a name of its own: others have the editor open at its first version.
        CDN.regions().rest().register("Contoso_Drafts", "drafts");
        CDN.regions().deploy("Contoso_Drafts", "1.0", copy(first, folder.resolve("monaco-first")));
        try (var visit = CDN.visit()) {
            visit.open("/drafts");
            visit.await(Bundle.MONACO_WORKS);
            visit.awaitWorker();
            visit.reload();
            visit.await(Bundle.MONACO_WORKS);
            int used = awaitAllKept(visit);

            CDN.regions().deploy("Contoso_Drafts", "1.1", next);
            CDN.world().nginx().forget();
            visit.reload();
            visit.await(Bundle.MONACO_WORKS);

            assertThat(visit.value("portolan.version").asString()).isEqualTo("1.1");
            assertThat(used).as("files that the editor uses").isGreaterThan(20);
            awaitAllKept(visit);
            var moved = CDN.world().nginx().requests();
            // A CDN that was slow once, as anything is on a starved machine, is asked last for half a minute.
            assertThat(moved)
                    .as("slow before: %s", visit.stalls())
                    .hasSizeBetween(visit.stalls().isEmpty() ? 1 : 0, 1)
                    .allSatisfy(line -> assertThat(line).startsWith("GET /CDN/drafts/Content/1.1/min/vs/loader.js "));
            long asked = CDN.world().asked(SharedCdn.OWN, "Contoso_Drafts", "1.1");
            assertThat(asked)
                    .as(
                            "the page, its manifest, what the CDN may pull here, and once more where the CDN was slow on a starved machine")
                    .isBetween(2L, 5L);
            System.out.printf(
                    "monaco, one of %d used files changed (of %d): to the CDN %s; to the region %d, %d bytes%n",
                    used, files(next), moved, asked, CDN.world().sent(SharedCdn.OWN, "Contoso_Drafts", "1.1"));
            UsedFiles.assertRight(visit, "drafts");
            visit.assertNothingSeen();
        }
        plainUrls();
    }

    /** The same by addresses with the version in them and the browser's own cache, which is what there is without the worker. */
    private void plainUrls() throws Exception {
        try (var visit = CDN.chromium().visitWithoutWorker(CDN.regions().nodeUri(SharedCdn.OWN))) {
            visit.open("/drafts?pin=1.0");
            visit.await(Bundle.MONACO_WORKS);
            long requests = CDN.world().asked(SharedCdn.OWN, "Contoso_Drafts", "1.1");
            long bytes = CDN.world().sent(SharedCdn.OWN, "Contoso_Drafts", "1.1");
            visit.open("/drafts");
            visit.await(Bundle.MONACO_WORKS);

            assertThat(visit.value("portolan.version").asString()).isEqualTo("1.1");
            long moved = CDN.world().sent(SharedCdn.OWN, "Contoso_Drafts", "1.1") - bytes;
            System.out.printf(
                    "monaco, the same by plain versioned addresses: to the region %d, %d bytes%n",
                    CDN.world().asked(SharedCdn.OWN, "Contoso_Drafts", "1.1") - requests, moved);
            assertThat(moved).as("all of it once more").isGreaterThan(1_000_000);
        }
    }

    /** Waits until all that the page has used is kept; answers how many files that are. */
    private static int awaitAllKept(Visit visit) {
        visit.await(UsedFiles.ALL_KEPT);
        return visit.settled(
                        "caches.open('portolan-1-files').then((cache) => cache.keys()).then((keys) => keys.length)")
                .asInt();
    }

    private static long files(Path root) throws IOException {
        try (var all = Files.walk(root)) {
            return all.filter(Files::isRegularFile).count();
        }
    }

    private static Path copy(Path from, Path to) throws IOException {
        try (var all = Files.walk(from)) {
            for (var each : (Iterable<Path>) all::iterator) {
                var target = to.resolve(from.relativize(each).toString());
                if (Files.isDirectory(each)) {
                    Files.createDirectories(target);
                } else if (!each.getFileName().toString().equals("portolan.json")) {
                    Files.copy(each, target);
                } else {
                    Files.writeString(target, "{\"portals\":[\"*\"]}");
                }
            }
        }
        return to;
    }
}
