package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What applications make of their files: workers of every kind, WebAssembly as a stream, fonts, images on a canvas, parts of drawings, and
 * addresses relative to a module, a style sheet or the page, under a policy that allows the page's own origin.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FeaturesTest {
    private static final String NAME = "Contoso_Features";
    private static final String ROUTE = "features";

    /** Exports {@code add}, of two 32-bit integers. */
    private static final byte[] WASM = HexFormat.of()
            .parseHex("0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b");

    /** Of the package fonts-liberation. */
    private static final Path FONT = Path.of("/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf");

    @RegisterExtension
    private static final SharedCdn CDN = new SharedCdn();

    @BeforeAll
    void deploy(@TempDir Path folder) throws Exception {
        CDN.regions().rest().register(NAME, ROUTE);
        CDN.regions().deploy(NAME, "1.0", source(folder.resolve(ROUTE)));
    }

    private static Path source(Path target) throws IOException {
        Files.createDirectories(target);
        try (Stream<Path> files = Files.list(Path.of("src", "test", "resources", "bundles", ROUTE))) {
            for (var file : (Iterable<Path>) files::iterator) {
                Files.copy(file, target.resolve(file.getFileName()));
            }
        }
        Files.write(target.resolve("add.wasm"), WASM);
        Files.copy(FONT, target.resolve("font.ttf"));
        return target;
    }

    @ParameterizedTest
    @EnumSource(
            value = CdnFault.class,
            names = {"NONE", "HANG"})
    void row44EveryFeatureOfABrowserIsAsWithoutACdn(CdnFault fault) throws Exception {
        CDN.world().breakCdn(fault);
        var origin = CDN.regions().nodeUri(SharedCdn.OWN).toString();
        try (var visit = CDN.visit()) {
            visit.open("/" + ROUTE);
            visit.awaitWorker();
            visit.forgetEverything();
            CDN.world().nginx().forget();
            visit.reload();
            visit.await("window.features !== undefined && document.readyState === 'complete'");

            var results = visit.settled("features()");

            for (var name : new String[] {"classicWorker", "sharedWorker", "blobWorker"}) {
                assertThat(results.at("/" + name).asString()).as(name).isEqualTo("imported");
            }
            assertThat(results.at("/moduleWorker").asString()).isEqualTo("part later");
            assertThat(results.at("/workerFetch").asString()).isEqualTo("export const name = 'part';");
            assertThat(results.at("/wasm")).hasToString("42");
            assertThat(results.at("/font")).hasToString("1");
            assertThat(results.at("/dynamicImport").asString()).isEqualTo("later");
            assertThat(results.at("/canvas").asString()).as("not tainted").isEqualTo("18,52,86,255");
            var base = origin + "/" + ROUTE + "/Content/1.0/";
            assertThat(results.at("/styleUrl").asString()).isEqualTo("url(\"" + base + "dot.svg\")");
            assertThat(results.at("/metaUrl").asString()).isEqualTo(base + "features.js");
            assertThat(results.at("/localUse").asBoolean()).as("localUse").isTrue();
            assertThat(results.at("/externalUse").asBoolean()).as("externalUse").isTrue();
            assertThat(results.at("/pushedFragment").asString()).isEqualTo("/" + ROUTE + "#/x");
            assertThat(results.at("/relativeCall").asString()).isEqualTo(origin + "/" + ROUTE + "/api/x");
            UsedFiles.assertRight(visit, ROUTE);
            if (fault == CdnFault.NONE) {
                assertThat(CDN.world().nginx().requests())
                        .as("from the CDN")
                        .anySatisfy(line -> assertThat(line).contains("/font.ttf"))
                        .anySatisfy(line -> assertThat(line).contains("/add.wasm"))
                        .anySatisfy(line -> assertThat(line).contains("/shared.js"));
            }
            visit.assertNothingSeen();
        }
    }
}
