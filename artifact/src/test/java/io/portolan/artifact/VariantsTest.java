package io.portolan.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import com.aayushatharva.brotli4j.decoder.BrotliInputStream;
import io.portolan.model.ExtensionName;
import io.portolan.model.FailPoints;
import io.portolan.model.VersionLabel;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VariantsTest {
    private static final ExtensionName NAME = new ExtensionName("Contoso_Orders");

    @TempDir
    Path folder;

    private Path source;
    private FolderBlobStore blobs;
    private VariantIndex index;

    @BeforeEach
    void prepare() throws Exception {
        source = Files.createDirectory(folder.resolve("source"));
        Files.writeString(source.resolve("index.html"), "<!doctype html><title>x</title>");
        Files.writeString(source.resolve("portolan.json"), "{\"portals\":[\"*\"]}");
        Files.writeString(source.resolve("app.js"), "console.log('the same line again');\n".repeat(500));
        var noise = new byte[4096];
        new Random(7).nextBytes(noise);
        Files.write(source.resolve("noise.js"), noise);
        Files.write(source.resolve("photo.png"), noise);
        blobs = new FolderBlobStore(folder.resolve("store"), FailPoints.NONE);
        index = VariantIndex.inMemory();
    }

    private ServedManifest publish(String version) throws Exception {
        var zip = folder.resolve(version + ".zip");
        PackageWriter.pack(source, new VersionLabel(version), zip);
        return new PackageIngest(blobs, PackageLimits.DEFAULT, index, FailPoints.NONE)
                .ingest(zip, NAME, new VersionLabel(version))
                .manifest();
    }

    @Test
    void compressibleFilesGetBrotliAndGzipThatDecodeToTheirBytes() throws Exception {
        var app = publish("1.0").file("app.js").orElseThrow();
        var original = Files.readAllBytes(source.resolve("app.js"));

        assertThat(app.variants()).extracting(ServedFile.Variant::encoding).containsExactly("br", "gzip");
        for (var variant : app.variants()) {
            var stored = blobs.read(variant.hash(), 1 << 20);
            assertThat(stored).hasSize((int) variant.sizeBytes());
            assertThat(stored.length).isLessThan(original.length / 10);
            try (var decoder = variant.encoding().equals("br")
                    ? new BrotliInputStream(new ByteArrayInputStream(stored))
                    : new GZIPInputStream(new ByteArrayInputStream(stored))) {
                assertThat(decoder.readAllBytes()).isEqualTo(original);
            }
        }
    }

    @Test
    void filesThatCompressionDoesNotHelpHaveNone() throws Exception {
        var manifest = publish("1.0");

        assertThat(manifest.file("noise.js").orElseThrow().variants()).isEmpty();
        assertThat(manifest.file("photo.png").orElseThrow().variants()).isEmpty();
        assertThat(manifest.file("index.html").orElseThrow().variants()).isEmpty();
    }

    @Test
    void variantsAreNeverMadeAgain() throws Exception {
        var first = publish("1.0").file("app.js").orElseThrow();
        // Whatever another encoder would have made: what was remembered is what the next version names.
        var other = blobs.put("made by an older encoder".getBytes(StandardCharsets.UTF_8));
        index = VariantIndex.inMemory();
        index.remember(java.util.Map.of(first.hash(), java.util.List.of(new ServedFile.Variant("br", other, 24))));

        var second = publish("2.0").file("app.js").orElseThrow();

        assertThat(second.hash()).isEqualTo(first.hash());
        assertThat(second.variants()).containsExactly(new ServedFile.Variant("br", other, 24));
    }

    @Test
    void variantsDoNotTouchTheIdentity() throws Exception {
        var with = publish("1.0");
        var zip = folder.resolve("1.0.zip");

        assertThat(new PackageReader(PackageLimits.DEFAULT)
                        .read(zip, NAME, new VersionLabel("1.0"))
                        .identity())
                .isEqualTo(with.identity());
    }
}
