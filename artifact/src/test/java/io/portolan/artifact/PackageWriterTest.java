package io.portolan.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.VersionLabel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Random;
import java.util.TimeZone;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackageWriterTest {
    private static final VersionLabel VERSION = new VersionLabel("1.2.0.0");

    @TempDir
    Path temporary;

    private Path folder;
    private Path output;

    @BeforeEach
    void prepare() throws IOException {
        folder = Files.createDirectory(temporary.resolve("site"));
        output = temporary.resolve("1.2.0.0.zip");
        write("index.html", "<p>");
        write("Content/Config/default.json", "{}");
        write("js/big.js", "x".repeat(10_000));
    }

    @Test
    void writesTheVersionIntoAManifestThatItAdds() throws Exception {
        var packed = PackageWriter.pack(folder, VERSION, output);

        assertThat(PackageManifest.peek(output).version()).contains(VERSION);
        assertThat(packed.files()).isEqualTo(4);
        assertThat(packed.unpackedBytes()).isEqualTo(10_000 + 3 + 2 + 21);
        assertThat(packed.packedBytes()).isEqualTo(Files.size(output)).isLessThan(2_000);
        assertThat(packed.largest().getFirst().path()).isEqualTo("js/big.js");
        assertThat(Files.exists(folder.resolve("portolan.json"))).isFalse();
    }

    @Test
    void keepsTheRestOfTheManifest() throws Exception {
        write("portolan.json", "{\"extension\":\"Contoso_Orders\",\"version\":\"0\",\"portals\":[\"*\"]}");

        var content = PackageWriter.pack(folder, VERSION, output).content();

        assertThat(content.manifest())
                .isEqualTo(new PackageManifest("Contoso_Orders", "1.2.0.0", "index.html", List.of("*")));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void sameFilesGiveTheSameBytes(long seed) throws Exception {
        var random = new Random(seed);
        for (int i = 0; i < 30; i++) {
            var content = new byte[random.nextInt(5_000)];
            random.nextBytes(content);
            var path = folder.resolve("d" + random.nextInt(5)).resolve("f" + i);
            Files.createDirectories(path.getParent());
            Files.write(path, content);
        }
        PackageWriter.pack(folder, VERSION, output);
        var first = Files.readAllBytes(output);
        var zone = TimeZone.getDefault();
        try (var files = Files.walk(folder)) {
            TimeZone.setDefault(TimeZone.getTimeZone("Asia/Tokyo"));
            for (var file : files.toList()) {
                Files.setLastModifiedTime(file, FileTime.fromMillis(random.nextInt()));
            }
            PackageWriter.pack(folder, VERSION, output);
        } finally {
            TimeZone.setDefault(zone);
        }

        assertThat(Files.readAllBytes(output)).isEqualTo(first);
    }

    @Test
    void packingIntoTheFolderItselfLeavesThePackageOut() throws Exception {
        var inside = folder.resolve("out.zip");
        PackageWriter.pack(folder, VERSION, inside);
        var first = Files.readAllBytes(inside);
        PackageWriter.pack(folder, VERSION, inside);

        assertThat(Files.readAllBytes(inside)).isEqualTo(first);
    }

    @Test
    void refusesLinks() throws Exception {
        Files.createSymbolicLink(folder.resolve("link"), folder.resolve("index.html"));

        assertThatThrownBy(() -> PackageWriter.pack(folder, VERSION, output)).hasMessageContaining("link: ");
        assertThat(output).doesNotExist();
    }

    @Test
    void refusesWhatTheReaderWouldAndKeepsThePackageBefore() throws Exception {
        PackageWriter.pack(folder, VERSION, output);
        var first = Files.readAllBytes(output);
        write("INDEX.html", "");
        write("Content/Config/portal.example.json", "{");

        assertThatThrownBy(() -> PackageWriter.pack(folder, VERSION, output))
                .isInstanceOf(PackageRejected.class)
                .hasMessageContaining("duplicate-name")
                .hasMessageContaining("config-invalid");
        assertThat(Files.readAllBytes(output)).isEqualTo(first);
        assertThat(Zips.filesBelow(temporary)).noneMatch(file -> file.toString().endsWith(".tmp"));
    }

    @Test
    void refusesReservedVersions() {
        assertThatThrownBy(() -> PackageWriter.pack(folder, new VersionLabel("api"), output))
                .hasMessageContaining("version-reserved");
    }

    private void write(String name, String content) throws IOException {
        var path = folder.resolve(name);
        Files.createDirectories(path.getParent());
        Files.write(path, content.getBytes(UTF_8));
    }
}
