package io.portolan.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.portolan.artifact.HostileZip.Entry;
import io.portolan.model.ExtensionName;
import io.portolan.model.FailPoints;
import io.portolan.model.VersionLabel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HostileZipTest {
    private static final ExtensionName EXTENSION = new ExtensionName("Contoso_Orders");
    private static final VersionLabel VERSION = new VersionLabel("1.0.0.0");
    private static final PackageLimits SMALL = new PackageLimits(10, 3 << 20, 2 << 20, 200, 40, 4, 1 << 10, 1 << 10);

    @TempDir
    Path folder;

    private FolderBlobStore blobs;

    @BeforeEach
    void open() throws Exception {
        blobs = new FolderBlobStore(folder.resolve("blobs"), FailPoints.NONE);
    }

    /** One way to be hostile. */
    record Hostile(String what, Consumer<HostileZip> change, List<String> expected) {
        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Hostile> hostile() {
        var list = new ArrayList<Hostile>();
        names(list);
        structure(list);
        headers(list);
        content(list);
        return list.stream();
    }

    private static void names(List<Hostile> list) {
        name(list, "parent segment", "a/../../b", "name-parent-segment");
        name(list, "parent segment alone", "..", "name-parent-segment");
        name(list, "absolute", "/etc/passwd", "name-absolute");
        name(list, "slash alone", "/", "name-absolute", "name-empty-segment");
        name(list, "NUL", "a\0.js", "name-nul");
        name(list, "control character", "a\nb", "name-control-character");
        name(list, "escape sequence", "a\u001b[2Jb", "name-control-character");
        name(list, "C1 control", "a\u009bb", "name-control-character");
        name(list, "backslash", "a\\b", "name-backslash");
        name(list, "backslash that climbs", "a\\..\\b", "name-backslash", "name-parent-segment");
        name(list, "drive letter", "C:a", "name-drive-letter");
        name(list, "empty segment", "a//b", "name-empty-segment");
        name(list, "dot segment", "a/./b", "name-dot-segment");
        name(list, "dot first", "./b", "name-dot-segment");
        name(list, "empty name", "", "name-empty");
        add(list, "too long", zip -> zip.stored("x".repeat(41), ""), "name-too-long " + "x".repeat(40) + "…");
        add(list, "too long in bytes", zip -> zip.stored("ü".repeat(21), ""), "name-too-long " + "ü".repeat(20) + "…");
        name(list, "too deep", "a/b/c/d/e", "name-too-deep");
        name(list, "same name", "index.html", "duplicate-name");
        name(list, "same name but for case", "INDEX.html", "duplicate-name");
        name(list, "file below a file", "index.html/a", "file-and-folder");
        name(list, "file below a file, but for case", "Index.HTML/b/a", "file-and-folder");
        add(list, "not UTF-8", zip -> zip.stored(new byte[] {'a', (byte) 0xff}, new byte[0]), "name-not-utf8 aÿ");
        add(
                list,
                "overlong UTF-8",
                zip -> zip.stored(new byte[] {(byte) 0xc0, (byte) 0xaf}, new byte[0]),
                "name-not-utf8 À¯");
        add(
                list,
                "same name but for normal form",
                zip -> {
                    zip.stored("caf\u00e9", "");
                    zip.stored("cafe\u0301", "");
                },
                "duplicate-name cafe\u0301");
        add(
                list,
                "same name but for full case folding",
                zip -> {
                    zip.stored("stra\u00dfe", "");
                    zip.stored("STRASSE", "");
                },
                "duplicate-name STRASSE");
        add(
                list,
                "file and folder",
                zip -> {
                    zip.stored("a/", "");
                    zip.stored("A", "");
                },
                "file-and-folder A");
        add(
                list,
                "folder twice",
                zip -> {
                    zip.stored("a/", "");
                    zip.stored("a/", "");
                },
                "duplicate-name a/");
    }

    private static void structure(List<Hostile> list) {
        add(list, "data before", zip -> zip.before = new byte[7], "unexpected-data portolan.json");
        add(list, "data between", zip -> zip.entries.get(1).gap = new byte[7], "unexpected-data index.html");
        add(list, "data before the directory", zip -> zip.beforeDirectory = new byte[7], "unexpected-data ");
        add(list, "data after the directory", zip -> zip.afterDirectory = new byte[7], "unexpected-data ");
        add(list, "data at the end", zip -> zip.after = new byte[7], "unexpected-data ");
        add(list, "comment", zip -> zip.comment = new byte[7], "archive-comment ");
        add(
                list,
                "archive in the comment",
                zip -> zip.comment = HostileZip.valid().bytes(),
                "unexpected-data ");
        add(
                list,
                "count too small",
                zip -> zip.endEntries = 1,
                "broken-directory ",
                "unexpected-data ",
                "entry-missing index.html");
        add(list, "count too large", zip -> zip.endEntries = 3, "broken-directory ");
        add(list, "directory elsewhere", zip -> zip.endDirectoryShift = 1, "broken-directory ");
        add(list, "directory beyond the end", zip -> zip.endDirectoryShift = 1 << 20, "broken-directory ");
        add(
                list,
                "directory too short",
                zip -> zip.endDirectoryBytesShift = -1,
                "broken-directory ",
                "unexpected-data ");
        add(list, "several disks", zip -> zip.endDisk = 1, "multiple-disks ");
        add(
                list,
                "64-bit end without need contradicts",
                zip -> {
                    zip.zip64End = true;
                    zip.end64EntriesShift = 1;
                },
                "broken-zip64 ");
        add(
                list,
                "64-bit end elsewhere",
                zip -> {
                    zip.zip64End = true;
                    zip.locatorShift = 1;
                },
                "broken-zip64 ");
        add(list, "64-bit end announced and absent", zip -> zip.endEntries = 0xffff, "broken-zip64 ");
        add(
                list,
                "too many entries",
                zip -> {
                    for (int i = 0; i < 9; i++) {
                        zip.stored("f" + i, "");
                    }
                },
                "too-many-files ");
    }

    private static void headers(List<Hostile> list) {
        entry(list, "encrypted", entry -> entry.flags |= 1, "encrypted");
        entry(list, "strongly encrypted", entry -> entry.flags |= 1 << 6, "encrypted");
        entry(list, "masked headers", entry -> entry.flags |= 1 << 13, "encrypted");
        entry(
                list,
                "encrypted by extra field",
                entry -> entry.centralExtra = HostileZip.extra(0x9901, new byte[7]),
                "encrypted");
        entry(list, "patch data", entry -> entry.flags |= 1 << 5, "unsupported-flag");
        entry(list, "other method", entry -> entry.method = 12, "unsupported-method");
        entry(list, "symbolic link", entry -> entry.attributes = 0120777L << 16, "link");
        entry(list, "character device", entry -> entry.attributes = 0020666L << 16, "device");
        entry(list, "block device", entry -> entry.attributes = 0060666L << 16, "device");
        entry(list, "pipe", entry -> entry.attributes = 0010666L << 16, "device");
        entry(list, "socket", entry -> entry.attributes = 0140666L << 16, "device");
        entry(list, "marked as folder", entry -> entry.attributes = 0040755L << 16, "file-and-folder");
        entry(
                list,
                "other name",
                entry -> entry.local(local -> local.name = "y.js".getBytes(UTF_8)),
                "header-mismatch");
        entry(
                list,
                "other method in the local header",
                entry -> entry.local(local -> local.method = 0),
                "header-mismatch");
        entry(list, "other flags", entry -> entry.local(local -> local.flags = 0), "header-mismatch");
        entry(list, "other CRC", entry -> entry.local(local -> local.crc++), "header-mismatch");
        entry(list, "other size", entry -> entry.local(local -> local.size++), "header-mismatch");
        entry(list, "other packed size", entry -> entry.local(local -> local.packedBytes++), "header-mismatch");
        entry(list, "descriptor absent", entry -> entry.flags |= 8, "header-mismatch");
        entry(
                list,
                "descriptor wrong",
                entry -> {
                    entry.withDescriptor(true, false);
                    entry.descriptor[9]++;
                },
                "header-mismatch");
        entry(
                list,
                "no local header there",
                entry -> entry.header = 3,
                "broken-header",
                "overlapping-entries",
                "unexpected-data ");
        entry(list, "local header beyond the archive", entry -> entry.header = 1 << 20, "broken-header");
        entry(
                list,
                "content reaches into the directory",
                entry -> {
                    entry.packedBytes += 1000;
                    entry.local(local -> local.packedBytes = entry.packedBytes);
                },
                "overlapping-entries");
        entry(
                list,
                "extra field past the end",
                entry -> entry.centralExtra = new byte[] {1, 2, 9, 0},
                "broken-extra-field");
        entry(
                list,
                "other name in an extra field",
                entry -> entry.centralExtra = HostileZip.extra(0x7075, new byte[9]),
                "broken-extra-field");
        entry(
                list,
                "64-bit sizes missing",
                entry -> {
                    entry.size = 0xffffffffL;
                },
                "broken-zip64",
                "broken-zip64",
                "file-too-large",
                "package-too-large ",
                "ratio-too-high");
        entry(
                list,
                "64-bit size negative",
                entry -> {
                    entry.centralExtra = HostileZip.extra(1, HostileZip.longs(-1));
                    entry.size = 0xffffffffL;
                    entry.local(local -> local.localExtra = HostileZip.extra(1, HostileZip.longs(-1)));
                },
                "broken-zip64",
                "broken-zip64",
                "file-too-large",
                "package-too-large ",
                "ratio-too-high");
        add(
                list,
                "one content for two names",
                zip -> {
                    var first = zip.deflated("x.js", "let x = 1;");
                    var second = zip.deflated("y.js", "let x = 1;");
                    first.header = zip.entries.getFirst().header;
                    second.absent = true;
                    second.header = 0;
                },
                "overlapping-entries y.js",
                "header-mismatch y.js",
                "header-mismatch y.js",
                "header-mismatch y.js",
                "header-mismatch y.js");
    }

    private static void content(List<Hostile> list) {
        entry(list, "wrong CRC", entry -> entry.crc ^= 1, "crc-mismatch");
        entry(list, "size too small", entry -> entry.size--, "size-mismatch");
        entry(list, "size too large", entry -> entry.size++, "size-mismatch");
        entry(list, "damaged content", entry -> entry.packed[0] = (byte) 0xff, "broken-content");
        entry(
                list,
                "content breaks off",
                entry -> {
                    entry.packed = Arrays.copyOf(entry.packed, entry.packed.length - 3);
                    entry.packedBytes = entry.packed.length;
                },
                "broken-content");
        entry(
                list,
                "data after the content",
                entry -> {
                    entry.packed = Arrays.copyOf(entry.packed, entry.packed.length + 3);
                    entry.packedBytes = entry.packed.length;
                },
                "unexpected-data");
        add(list, "stored with two sizes", zip -> zip.stored("x.js", "let").size = 2, "size-mismatch x.js");
        add(list, "folder with content", zip -> zip.stored("x/", "let"), "folder-with-content x/");
        add(list, "bomb that admits it", zip -> zip.deflated("x.js", new byte[(1 << 20) + 1]), "ratio-too-high x.js");
        add(
                list,
                "bomb that lies",
                zip -> {
                    var bomb = zip.deflated("x.js", new byte[2 << 20]);
                    bomb.size = 10;
                },
                "size-mismatch x.js");
        add(list, "file too large", zip -> zip.stored("x.js", "x".repeat((2 << 20) + 1)), "file-too-large x.js");
        add(
                list,
                "too large in all",
                zip -> {
                    zip.stored("x.js", "x".repeat(2 << 20));
                    zip.stored("y.js", "x".repeat(1 << 20));
                },
                "package-too-large ");
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void row_X_6_hostileArchiveIsRefusedByNameAndNothingIsKept(Hostile hostile) throws Exception {
        var zip = HostileZip.valid();
        hostile.change().accept(zip);

        assertThat(violations(zip)).containsExactlyInAnyOrderElementsOf(hostile.expected());
    }

    @Test
    void row_X_6_severalViolationsAreAllNamed() throws Exception {
        var zip = HostileZip.valid();
        zip.deflated("../up.js", "1");
        zip.deflated("INDEX.HTML", "1");
        zip.deflated("link", "target").attributes = 0120777L << 16;
        zip.deflated("crc.js", "1").crc = 7;
        zip.deflated("Content/Config/a.json", "{\"a\":1,\"a\":2}");
        zip.after = new byte[3];

        assertThat(violations(zip))
                .containsExactlyInAnyOrder(
                        "name-parent-segment ../up.js",
                        "duplicate-name INDEX.HTML",
                        "link link",
                        "crc-mismatch crc.js",
                        "config-invalid Content/Config/a.json",
                        "unexpected-data ");
    }

    @Test
    void row_X_6_aMillionEntriesAreRefusedByTheirCount() throws Exception {
        var zip = HostileZip.valid();
        zip.zip64End = true;
        zip.endEntries = 0xffff;
        zip.end64EntriesShift = 1_000_000 - 0xffff;

        var violation =
                rejected(zip.write(folder), PackageLimits.DEFAULT).violations().getFirst();

        assertThat(violation.code()).isEqualTo(ViolationCode.TOO_MANY_FILES);
        assertThat(violation.limit()).hasValue(20_000);
        assertThat(violation.actual()).hasValue(1_000_000);
    }

    @Test
    void row_X_6_aMillionRealEntriesThatLieAboutTheirCountAreRefused() throws Exception {
        var zip = HostileZip.valid();
        for (int i = 0; i < 200_000; i++) {
            var entry = zip.stored("f" + i, "");
            entry.absent = true;
            entry.header = 0;
        }
        zip.endEntries = 2;

        assertThat(violations(zip)).containsExactly("broken-directory ");
    }

    @Test
    void listsAtMostAThousandViolationsAndCountsTheRest() throws Exception {
        var zip = HostileZip.valid();
        for (int i = 0; i < 1_500; i++) {
            zip.stored("a\\" + i, "");
        }

        var rejected = rejected(zip.write(folder), PackageLimits.DEFAULT);

        assertThat(rejected.violations()).hasSize(1_000);
        assertThat(rejected.total()).isEqualTo(1_500);
        assertThat(rejected.isOnlyTooBig()).isFalse();
    }

    @Test
    void namesAreMadePrintable() throws Exception {
        var zip = HostileZip.valid();
        zip.stored("a\u001b[31m\u202e", "");

        assertThat(rejected(zip.write(folder), SMALL)).hasMessageContaining("a\\u{1b}[31m\\u{202e}");
    }

    @Test
    void somethingElseThanAZipIsRefused() throws Exception {
        for (var content : List.of("", "P", "PK", "hello, this is no archive at all", "\0".repeat(100))) {
            var path = Files.writeString(folder.resolve("no.zip"), content);
            assertThat(rejected(path, SMALL).violations())
                    .extracting(PackageViolation::code)
                    .as(content)
                    .containsExactly(ViolationCode.NOT_A_ZIP);
        }
        var half = Arrays.copyOf(HostileZip.valid().bytes(), 60);
        assertThat(rejected(Files.write(folder.resolve("half.zip"), half), SMALL)
                        .violations())
                .extracting(PackageViolation::code)
                .containsExactly(ViolationCode.TRUNCATED);
    }

    static Stream<Hostile> harmless() {
        var list = new ArrayList<Hostile>();
        add(list, "nothing changed", zip -> {});
        add(list, "folders", zip -> zip.stored("a/", ""));
        entry(list, "unix file", entry -> entry.attributes = 0100644L << 16);
        entry(list, "descriptor", entry -> entry.withDescriptor(true, false));
        entry(list, "descriptor without signature", entry -> entry.withDescriptor(false, false));
        entry(list, "64-bit descriptor", entry -> entry.withDescriptor(true, true));
        entry(list, "64-bit descriptor without signature", entry -> entry.withDescriptor(false, true));
        entry(list, "times and owners", entry -> entry.centralExtra = HostileZip.extra(0x5455, new byte[5]));
        add(list, "64-bit end record", zip -> zip.zip64End = true);
        entry(list, "64-bit sizes", entry -> {
            var sizes = HostileZip.longs(entry.size, entry.packedBytes);
            entry.localExtra = HostileZip.extra(1, sizes);
            entry.centralExtra = HostileZip.extra(1, sizes);
        });
        add(list, "many names that only look alike", zip -> {
            zip.stored("a.b", "");
            zip.stored("a-b", "");
            zip.stored("a/b", "");
            zip.stored("...", "");
            zip.stored("a/..b", "");
        });
        add(list, "small file that expands a lot", zip -> zip.deflated("x.js", new byte[1 << 20]));
        return list.stream();
    }

    @ParameterizedTest
    @MethodSource("harmless")
    void acceptsWhatOtherWritersMake(Hostile harmless) throws Exception {
        var zip = HostileZip.valid();
        harmless.change().accept(zip);

        var content = new PackageReader(SMALL).read(zip.write(folder), EXTENSION, VERSION);

        assertThat(content.files()).extracting(ServedFile::path).contains("index.html", "portolan.json");
    }

    private List<String> violations(HostileZip zip) throws Exception {
        return rejected(zip.write(folder), SMALL).violations().stream()
                .map(violation -> violation.code() + " " + violation.entry())
                .toList();
    }

    private PackageRejected rejected(Path zip, PackageLimits limits) throws Exception {
        var ingest = new PackageIngest(blobs, limits, VariantIndex.inMemory(), point -> {
            throw new AssertionError("reached " + point);
        });
        assertThatThrownBy(() -> ingest.ingest(zip, EXTENSION, VERSION)).isInstanceOf(PackageRejected.class);
        assertThat(Zips.filesBelow(folder.resolve("blobs"))).isEmpty();
        return catchThrowableOfType(PackageRejected.class, () -> ingest.ingest(zip, EXTENSION, VERSION));
    }

    private static void add(List<Hostile> list, String what, Consumer<HostileZip> change, String... expected) {
        list.add(new Hostile(what, change, List.of(expected)));
    }

    private static void name(List<Hostile> list, String what, String name, String... codes) {
        var shown = Violations.printable(name);
        add(
                list,
                what,
                zip -> zip.stored(name, ""),
                Stream.of(codes).map(code -> code + " " + shown).toArray(String[]::new));
    }

    /** A change of one more entry; codes without an entry are about it, those that end with a space about the archive. */
    private static void entry(List<Hostile> list, String what, Consumer<Entry> change, String... codes) {
        add(
                list,
                what,
                zip -> change.accept(zip.deflated("x.js", "let x = 'some content that is longer';")),
                Stream.of(codes)
                        .map(code -> code.contains(" ") ? code : code + " x.js")
                        .toArray(String[]::new));
    }
}
