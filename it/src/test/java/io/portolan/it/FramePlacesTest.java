package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Where a portal may put an extension, and in which browser: a frame of another site or of its own, with third parties' cookies and without, a
 * sandbox of either kind. Where there is no worker every byte is the own region's, the CDN is not asked, and the portal is told when the page
 * cannot start.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FramePlacesTest {
    @RegisterExtension
    private static final SharedCdn CDN = new SharedCdn();

    /** A sandbox in which the page has no origin. */
    private static final String SANDBOX = "allow-scripts";

    @TempDir
    private static Path folder;

    private FramingPortal portal;

    @BeforeAll
    void start() throws Exception {
        portal = FramingPortal.start();
    }

    @AfterAll
    void stop() {
        portal.close();
    }

    @Test
    void row42InASandboxThereIsNoWorkerAndAllBytesAreTheOwnRegions() throws Exception {
        CDN.world().breakCdn(CdnFault.HANG);
        CDN.world().nginx().forget();
        try (var visit = visit(CDN.regions().nodeUri(SharedCdn.OWN), SANDBOX)) {
            FramedPages.awaitTrue(visit, ProbeExtension.STARTED);

            assertThat(FramedPages.settled(visit, "window.origin").asString()).isEqualTo("null");
            assertThat(FramedPages.settled(visit, "lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            var base = CDN.regions().nodeUri(SharedCdn.OWN) + "/probe/Content/1.0/";
            var used = FramedPages.settled(visit, "performance.getEntriesByType('resource').map((each) => each.name)");
            assertThat(used).hasSizeGreaterThan(3).allSatisfy(url -> assertThat(url.asString())
                    .startsWith(base));
            assertThat(CDN.world().nginx().requests()).isEmpty();
            assertThat(visit.notices()).isEmpty();
            assertThat(visit.value("told.map((each) => each.portolan)")).hasToString("[\"boot\",\"started\"]");
        }
    }

    /** Where an extension runs. */
    private enum Place {
        FRAME("", true),
        SANDBOX_WITH_ITS_ORIGIN("allow-scripts allow-same-origin", true),
        SANDBOX(FramePlacesTest.SANDBOX, false);

        private final String sandbox;
        private final boolean worker;

        Place(String sandbox, boolean worker) {
            this.sandbox = sandbox;
            this.worker = worker;
        }
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void integrityHoldsWithAndWithoutAWorker(Place place) throws Exception {
        CDN.world().nginx().forget();
        try (var visit = visit(CDN.regions().nodeUri(SharedCdn.OWN), place.sandbox)) {
            FramedPages.awaitTrue(visit, ProbeExtension.STARTED);
            if (place.worker) {
                FramedPages.awaitTrue(visit, FramedPages.CONTROLLED);
            }
            assertThat(FramedPages.settled(visit, withIntegrity("lazy5.js", true))
                            .asString())
                    .isEqualTo("load");
            assertThat(FramedPages.settled(visit, withIntegrity("lazy6.js", false))
                            .asString())
                    .isEqualTo("error");
            assertThat(asked("lazy5.js")).as("by the CDN").isEqualTo(place.worker);
        }
    }

    /** A browser, as people have it. */
    private enum Browser {
        WITH_THIRD_PARTY_COOKIES,
        WITHOUT_THIRD_PARTY_COOKIES,
        /** A profile that is gone with its last window; third parties' cookies are blocked in it. */
        INCOGNITO
    }

    @ParameterizedTest
    @EnumSource(Browser.class)
    void row42InAFrameOfAnotherSiteTheWorkerDoesWithoutCookies(Browser browser) throws Exception {
        var node = CDN.regions().nodeUri(SharedCdn.OWN);
        CDN.world().nginx().forget();
        try (var visit = FramedPages.opened(in(browser), URI.create(node + SharedCdn.PROBE), "")) {
            FramedPages.awaitTrue(visit, ProbeExtension.STARTED);
            FramedPages.awaitTrue(visit, FramedPages.CONTROLLED);
            assertThat(FramedPages.settled(
                                    visit, "(document.cookie = 'third=1; SameSite=None; Secure', document.cookie)")
                            .asString())
                    .as("cookies of a third party")
                    .isEqualTo(browser == Browser.WITH_THIRD_PARTY_COOKIES ? "third=1" : "");

            assertThat(FramedPages.settled(visit, "lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            assertThat(asked("lazy1.js")).as("by the CDN").isTrue();
            CDN.world().breakCdn(CdnFault.HANG);
            assertThat(FramedPages.settled(visit, "lazy(2)").asString()).isEqualTo("chunk 2 of version 1.0");
            assertThat(FramedPages.settled(visit, "inWorker()").asString()).isEqualTo("version 1.0");
            UsedFiles.assertRight(FramedPages.settled(visit, UsedFiles.of(ProbeExtension.ROUTE)));
            visit.assertNothingSeen();
        }
    }

    private Visit in(Browser browser) throws IOException {
        return switch (browser) {
            case WITH_THIRD_PARTY_COOKIES -> CDN.chromium().visitInProfile(portal.origin(), profile(browser), true);
            case WITHOUT_THIRD_PARTY_COOKIES -> CDN.chromium().visitInProfile(portal.origin(), profile(browser), false);
            case INCOGNITO -> CDN.chromium().visitIncognito(portal.origin());
        };
    }

    private static Path profile(Browser browser) {
        return folder.resolve(browser.name());
    }

    /** Portal and extension under one name keep one store: what the frame has, the page on its own has as well. */
    @Test
    void row42InAFrameOfItsOwnSiteWhatIsKeptIsKeptForThePageOnItsOwnToo() throws Exception {
        var origin = "http://localhost:" + CDN.world().nginx().origin().getPort();
        try (var visit =
                FramedPages.opened(CDN.chromium().visit(portal.origin()), URI.create(origin + SharedCdn.PROBE), "")) {
            FramedPages.awaitTrue(visit, ProbeExtension.STARTED);
            FramedPages.awaitTrue(visit, FramedPages.CONTROLLED);
            visit.reload();
            FramedPages.awaitTrue(visit, ProbeExtension.STARTED);
            assertThat(FramedPages.settled(visit, "lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            FramedPages.awaitTrue(visit, UsedFiles.ALL_KEPT);
            CDN.world().nginx().forget();

            try (var alone = visit.page().context().newPage()) {
                alone.navigate(origin + SharedCdn.PROBE);
                alone.waitForCondition(() -> Visit.isTrue(alone.mainFrame(), ProbeExtension.STARTED));
                assertThat(alone.evaluate(FramedPages.CONTROLLED)).isEqualTo(true);
                assertThat(alone.evaluate("() => lazy(1)")).isEqualTo("chunk 1 of version 1.0");
                assertThat(CDN.world().nginx().requests())
                        .as("all of it is kept")
                        .isEmpty();
            }
            visit.assertNothingSeen();
        }
    }

    /** And under two names two stores: the frame's is the portal's affair. */
    @Test
    void row42InAFrameOfAnotherSiteWhatIsKeptIsKeptForThatPortalAlone() throws Exception {
        var node = CDN.regions().nodeUri(SharedCdn.OWN);
        try (var visit = visit(node, "")) {
            FramedPages.awaitTrue(visit, ProbeExtension.STARTED);
            FramedPages.awaitTrue(visit, FramedPages.CONTROLLED);
            visit.reload();
            FramedPages.awaitTrue(visit, ProbeExtension.STARTED);
            assertThat(FramedPages.settled(visit, "lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            FramedPages.awaitTrue(visit, UsedFiles.ALL_KEPT);
            CDN.world().nginx().forget();

            try (var alone = visit.page().context().newPage()) {
                alone.navigate(node + SharedCdn.PROBE);
                alone.waitForCondition(() -> Visit.isTrue(alone.mainFrame(), ProbeExtension.STARTED));
                alone.waitForCondition(() -> Visit.isTrue(alone.mainFrame(), FramedPages.CONTROLLED));
                assertThat(alone.evaluate("() => lazy(1)")).isEqualTo("chunk 1 of version 1.0");
                assertThat(asked("lazy1.js")).as("by the CDN, once more").isTrue();
            }
            visit.assertNothingSeen();
        }
    }

    /** Whether the CDN was asked for a file of the probe's. */
    private static boolean asked(String file) throws IOException {
        return CDN.world().nginx().requests().stream()
                .anyMatch(line -> line.contains("/CDN/probe/Content/1.0/" + file));
    }

    @Test
    void whereThereIsNoWorkerThePortalIsToldThatThePageCannotStart() throws Exception {
        CDN.world().nginx().answer(NginxCdn.Wrong.STATUS_503);
        try (var visit = visit(CDN.world().nginx().origin(), SANDBOX)) {
            visit.await("told.some((each) => each.portolan === 'failed')");

            assertThat(visit.value("told.some((each) => each.portolan === 'started')")
                            .asBoolean())
                    .isFalse();
            var told = visit.value("told.find((each) => each.portolan === 'failed')");
            assertThat(told.at("/route").asString()).isEqualTo(ProbeExtension.ROUTE);
            assertThat(told.at("/version").asString()).isEqualTo("1.0");
            assertThat(told.at("/url").asString())
                    .startsWith(CDN.world().nginx().origin() + "/probe/Content/1.0/");
        }
    }

    private Visit visit(URI node, String sandbox) {
        return FramedPages.opened(CDN.chromium().visit(portal.origin()), URI.create(node + SharedCdn.PROBE), sandbox);
    }

    /** A script element's event, its integrity that of the manifest or another one. */
    private static String withIntegrity(String file, boolean right) {
        return """
                (async () => {
                  const manifest = await (await fetch('/probe/-/manifest/1.0')).json();
                  const hex = manifest.files.find((file) => file.path === '%1$s').hash;
                  const bytes = hex.match(/../g).map((byte) => parseInt(byte, 16));
                  if (!%2$s) bytes[0] ^= 1;
                  const script = document.createElement('script');
                  script.type = 'module';
                  script.src = '%1$s';
                  script.integrity = 'sha256-' + btoa(String.fromCharCode(...bytes));
                  const end = new Promise((resolve) => script.onload = script.onerror = (event) => resolve(event.type));
                  document.head.append(script);
                  return end;
                })()""".formatted(file, right);
    }
}
