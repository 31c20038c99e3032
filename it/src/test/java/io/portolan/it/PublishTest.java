package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.artifact.PackageWriter;
import io.portolan.model.VersionLabel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Publishing from the command line: once and for all, or not at all. */
class PublishTest {
    @RegisterExtension
    static final SharedDev WORLD = SharedDev.oneProcess();

    @Test
    void sameContentAgainSucceedsAndOtherContentIsRefused() throws Exception {
        var dev = WORLD.dev();
        dev.must("ext", "register", "Contoso_Published", "--route", "published");
        var folder = Sources.page(dev.scratch("published"), "one");
        String[] publish = {"publish", folder.toString(), "--extension", "Contoso_Published", "--version", "1.0"};

        var first = dev.must(publish);
        var digest = version(dev, "1.0");
        var again = dev.must(publish);
        var zip = repacked(dev.scratch("published"), folder);
        var repacked = dev.must("publish", zip.toString(), "--extension", "Contoso_Published");
        Files.writeString(folder.resolve("app.js"), "document.title = 'two'");
        var changed = dev.cli(publish);

        assertThat(first.out()).startsWith("published Contoso_Published 1.0");
        assertThat(again.out()).startsWith("unchanged");
        assertThat(repacked.out()).startsWith("unchanged");
        assertThat(changed.code()).isEqualTo(4);
        assertThat(changed.err()).contains(digest).containsPattern("digest: [0-9a-f]{64} \\(expected: " + digest);
        assertThat(version(dev, "1.0")).isEqualTo(digest);
    }

    @Test
    void namesEveryViolationOfAHostilePackageAndKeepsNothing() throws Exception {
        var dev = WORLD.dev();
        dev.must("ext", "register", "Contoso_Hostile", "--route", "hostile");
        var zip = dev.scratch("hostile").resolve("1.0.zip");
        try (var out = new ZipOutputStream(Files.newOutputStream(zip))) {
            for (var name : List.of("../evil.js", "a\\b.js", "/absolute.js", "Twice.js", "twice.js", "C:drive.js")) {
                out.putNextEntry(new ZipEntry(name));
                out.write(name.getBytes(StandardCharsets.UTF_8));
                out.closeEntry();
            }
        }

        var refused = dev.cli("publish", zip.toString(), "--extension", "Contoso_Hostile");

        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err())
                .contains(
                        "../evil.js",
                        "name-parent-segment",
                        "name-backslash",
                        "name-absolute",
                        "duplicate-name",
                        "name-drive-letter",
                        "entry-missing",
                        "config-missing");
        assertThat(dev.rest()
                        .get("/v1/extensions/Contoso_Hostile/versions")
                        .body()
                        .at("/items")
                        .size())
                .isZero();
        assertThat(dev.data().resolve("control/uploads")).isEmptyDirectory();
    }

    private static String version(DevProcess dev, String version) throws IOException, InterruptedException {
        return dev.rest()
                .get("/v1/extensions/Contoso_Published/versions/" + version)
                .text("/digest");
    }

    /** The same files in another archive: what counts is the content. */
    private static Path repacked(Path scratch, Path folder) throws Exception {
        var packed = scratch.resolve("packed.zip");
        PackageWriter.pack(folder, new VersionLabel("1.0"), packed);
        var zip = scratch.resolve("1.0.zip");
        try (var in = new ZipFile(packed.toFile());
                var out = new ZipOutputStream(Files.newOutputStream(zip))) {
            out.setLevel(1);
            for (var entry : in.stream().toList().reversed()) {
                out.putNextEntry(new ZipEntry(entry.getName()));
                try (var content = in.getInputStream(entry)) {
                    content.transferTo(out);
                }
                out.closeEntry();
            }
        }
        assertThat(Files.mismatch(zip, packed)).isNotNegative();
        return zip;
    }
}
