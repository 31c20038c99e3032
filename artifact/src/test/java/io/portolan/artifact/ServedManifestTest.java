package io.portolan.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServedManifestTest {
    private static final Digest A = Digest.of(new byte[] {1});

    private static final ServedManifest MANIFEST = new ServedManifest(
            ServedManifest.SCHEMA,
            new ExtensionName("Contoso_Orders"),
            new VersionLabel("1.2.0.0"),
            A,
            "index.html",
            List.of("*"),
            List.of(
                    new ServedFile("z.js", A, 2, "text/javascript; charset=utf-8", "sha384-x", List.of()),
                    new ServedFile(
                            "a/b.css", A, 3, "text/css", "sha384-y", List.of(new ServedFile.Variant("br", A, 1)))),
            List.of("a warning"));

    @Test
    void survivesTheRoundTrip() {
        assertThat(ServedManifest.parse(MANIFEST.toJson())).isEqualTo(MANIFEST);
    }

    @Test
    void keepsItsWrittenForm() {
        assertThat(new String(MANIFEST.toJson(), UTF_8))
                .startsWith("{\"schema\":1,\"extension\":\"Contoso_Orders\",\"version\":\"1.2.0.0\",\"identity\":\"" + A
                        + "\",\"entry\":\"index.html\",\"portals\":[\"*\"],\"files\":[{\"path\":\"a/b.css\",\"hash\":\""
                        + A
                        + "\",\"sizeBytes\":3,\"type\":\"text/css\",\"sri\":\"sha384-y\",\"variants\":[{\"encoding\":")
                .endsWith("\"warnings\":[\"a warning\"]}");
    }

    @Test
    void findsFilesByPath() {
        assertThat(MANIFEST.file("z.js")).map(ServedFile::sizeBytes).contains(2L);
        assertThat(MANIFEST.file("a/b.css")).map(ServedFile::sizeBytes).contains(3L);
        assertThat(MANIFEST.file("a/b.cs")).isEmpty();
        assertThat(MANIFEST.sizeBytes()).isEqualTo(5);
    }

    @Test
    void ignoresUnknownKeys() {
        var json = new String(MANIFEST.toJson(), UTF_8).replaceFirst("\\{", "{\"later\":{\"deep\":[1]},");

        assertThat(ServedManifest.parse(json.getBytes(UTF_8))).isEqualTo(MANIFEST);
    }

    @Test
    void refusesWhatIsNoManifest() {
        for (var json : List.of("", "null", "[]", "{}", "{\"schema\":1", new String(MANIFEST.toJson(), UTF_8) + "x")) {
            assertThatThrownBy(() -> ServedManifest.parse(json.getBytes(UTF_8)))
                    .as(json)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        var newer = new String(MANIFEST.toJson(), UTF_8).replace("\"schema\":1", "\"schema\":2");
        assertThatThrownBy(() -> ServedManifest.parse(newer.getBytes(UTF_8))).hasMessageContaining("schema: 2");
    }
}
