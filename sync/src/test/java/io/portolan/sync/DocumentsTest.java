package io.portolan.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.protocol.DocumentTree;
import io.portolan.protocol.DocumentTree.Key;
import io.portolan.protocol.DocumentTree.Kind;
import io.portolan.protocol.Json;
import io.portolan.testkit.Samples;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What a revision puts in force, decided from bytes. */
final class DocumentsTest {
    private static final long SEED = 2;

    private final Map<Key, byte[]> documents = new TreeMap<>();

    DocumentsTest() {
        documents.put(new Key(Kind.environment, "prod"), Json.bytes(Samples.environment()));
    }

    private void extension(String name, String route, String version) {
        raw(name, Json.bytes(Samples.extension(name, route, version, List.of("westus"))));
    }

    private void raw(String name, byte[] bytes) {
        documents.put(new Key(Kind.extension, name), bytes);
    }

    private InForce next(Map<Digest, Object> known, Map<ExtensionName, Digest> before) throws RevisionRefused {
        var listed = new TreeMap<Key, Digest>();
        var bytes = new HashMap<Digest, byte[]>();
        documents.forEach((key, document) -> {
            listed.put(key, Digest.of(document));
            bytes.put(Digest.of(document), document);
        });
        bytes.keySet().removeAll(known.keySet());
        return Documents.next(Samples.PROD, listed, bytes, known, before, Pins.NONE, LoadMarker.NONE);
    }

    private InForce first() throws RevisionRefused {
        return next(Map.of(), Map.of());
    }

    private InForce after(InForce previous) throws RevisionRefused {
        return next(previous.parsed(), previous.hashes());
    }

    private static ExtensionName name(String value) {
        return new ExtensionName(value);
    }

    private static Map<String, String> routes(InForce documents) {
        var routes = new TreeMap<String, String>();
        documents
                .extensions()
                .forEach((name, document) ->
                        routes.put(name.value(), document.route().value()));
        return routes;
    }

    @Test
    void aDocumentUnderAnotherNameIsPinned() throws RevisionRefused {
        raw("A", Json.bytes(Samples.extension("B", "b", "1", List.of("westus"))));

        assertThat(first().quarantined()).containsEntry(name("A"), "document: name: B (expected: A)");
    }

    @Test
    void aReservedRouteIsPinned() throws RevisionRefused {
        extension("A", "healthz", "1");

        assertThat(first().quarantined().get(name("A"))).contains("route: healthz is reserved");
    }

    @Test
    void aNewerSchemaAndTooManyBytesArePinned() throws RevisionRefused {
        extension("A", "a", "1");
        var good = new String(documents.get(new Key(Kind.extension, "A")), StandardCharsets.UTF_8);
        raw("A", good.replace("\"schema\":1", "\"schema\":2").getBytes(StandardCharsets.UTF_8));
        raw("B", (good + " ".repeat(Documents.EXTENSION_LIMIT_BYTES)).getBytes(StandardCharsets.UTF_8));

        var quarantined = first().quarantined();

        assertThat(quarantined.get(name("A"))).contains("schema: 2 (expected: 1 to 1)");
        assertThat(quarantined.get(name("B"))).contains("size: ").contains("expected: at most 1048576");
    }

    @Test
    void twoExtensionsMayExchangeTheirRoutes() throws RevisionRefused {
        extension("A", "a", "1");
        extension("B", "b", "1");
        var before = first();
        extension("A", "b", "2");
        extension("B", "a", "2");

        var after = after(before);

        assertThat(after.quarantined()).isEmpty();
        assertThat(routes(after)).containsExactly(Map.entry("A", "b"), Map.entry("B", "a"));
    }

    @Test
    void whoTakesARouteThatAnotherKeepsIsPinnedToItsOld() throws RevisionRefused {
        extension("A", "a", "1");
        extension("B", "b", "1");
        var before = first();
        extension("A", "b", "2");
        extension("C", "a", "1");

        var after = after(before);

        // A falls back to route a, so the newcomer C, which wanted it, gets nothing.
        assertThat(after.quarantined()).containsOnlyKeys(name("A"), name("C"));
        assertThat(after.quarantined().get(name("A"))).contains("route: b belongs to B");
        assertThat(after.quarantined().get(name("C"))).contains("route: a belongs to A");
        assertThat(routes(after)).containsExactly(Map.entry("A", "a"), Map.entry("B", "b"));
    }

