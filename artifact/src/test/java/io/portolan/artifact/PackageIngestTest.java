package io.portolan.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.model.VersionLabel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackageIngestTest {
    private static final ExtensionName EXTENSION = new ExtensionName("Contoso_Orders");
    private static final VersionLabel VERSION = new VersionLabel("1.0.0.0");
    private static final Map<String, String> FILES = Map.of(
            "portolan.json", "{\"extension\":\"Contoso_Orders\",\"version\":\"1.0.0.0\",\"portals\":[\"*\"]}",
            "index.html", "<!doctype html><html><head><meta charset=utf-8></head></html>",
            "js/main.mjs", "export default 1;\n".repeat(100),
            "img/ü.png", "not really");

    @TempDir
    Path folder;

    private final List<FailPoint> reached = new ArrayList<>();
    private BlobStore blobs;
    private PackageIngest ingest;

    @BeforeEach
    void open() throws IOException {
        blobs = new FolderBlobStore(folder.resolve("blobs"), FailPoints.NONE);
        ingest = new PackageIngest(blobs, PackageLimits.DEFAULT, VariantIndex.inMemory(), reached::add);
    }

    @Test
    void splitsAPackageIntoBlobs() throws Exception {
        var ingested = ingest.ingest(Zips.plain(folder, FILES), EXTENSION, VERSION);

        assertThat(ingested.fileCount()).isEqualTo(4);
        assertThat(ServedManifest.parse(blobs.read(ingested.manifestDigest(), 1 << 20)))
                .isEqualTo(ingested.manifest());
        for (var file : FILES.entrySet()) {
            var bytes = file.getValue().getBytes(UTF_8);
            var served = ingested.manifest().file(file.getKey()).orElseThrow();
            assertThat(served.hash()).isEqualTo(Digest.of(bytes));
            assertThat(served.sizeBytes()).isEqualTo(bytes.length);
            assertThat(served.sri()).isEqualTo("sha384-" + sha384(bytes));
            assertThat(blobs.read(served.hash(), 1 << 20)).isEqualTo(bytes);
        }
        assertThat(ingested.manifest().file("js/main.mjs"))
                .map(ServedFile::type)
                .contains("text/javascript; charset=utf-8");
        assertThat(ingested.manifest().file("img/ü.png")).map(ServedFile::type).contains("image/png");
        assertThat(ingested.manifest().portals()).containsExactly("*");
        assertThat(EntryPage.load(ingested.manifest(), blobs)).asString(UTF_8).isEqualTo(FILES.get("index.html"));
        assertThat(reached).containsExactly(FailPoint.PUBLISH_BLOB_STORED, FailPoint.PUBLISH_CONTENT_STORED);
    }

    @Test
    void row_1_6_sameFilesZippedDifferentlyAreIdentical() throws Exception {
        var first = ingest.ingest(Zips.plain(folder, FILES), EXTENSION, VERSION);
        var hostile = new HostileZip();
        new TreeMap<>(FILES).descendingMap().forEach((name, content) -> hostile.stored(name, content));
        var second = ingest.ingest(hostile.write(folder), EXTENSION, VERSION);

        assertThat(second.identity()).isEqualTo(first.identity());
        assertThat(second.manifestDigest()).isEqualTo(first.manifestDigest());
    }

    @Test
    void row_1_6_otherBytesNamesOrManifestAreNotIdentical() throws Exception {
        var identities = new ArrayList<Digest>();
        identities.add(identity(FILES));
        identities.add(identity(with("js/main.mjs", "export default 2;")));
        identities.add(identity(with("js/other.mjs", "")));
        identities.add(identity(with("portolan.json", "{\"portals\":[\"*\"]}")));

        assertThat(identities).doesNotHaveDuplicates();
    }

    @Test
    void theCanonicalFormNeverChanges() throws Exception {
        assertThat(identity(FILES))
                .isEqualTo(new Digest("3cb090751b7dcd2719c9a7bdd41de92de689512072deaded780c2be109b81dd5"));
    }

    @Test
    void aModuleGetsAPage() throws Exception {
        var manifest = ingest.ingest(
                        Zips.plain(
                                folder,
                                Map.of(
                                        "portolan.json",
                                        "{\"entry\":\"js/a \\\"b.mjs\",\"portals\":[\"*\"]}",
                                        "js/a \"b.mjs",
                                        "1")),
                        EXTENSION,
                        VERSION)
                .manifest();

        assertThat(new String(EntryPage.load(manifest, blobs), UTF_8))
                .contains("<script type=\"module\" src=\"./js/a%20%22b.mjs\" integrity=\"sha384-");
    }

    @Test
    void nothingIsKeptOfARefusedPackage() throws Exception {
        var zip = Zips.plain(folder, with("Content/Config/a.json", "[]"));

        assertThatThrownBy(() -> ingest.ingest(zip, EXTENSION, VERSION)).isInstanceOf(PackageRejected.class);

        assertThat(Zips.filesBelow(folder.resolve("blobs"))).isEmpty();
        assertThat(reached).isEmpty();
    }

    @Test
    void aFailureWhileStoringIsTold() throws Exception {
        var zip = Zips.plain(folder, FILES);
        var failing = new PackageIngest(blobs, PackageLimits.DEFAULT, VariantIndex.inMemory(), point -> {
            throw new IllegalStateException("at " + point);
        });

        assertThatThrownBy(() -> failing.ingest(zip, EXTENSION, VERSION)).hasMessage("at PUBLISH_BLOB_STORED");
        assertThat(ingest.ingest(zip, EXTENSION, VERSION).fileCount()).isEqualTo(4);
    }

    @Test
    void storesManyFilesAndEqualOnes() throws Exception {
        var many = new TreeMap<>(FILES);
        for (int i = 0; i < 200; i++) {
            many.put("f" + i, "content " + i / 2);
        }

        var manifest =
                ingest.ingest(Zips.plain(folder, many), EXTENSION, VERSION).manifest();

        assertThat(manifest.files()).hasSize(204).allMatch(file -> blobs.has(file.hash()));
        long variants = manifest.files().stream()
                .mapToLong(file -> file.variants().size())
                .sum();
        assertThat(Zips.filesBelow(folder.resolve("blobs"))).hasSize(100 + 4 + 1 + (int) variants);
    }

    @Test
    void aPackageChangedMeanwhileIsNotStored() throws Exception {
        var zip = Zips.plain(folder, FILES);
        var valid = ingest.validate(zip, EXTENSION, VERSION);
        Files.move(Zips.plain(folder, with("js/main.mjs", "changed")), zip, StandardCopyOption.REPLACE_EXISTING);

        assertThatThrownBy(() -> ingest.store(zip, valid, EXTENSION, VERSION)).isInstanceOf(IOException.class);
        assertThat(reached).doesNotContain(FailPoint.PUBLISH_CONTENT_STORED);
    }

    private Digest identity(Map<String, String> files) throws Exception {
        return ingest.validate(Zips.plain(folder, files), EXTENSION, VERSION).identity();
    }

    private static Map<String, String> with(String name, String content) {
        var files = new TreeMap<>(FILES);
        files.put(name, content);
        return files;
    }

    private static String sha384(byte[] bytes) throws Exception {
        return Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("SHA-384").digest(bytes));
    }
}
