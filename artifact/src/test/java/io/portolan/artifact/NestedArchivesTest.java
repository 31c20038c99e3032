package io.portolan.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.portolan.model.ExtensionName;
import io.portolan.model.FailPoints;
import io.portolan.model.VersionLabel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Zips in a package that controllers name as their archive. */
class NestedArchivesTest {
    private static final ExtensionName EXTENSION = new ExtensionName("Contoso_Orders");
    private static final VersionLabel VERSION = new VersionLabel("1.0.0.0");
    private static final String ARCHIVE = "controllers/orders.zip";
    private static final String MANIFEST = """
            {"portals":["*"],"controllers":[
              {"name":"orders","kind":"process","runtime":"node","archive":"controllers/orders.zip","command":["a.mjs"]},
              {"name":"twin","kind":"process","runtime":"native","archive":"controllers/orders.zip","command":["bin/run"]}]}""";

    @TempDir
    Path folder;

    private static HostileZip orders() {
        var zip = new HostileZip();
        zip.deflated("a.mjs", "code");
        zip.stored("bin/", "");
        zip.deflated("bin/run", "#!/bin/sh\n");
        return zip;
    }

    private static HostileZip around(HostileZip nested) {
        return around(nested.bytes());
    }

    private static HostileZip around(byte[] nested) {
        var zip = new HostileZip();
        zip.deflated("portolan.json", MANIFEST);
        zip.deflated("index.html", "");
        zip.deflated(ARCHIVE, nested);
        return zip;
    }

    private ValidPackage read(HostileZip zip) throws IOException, PackageRejected {
        return new PackageReader(PackageLimits.DEFAULT).read(zip.write(folder), EXTENSION, VERSION);
    }

    private List<String> faults(HostileZip zip, PackageLimits limits) throws IOException {
        var path = zip.write(folder);
        return catchThrowableOfType(
                        PackageRejected.class, () -> new PackageReader(limits).read(path, EXTENSION, VERSION))
                .violations()
                .stream()
                .map(Object::toString)
                .toList();
    }

    @Test
    void theFilesInItAreFilesOfTheVersion() throws Exception {
        var content = read(around(orders()));

        assertThat(content.files())
                .extracting(ServedFile::path)
                .containsExactly(
                        "controllers/orders.zip/a.mjs",
                        "controllers/orders.zip/bin/run",
                        "index.html",
                        "portolan.json");
        var process = content.manifest().controllers().getFirst().process();
        assertThat(content.files().stream()
                        .map(ServedFile::path)
                        .filter(process::holds)
                        .map(process::placeOf))
                .containsExactly("a.mjs", "bin/run");
    }

    @Test
    void theIdentityIsThatOfTheSameFilesHoweverTheyArePacked() throws Exception {
        var stored = new HostileZip();
        stored.stored("bin/run", "#!/bin/sh\n");
        stored.stored("a.mjs", "code");
        var identity = read(around(orders())).identity();

        assertThat(read(around(stored)).identity()).isEqualTo(identity);
        var other = orders();
        other.deflated("b.mjs", "more");
        assertThat(read(around(other)).identity()).isNotEqualTo(identity);
    }

    /** A published version is carried to another cloud as the files that it has. */
    @Test
    void whatWasPublishedIsTheSameWhenItsFilesArePackedAgain() throws Exception {
        var blobs = new FolderBlobStore(folder.resolve("blobs"), FailPoints.NONE);
        var ingest = new PackageIngest(blobs, PackageLimits.DEFAULT, VariantIndex.inMemory(), FailPoints.NONE);
        var first = ingest.ingest(
                around(orders()).write(Files.createDirectory(folder.resolve("uploads"))), EXTENSION, VERSION);
        var files = new TreeMap<String, Path>();
        for (var file : first.manifest().files()) {
            files.put(
                    file.path(),
                    Files.write(Files.createTempFile(folder, "file", ""), blobs.read(file.hash(), 1 << 20)));
        }
        PackageWriter.archive(files, folder.resolve("again.zip"));

        var second = ingest.ingest(folder.resolve("again.zip"), EXTENSION, VERSION);

        assertThat(second.identity()).isEqualTo(first.identity());
        assertThat(second.manifest()).isEqualTo(first.manifest());
        assertThat(Zips.filesBelow(folder.resolve("uploads")))
                .as("nothing is left of the opened zip")
                .hasSize(1);
    }

