package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.Digest;
import io.portolan.protocol.DocumentTree;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.Json;
import io.portolan.protocol.Revision;
import io.portolan.protocol.Signer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Looks at what a process left on disk: whatever has its final name must be whole. Pure but for reading. */
final class DiskCheck {
    private DiskCheck() {}

    /** Every file of a blob store that is named after a hash has that hash. */
    static void blobsAreWhole(Path root) throws IOException {
        for (var file : files(root)) {
            var name = file.getFileName().toString();
            if (name.matches("[0-9a-f]{64}")) {
                assertThat(Digest.of(Files.readAllBytes(file)).value())
                        .as("%s", file)
                        .isEqualTo(name);
            }
        }
    }

    /**
     * Every envelope that has its final name is signed by a key that the node trusts and is what its name says, and each of its
     * objects is there and is what its hash says.
     *
     * @return the newest revision's digest, empty when there is none
     */
    static Optional<Digest> revisionsAreWhole(Path node) throws IOException {
        blobsAreWhole(node.resolve("objects"));
        var newest = Optional.<Revision>empty();
        var digest = Optional.<Digest>empty();
        for (var file : files(node.resolve("revisions"))) {
            if (file.getFileName().toString().endsWith(".dsse")) {
                var payload = Json.read(Files.readAllBytes(file), Envelope.class)
                        .verify(Revision.TYPE, trusted(node))
                        .orElseThrow(() -> new AssertionError(file + ": signature"));
                var revision = Json.read(payload, Revision.class);
                assertThat(file.getFileName().toString())
                        .isEqualTo(revision.epoch() + "-" + revision.number() + ".dsse");
                objectsAreThere(node.resolve("objects"), revision.root());
                if (newest.isEmpty() || revision.id().isAfter(newest.get().id())) {
                    newest = Optional.of(revision);
                    digest = Optional.of(Digest.of(payload));
                }
            }
        }
        return digest;
    }

    private static void objectsAreThere(Path objects, Digest root) throws IOException {
        for (var bucket : Json.read(object(objects, root), DocumentTree.Root.class)
                .buckets()
                .values()) {
            for (var document : Json.read(object(objects, bucket), DocumentTree.Bucket.class)
                    .documents()) {
                assertThat(object(objects, document.hash())).isNotEmpty();
            }
        }
    }

    private static byte[] object(Path objects, Digest digest) throws IOException {
        return Files.readAllBytes(objects.resolve(digest.value()));
    }

    private static Map<String, PublicKey> trusted(Path node) throws IOException {
        var keys = new HashMap<String, PublicKey>();
        var trust = Json.mapper().readTree(Files.readAllBytes(node.resolve("trust.json")));
        for (var text : trust.at("/keys")) {
            var key = Signer.publicKey(text.asString());
            keys.put(Signer.keyId(key), key);
        }
        return keys;
    }

    private static List<Path> files(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (var files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }
}
