package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Frame;
import com.microsoft.playwright.Route;
import io.portolan.testkit.Fault;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** An extension in a frame of a portal of another site, in a browser that keeps storage apart as shipped ones do. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FrameTest {
    private static final String OWN = "westeurope";

    @RegisterExtension
    private static final SharedRegions SHARED = new SharedRegions();

    @TempDir
    private static Path folder;

    private CdnWorld world;
    private Chromium chromium;

    @BeforeAll
    void start() throws Exception {
        world = new CdnWorld(SHARED.regions(), folder, OWN);
        chromium = Chromium.asShipped(folder);
        world.deployProbe(folder.resolve("probe"));
        world.deliver(List.of(world.cdnUrl()), "ON", "GO");
    }

    @AfterAll
    void stop() throws Exception {
        chromium.close();
        world.deliver(List.of(), "ON", "GO");
        world.close();
    }

    /** Opens a portal's page that frames the extension. */
    private Frame framed(Visit visit, String attributes) {
        visit.page()
                .route(
                        "**/shell",
                        route -> route.fulfill(new Route.FulfillOptions()
                                .setContentType("text/html")
                                .setBody("<!doctype html><title>Portal</title><iframe name='extension' " + attributes
                                        + " src='" + world.regions().nodeUri(OWN) + "/probe'></iframe>")));
        visit.open("/shell");
        var frame = visit.page().frame("extension");
        visit.page().waitForCondition(() -> Visit.isTrue(frame, ProbeExtension.STARTED));
        return frame;
    }

    @Test
    void row42AFrameOfAnotherSiteSurvivesItsCdnToo() throws Exception {
        try (var visit = chromium.visit(world.regions().controlUri())) {
            var frame = framed(visit, "");
            visit.page()
                    .waitForCondition(() -> Visit.isTrue(frame, "navigator.serviceWorker.controller !== null"));
            assertThat(frame.evaluate("() => lazy(1)")).isEqualTo("chunk 1 of version 1.0");
            assertThat(visit.notices()).isEmpty();

            world.wire().set(new Fault.Hang());
            assertThat(frame.evaluate("() => lazy(2)")).isEqualTo("chunk 2 of version 1.0");
            assertThat(visit.notices()).hasSize(1);
            visit.assertNothingSeen();
        } finally {
            world.breakCdn(CdnFault.NONE);
        }
    }

    @Test
    void aSandboxedFrameWithoutAnOriginWorksFromItsRegionAlone() throws Exception {
        world.nginx().forget();
        try (var visit = chromium.visit(world.regions().controlUri())) {
            var frame = framed(visit, "sandbox='allow-scripts'");

            assertThat(frame.evaluate("() => self.origin")).isEqualTo("null");
            assertThat(frame.evaluate("() => lazy(1)")).isEqualTo("chunk 1 of version 1.0");
            assertThat(world.nginx().requests()).isEmpty();
            visit.assertNothingSeen();
        }
    }
}