    @Test
    void packsAFolderWithOneInIt() throws Exception {
        var source = Files.createDirectory(folder.resolve("source"));
        Files.writeString(source.resolve("portolan.json"), MANIFEST);
        Files.writeString(source.resolve("index.html"), "");
        Files.write(Files.createDirectory(source.resolve("controllers")).resolve("orders.zip"), orders().bytes());

        var packed = PackageWriter.pack(source, VERSION, folder.resolve("packed.zip"));

        assertThat(packed.files()).isEqualTo(4);
        assertThat(Zips.filesBelow(folder).stream()
                        .map(each -> each.getFileName().toString()))
                .noneMatch(name -> name.startsWith(".nested"));
    }

    @Test
    void aZipThatNoControllerNamesIsAFile() throws Exception {
        var zip = new HostileZip();
        zip.deflated("portolan.json", "{\"portals\":[\"*\"]}");
        zip.deflated("index.html", "");
        zip.deflated("download.zip", orders().bytes());

        assertThat(read(zip).files()).extracting(ServedFile::path).contains("download.zip");
    }

    @Test
    void refusesInItWhatIsRefusedInPackages() throws Exception {
        var nested = orders();
        nested.deflated("../../evil", "x");
        nested.deflated("/etc/passwd", "x");
        nested.deflated("A.mjs", "x");
        nested.deflated("link", "/etc").attributes = 0120777L << 16;
        nested.deflated("pipe", "").attributes = 0010644L << 16;
        nested.deflated("bomb", new byte[4 << 20]);
        nested.deflated("wrong", "content").crc++;

        assertThat(faults(around(nested), PackageLimits.DEFAULT))
                .satisfiesOnlyOnce(has("controllers/orders.zip/../../evil: ", "name-parent-segment"))
                .satisfiesOnlyOnce(has("controllers/orders.zip//etc/passwd: ", "name-absolute"))
                .satisfiesOnlyOnce(has("controllers/orders.zip/A.mjs: ", "duplicate-name"))
                .satisfiesOnlyOnce(has("controllers/orders.zip/link: ", "[link]"))
                .satisfiesOnlyOnce(has("controllers/orders.zip/pipe: ", "[device]"))
                .satisfiesOnlyOnce(has("controllers/orders.zip/bomb: ", "ratio"))
                .satisfiesOnlyOnce(has("controllers/orders.zip/wrong: ", "CRC"));
    }

    @Test
    void refusesWhatIsNoZipOrLacksTheProgram() throws Exception {
        assertThat(faults(around("no zip at all, of some length".getBytes(UTF_8)), PackageLimits.DEFAULT))
                .anySatisfy(has("controllers/orders.zip: ", "[not-a-zip]"));
        var nested = new HostileZip();
        nested.deflated("a.mjs", "code");
        assertThat(faults(around(nested), PackageLimits.DEFAULT))
                .satisfiesOnlyOnce(has("controllers/orders.zip/: controller twin: its program bin/run is not in it"));
    }

    @Test
    void limitsHoldForThePackageWithAllThatIsInIt() throws Exception {
        var nested = orders();
        nested.deflated("big", "x".repeat(900));
        var zip = around(nested);
        zip.deflated("big.txt", "y".repeat(900));

        assertThat(faults(zip, limits(6, 1 << 20, 1024, 32)))
                .singleElement()
                .satisfies(has("entries in all archives: 7 (expected: at most 6)"));
        assertThat(faults(zip, limits(100, 2_000, 1024, 32)))
                .satisfiesOnlyOnce(has("size unpacked in bytes, with the archives in it"));
        assertThat(faults(zip, limits(100, 1 << 20, 28, 32)))
                .satisfiesOnlyOnce(has("controllers/orders.zip/bin/run: length of the name in bytes"));
        assertThat(faults(zip, limits(100, 1 << 20, 1024, 3)))
                .satisfiesOnlyOnce(has("controllers/orders.zip/bin/run: levels of the name"));
    }

    private static PackageLimits limits(int files, long unpackedBytes, int nameBytes, int levels) {
        return new PackageLimits(files, unpackedBytes, 256L << 20, 200, nameBytes, levels, 1 << 20, 8 << 20);
    }

    private static Consumer<String> has(String... texts) {
        return message -> assertThat(message).contains(texts);
    }
}
