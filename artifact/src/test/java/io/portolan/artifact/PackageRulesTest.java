package io.portolan.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PackageRulesTest {
    private static final ExtensionName EXTENSION = new ExtensionName("Contoso_Orders");
    private static final VersionLabel VERSION = new VersionLabel("1.0.0.0");
    private static final PackageLimits SMALL = new PackageLimits(20, 1 << 20, 1 << 20, 200, 100, 8, 2048, 4096);

    @TempDir
    Path folder;

    private final Map<String, byte[]> files = new TreeMap<>();

    private void file(String name, String content) {
        files.put(name, content.getBytes(UTF_8));
    }

    @Test
    void takesAPackageWithPageAndConfiguration() throws Exception {
        file("index.html", "");
        file("Content/Config/default.json", "{}");
        file("Content/Config/portal.example.json", "{\"$merge\":\"deep\"}");

        var content = read();

        assertThat(content.manifest()).isEqualTo(PackageManifest.NONE);
        assertThat(content.warnings()).isEmpty();
        assertThat(content.sizeBytes()).isEqualTo(2 + 17);
    }

    @Test
    void refusesAPackageWithoutPageOrConfiguration() throws Exception {
        file("main.js", "");

        assertThat(violations())
                .containsExactly("entry-missing index.html", "config-missing Content/Config/default.json");
    }

    @Test
    void needsNoConfigurationForAnyPortal() throws Exception {
        file("index.html", "");
        file("portolan.json", "{\"portals\":[\"*\"]}");

        assertThat(read().manifest().portals()).containsExactly("*");
    }

    @Test
    void takesNamesFromTheManifest() throws Exception {
        file("start.html", "");
        file(
                "portolan.json",
                "{\"extension\":\"Contoso_Orders\",\"version\":\"1.0.0.0\",\"entry\":\"start.html\",\"portals\":[\"*\"],"
                        + "\"controllers\":[],\"sdkBuilt\":\"2026-11-01\",\"source\":{\"commit\":\"abc\"}}");

        var manifest = read().manifest();

        assertThat(manifest.extension()).contains(EXTENSION);
        assertThat(manifest.version()).contains(VERSION);
        assertThat(manifest.entry()).isEqualTo("start.html");
        assertThat(PackageManifest.peek(zip())).isEqualTo(manifest);
    }

    @Test
    void refusesAManifestOfAnotherPublish() throws Exception {
        file("index.html", "");
        file("portolan.json", "{\"extension\":\"Other\",\"version\":\"2\",\"portals\":[\"*\"]}");

        assertThat(violations()).containsExactly("extension-mismatch portolan.json", "version-mismatch portolan.json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content", "api", "telemetry"})
    void refusesReservedVersions(String version) throws Exception {
        file("index.html", "");
        file("portolan.json", "{\"portals\":[\"*\"]}");

        assertThatThrownBy(() -> new PackageReader(SMALL).read(zip(), EXTENSION, new VersionLabel(version)))
                .isInstanceOfSatisfying(
                        PackageRejected.class,
                        e -> assertThat(e.violations().getFirst().code()).isEqualTo(ViolationCode.VERSION_RESERVED));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{\"a\":1,\"a\":2}",
                "\ufeff{}",
                "{} x",
                "{\"entry\":1}",
                "{\"entry\":\"\"}",
                "{\"extension\":\"1 2\"}",
                "{\"version\":\"../x\"}",
                "{\"version\":1}",
                "{\"portals\":\"*\"}",
                "{\"portals\":[1]}",
                "{\"portals\":[\"a/b\"]}",
                "{\"controllers\":{}}",
                "{\"source\":[]}",
                "{\"sdkBuilt\":1}"
            })
    void row_X_6_refusesAHostileManifest(String manifest) throws Exception {
        file("index.html", "");
        file("Content/Config/default.json", "{}");
        file("portolan.json", manifest);

        assertThat(violations()).containsExactly("manifest-invalid portolan.json");
    }

    @Test
    void ignoresUnknownKeysWithAWarning() throws Exception {
        file("index.html", "");
        file("portolan.json", "{\"portals\":[\"*\"],\"later\":1}");

        assertThat(read().warnings()).containsExactly("portolan.json: unknown key later is ignored");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "1",
                "{\"a\":1,\"a\":2}",
                "\ufeff{}",
                "{} x",
                "{\"$merge\":\"shallow\"}",
                "{\"$merge\":1}"
            })
    void row_X_6_refusesHostileConfiguration(String json) throws Exception {
        file("index.html", "");
        file("Content/Config/default.json", json);
        file("Content/Config/other.json", "{\"a\":".repeat(65) + 1 + "}".repeat(65));
        file("Content/Config/deeper/any.json", "not looked at");

        assertThat(violations())
                .containsExactly(
                        "config-invalid Content/Config/default.json", "config-invalid Content/Config/other.json");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "<meta charset=utf-8>|",
                "<META CHARSET=\"UTF-8\"/>|",
                "<!-- <meta charset=latin1> -->|",
                "<script>'<meta charset=latin1>'</script>|",
                "<style><base></style><title><base></title>|",
                "<meta http-equiv=content-type content='text/html; charset=utf-8'>|",
                "<meta name=charset content=latin1>|",
                "<p title='<meta charset=latin1>'>|",
                "<meta charset=latin1>|page-other-encoding",
                "<html><head><meta charset='windows-1252'>|page-other-encoding",
                "<meta http-equiv='Content-Type' content=\"text/html; charset = iso-8859-1\">|page-other-encoding",
                "<script></script><meta charset=utf-16>|page-other-encoding",
                "<a b=\"|",
                "<|",
                "<!--|",
                "<script|"
            })
    void judgesTheEncodingThatThePageDeclares(String page, String code) throws Exception {
        file("index.html", page);
        file("Content/Config/default.json", "{}");

        if (code == null) {
            assertThat(read().warnings()).isEmpty();
        } else {
            assertThat(violations()).containsExactly(code + " index.html");
        }
    }

    @Test
    void refusesAPageThatIsNotUtf8() throws Exception {
        files.put("index.html", "<p>ü".getBytes(StandardCharsets.ISO_8859_1));
        file("Content/Config/default.json", "{}");

        assertThat(violations()).containsExactly("page-not-utf8 index.html");
    }

    @Test
    void warnsOfABaseOfItsOwn() throws Exception {
        file("index.html", "<head><BASE href='/'></head>");
        file("Content/Config/default.json", "{}");

        assertThat(read().warnings()).singleElement().asString().contains("<base>");
    }

    @Test
    void refusesAnEntryThatIsNoPage() throws Exception {
        file("logo.png", "");
        file("portolan.json", "{\"entry\":\"logo.png\",\"portals\":[\"*\"]}");

        assertThat(violations()).containsExactly("entry-not-a-page portolan.json");
    }

    @Test
    void refusesWhatIsTooLongToHold() throws Exception {
        file("index.html", "x".repeat(4097));
        file("Content/Config/default.json", " ".repeat(2048) + "{}");
        file("portolan.json", " ".repeat(2048) + "{}");

        assertThat(violations())
                .containsExactly(
                        "json-too-large portolan.json",
                        "json-too-large Content/Config/default.json",
                        "page-too-large index.html");
        assertThatThrownBy(this::read).isInstanceOfSatisfying(PackageRejected.class, e -> assertThat(e.isOnlyTooBig())
                .isTrue());
    }

    @ParameterizedTest
    @CsvSource({
        "a/b.JS, text/javascript; charset=utf-8",
        "a.mjs, text/javascript; charset=utf-8",
        "a.css, text/css; charset=utf-8",
        "a.html, text/html; charset=utf-8",
        "a.json, application/json; charset=utf-8",
        "a.js.map, application/json; charset=utf-8",
        "a.svg, image/svg+xml; charset=utf-8",
        "a.wasm, application/wasm",
        "a.woff2, font/woff2",
        "a.ttf, font/ttf",
        "a.ico, image/vnd.microsoft.icon",
        "a.avif, image/avif",
        "a.pdf, application/pdf",
        "a.bcmap, application/octet-stream",
        "LICENSE, text/plain; charset=utf-8",
        "a.js/unknown, application/octet-stream",
    })
    void knowsTypes(String path, String type) {
        assertThat(ContentTypes.of(path)).isEqualTo(type);
    }

    private ValidPackage read() throws Exception {
        return new PackageReader(SMALL).read(zip(), EXTENSION, VERSION);
    }

    private List<String> violations() throws Exception {
        try {
            var content = read();
            throw new AssertionError("accepted: " + content);
        } catch (PackageRejected e) {
            return e.violations().stream()
                    .map(violation -> violation.code() + " " + violation.entry())
                    .toList();
        }
    }

    private Path zip() throws Exception {
        var zip = new HostileZip();
        files.forEach((name, content) -> zip.deflated(name, content));
        return zip.write(folder);
    }
}
