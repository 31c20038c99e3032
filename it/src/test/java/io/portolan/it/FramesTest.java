package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Frame;
import io.portolan.protocol.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/**
 * An extension in a frame of a portal of another site, as portals open them, and in a sandbox, where there is no worker: there every
 * byte is the own region's, the CDN is not asked, and the portal is told when the page cannot start.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FramesTest {
    private static final String OWN = "westeurope";
    private static final String PROBE = "/" + ProbeExtension.ROUTE;
    private static final String CONTROLLED = "navigator.serviceWorker.controller !== null";
    private static final String SANDBOX = "allow-scripts";

    @RegisterExtension
    private static final SharedRegions SHARED = new SharedRegions();

    @TempDir
    private static Path folder;

    private CdnWorld world;
    private FramingPortal portal;

    @BeforeAll
    void start() throws Exception {
        world = new CdnWorld(SHARED.regions(), folder, OWN);
        portal = FramingPortal.start();
        world.deployProbe(folder.resolve("probe1"));
        world.deliver(List.of(world.cdnUrl()), "ON", "GO");
    }

    @AfterEach
    void heal() throws IOException {
        world.breakCdn(CdnFault.NONE);
        world.regions().startStopped();
    }

    @AfterAll
    void stop() throws Exception {
        world.deliver(List.of(), "ON", "GO");
        portal.close();
        world.close();
    }

    @ParameterizedTest
    @EnumSource(
            value = CdnFault.class,
            names = {"NONE", "HANG", "WRONG_BYTES", "RESET_IN_MID_BODY"})
    void row42InAFrameOfAnotherSite(CdnFault fault) throws Exception {
        world.breakCdn(fault);
        try (var visit = visit(world.regions().nodeUri(OWN), "")) {
            awaitTrue(visit, ProbeExtension.STARTED);
            awaitTrue(visit, CONTROLLED);
            world.nginx().forget();

            assertThat(settled(visit, "lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            assertThat(settled(visit, "inWorker()").asString()).isEqualTo("version 1.0");
            if (fault == CdnFault.NONE) {
                assertThat(world.nginx().requests())
                        .as("bytes come from the CDN")
                        .anySatisfy(line -> assertThat(line).contains("/CDN/probe/Content/1.0/lazy1.js"));
            }
            world.regions().stopNode(OWN);
            assertThat(settled(visit, "lazy(2)").asString())
                    .as("CDN and region gone together")
                    .isEqualTo("chunk 2 of version 1.0");
            assertThat(settled(visit, "location.origin").asString())
                    .isEqualTo(world.regions().nodeUri(OWN).toString());
            visit.assertNothingSeen();
        } finally {
            world.regions().startStopped();
            world.regions().awaitConverged(ProbeExtension.NAME);
        }
    }

    @Test
    void row42InASandboxThereIsNoWorkerAndAllBytesAreTheOwnRegions() throws Exception {
        world.breakCdn(CdnFault.HANG);
        world.nginx().forget();
        try (var visit = visit(world.regions().nodeUri(OWN), SANDBOX)) {
            awaitTrue(visit, ProbeExtension.STARTED);

            assertThat(settled(visit, "window.origin").asString()).isEqualTo("null");
            assertThat(settled(visit, "lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            var base = world.regions().nodeUri(OWN) + "/probe/Content/1.0/";
            var used = settled(visit, "performance.getEntriesByType('resource').map((each) => each.name)");
            assertThat(used).hasSizeGreaterThan(3).allSatisfy(url -> assertThat(url.asString())
                    .startsWith(base));
            assertThat(world.nginx().requests()).isEmpty();
            assertThat(visit.notices()).isEmpty();
            assertThat(visit.value("told")).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(Place.class)
    void integrityHoldsWithAndWithoutAWorker(Place place) throws Exception {
        try (var visit = visit(world.regions().nodeUri(OWN), place.sandbox)) {
            awaitTrue(visit, ProbeExtension.STARTED);
            if (place == Place.FRAME) {
                awaitTrue(visit, CONTROLLED);
            }
            assertThat(settled(visit, withIntegrity("lazy5.js", true)).asString())
                    .isEqualTo("load");
            assertThat(settled(visit, withIntegrity("lazy6.js", false)).asString())
                    .isEqualTo("error");
        }
    }

    /** Where an extension runs. */
    private enum Place {
        FRAME(""),
        SANDBOX(FramesTest.SANDBOX);

        private final String sandbox;

        Place(String sandbox) {
            this.sandbox = sandbox;
        }
    }

    @Test
    void whereThereIsNoWorkerThePortalIsToldThatThePageCannotStart() throws Exception {
        world.nginx().answer(NginxCdn.Wrong.STATUS_503);
        try (var visit = visit(world.nginx().origin(), SANDBOX)) {
            visit.await("told.length > 0");

            var told = visit.value("told[0]");
            assertThat(told.at("/portolan").asString()).isEqualTo("failed");
            assertThat(told.at("/route").asString()).isEqualTo(ProbeExtension.ROUTE);
            assertThat(told.at("/version").asString()).isEqualTo("1.0");
            assertThat(told.at("/url").asString()).startsWith(world.nginx().origin() + "/probe/Content/1.0/");
        }
    }

    private Visit visit(URI node, String sandbox) {
        var visit = SHARED.chromium().visit(portal.origin());
        visit.open(FramingPortal.path(URI.create(node + PROBE), sandbox));
        return visit;
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

    private static Frame framed(Visit visit) {
        return visit.page().frames().getLast();
    }

    private static void awaitTrue(Visit visit, String expression) {
        visit.page().waitForCondition(() -> Visit.isTrue(framed(visit), expression));
    }

    private static JsonNode settled(Visit visit, String expression) {
        return Json.mapper()
                .readTree(String.valueOf(framed(visit)
                        .evaluate("Promise.resolve(" + expression + ").then((value) => JSON.stringify(value))")));
    }
}
