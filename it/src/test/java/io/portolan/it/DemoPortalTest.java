package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Dialog;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The demo portal of {@code portolan dev} in a real browser, used as a person would. */
class DemoPortalTest {
    @RegisterExtension
    private static final SharedDev DEV = SharedDev.oneProcess();

    @RegisterExtension
    private static final SharedRegions SHARED = new SharedRegions();

    private static final String STATE = "document.getElementById('state').textContent";

    @Test
    void opensExtensionsFromTheNextRegionByNamesAndFlightsAndShowsWhatTheyTell() throws Exception {
        var dev = DEV.dev();
        try (var visit = SHARED.chromium().visit(URI.create("http://localhost:" + (dev.portBase() + 75)))) {
            // A driven browser is test traffic, and what is shown is users'.
            visit.page().addInitScript("Object.defineProperty(Navigator.prototype, 'webdriver', { get: () => false })");
            visit.page().setViewportSize(1500, 820);
            visit.page().onDialog(Dialog::dismiss);
            visit.open("/");
            visit.await("[...document.getElementById('extension').options].some((each) => each.value === '"
                    + DevProcess.HELLO + "') && document.querySelectorAll('#regions tr').length >= 6");
            visit.page().selectOption("#extension", DevProcess.HELLO);
            visit.page().selectOption("#first", "westeurope");
            // On a starved machine a region that is well takes its time.
            visit.page().fill("#sign", "15000");

            open(visit, " from westeurope, usual");
            assertThat(visit.page().frames().getLast().url()).contains("&shell=1");
            visit.await("document.getElementById('events').textContent.includes('ExtensionLoad complete after')");
            visit.await(
                    "[...document.querySelectorAll('#loads tr')].some((each) => each.textContent.startsWith('ExtensionLoad'))");
            visit.await("document.querySelectorAll('#sources tr').length > 0");

            visit.page().fill("#stamp", "nosuch");
            open(visit, "InvalidExtensionName: " + DevProcess.HELLO + " has no version, stage or friendly name nosuch");
            visit.page().fill("#stamp", "stage2");
            open(visit, " from westeurope, stamp stage2");
            visit.page().fill("#stamp", "");
            visit.page().fill("#flight", "stage5");
            visit.page().fill("#percent", "100");
            open(visit, " from westeurope, flight stage5");
            visit.page().fill("#flight", "");
            visit.page().fill("#sideload", "https://evil.test/hello");
            open(visit, "Not opened: testExtensions");
            visit.page().fill("#sideload", "https://localhost:44300/hello");
            open(visit, "SideloadRefused");
            visit.page().fill("#sideload", "");

            // One that was never visited: where there is a worker already, it has the page from another region by
            // itself.
            visit.page().selectOption("#first", "southeastasia");
            visit.page().fill("#sign", "6000");
            dev.steer("stop", "node-southeastasia");
            try {
                open(visit, "(southeastasia: FirstResponseNotReceived)");
                visit.await(
                        "document.getElementById('events').textContent.includes('ExtensionLoad errored: FirstResponseNotReceived')");
                visit.await(
                        "[...document.querySelectorAll('#regions tr')].some((each) => each.textContent.includes('does not answer'))");
                assertFits(visit);
                visit.screenshot("portal");
                for (int width : new int[] {1000, 390}) {
                    visit.page().setViewportSize(width, 844);
                    assertFits(visit);
                    visit.screenshot("portal-" + width);
                }
                visit.page().setViewportSize(1500, 820);
            } finally {
                dev.steer("start", "node-southeastasia");
            }
            visit.page().click("#close");
            visit.await("document.querySelectorAll('iframe').length === 0");
        }
    }

    /** Nothing has to be moved sideways to be seen. */
    private static void assertFits(Visit visit) {
        assertThat(visit.value("document.documentElement.scrollWidth - innerWidth")
                        .asInt())
                .as("too wide by so many pixels")
                .isLessThanOrEqualTo(0);
    }

    private static void open(Visit visit, String expected) {
        visit.page().click("#open");
        visit.await(STATE + ".includes(" + io.portolan.protocol.Json.text(expected) + ")");
    }
}