    @Test
    void ofTwoNewcomersOnOneRouteTheFirstByNameWins() throws RevisionRefused {
        extension("B", "a", "1");
        extension("A", "a", "1");

        assertThat(routes(first())).containsExactly(Map.entry("A", "a"));
    }

    @Test
    void aRegionThatDoesNotParseRefusesEverything() {
        documents.put(new Key(Kind.region, "westus"), "{\"schema\":1}".getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(this::first)
                .isInstanceOf(RevisionRefused.class)
                .hasMessageContaining("document region/westus");
    }

    /** Whatever becomes of the documents: routes stay unique, a good document of an unchanged extension stays, restarts agree. */
    @Test
    void propertiesOfLongHistories() throws RevisionRefused {
        var random = new Random(SEED);
        for (int history = 0; history < 60; history++) {
            documents.keySet().removeIf(key -> key.kind() == Kind.extension);
            var now = first();
            for (int step = 0; step < 25; step++) {
                for (int change = 0; change < 1 + random.nextInt(4); change++) {
                    var name = "E" + random.nextInt(6);
                    switch (random.nextInt(4)) {
                        case 0 -> documents.remove(new Key(Kind.extension, name));
                        case 1 -> raw(name, ("broken " + step).getBytes(StandardCharsets.UTF_8));
                        default -> extension(name, "r" + random.nextInt(6), "v" + step);
                    }
                }
                var hint = "seed " + SEED + " history " + history + " step " + step;
                var next = after(now);

                assertThat(routes(next).values()).as(hint).doesNotHaveDuplicates();
                var listed = documents.keySet().stream()
                        .filter(key -> key.kind() == Kind.extension)
                        .map(key -> name(key.name()))
                        .toList();
                assertThat(listed).as(hint).containsAll(next.extensions().keySet());
                for (var name : listed) {
                    assertThat(next.extensions().containsKey(name)
                                    || next.quarantined().containsKey(name))
                            .as(hint)
                            .isTrue();
                    if (now.extensions().containsKey(name)) {
                        assertThat(next.extensions()).as(hint).containsKey(name);
                    }
                }
                assertThat(restarted(next)).as(hint).isEqualTo(next.extensions());
                now = next;
            }
        }
    }

    private Map<ExtensionName, ?> restarted(InForce running) throws RevisionRefused {
        var listed = new TreeMap<Key, Digest>();
        var disk = new HashMap<Digest, byte[]>();
        documents.forEach((key, document) -> {
            listed.put(key, Digest.of(document));
            disk.put(Digest.of(document), document);
        });
        running.extensions()
                .values()
                .forEach(document -> disk.put(Digest.of(Json.bytes(document)), Json.bytes(document)));
        var pins = Json.read(Json.bytes(running.pins()), Pins.class);
        var again = Documents.again(Samples.PROD, listed, disk, pins, LoadMarker.NONE);
        assertThat(again.quarantined()).isEqualTo(running.quarantined());
        return again.extensions();
    }

    @Test
    void theSameDocumentsInAnyOrderGiveTheSameTree() {
        var random = new Random(SEED);
        for (int round = 0; round < 100; round++) {
            var keys = new ArrayList<Key>();
            for (int i = 0; i < random.nextInt(300); i++) {
                keys.add(new Key(Kind.values()[random.nextInt(3)], "n" + i));
            }
            var one = new LinkedHashMap<Key, Digest>();
            keys.forEach(key -> one.put(key, Digest.of(key.toString().getBytes(StandardCharsets.UTF_8))));
            Collections.shuffle(keys, random);
            var other = new LinkedHashMap<Key, Digest>();
            keys.forEach(key -> other.put(key, Digest.of(key.toString().getBytes(StandardCharsets.UTF_8))));

            var tree = DocumentTree.of(one);

            assertThat(Json.bytes(DocumentTree.of(other).root())).isEqualTo(Json.bytes(tree.root()));
            assertThat(tree.buckets().values().stream()
                            .mapToInt(bucket -> bucket.documents().size())
                            .sum())
                    .isEqualTo(one.size());
            if (!keys.isEmpty()) {
                other.put(keys.getFirst(), Digest.of(new byte[] {1}));
                assertThat(DocumentTree.of(other).root()).isNotEqualTo(tree.root());
            }
        }
    }
}
