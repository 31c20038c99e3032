package io.portolan.it;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The CDN of the shared regions, and these, for classes that break it: browsers are sent to it while such a class runs, it is well before each
 * test, and stopped regions are started. The probe is deployed. One thread at a time.
 */
final class SharedCdn implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
    /** Region whose node tests open pages at. */
    static final String OWN = "westeurope";

    /** Path of the probe's page. */
    static final String PROBE = "/" + ProbeExtension.ROUTE;

    private final SharedRegions regions = new SharedRegions();
    private Optional<CdnWorld> world = Optional.empty();

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        regions.beforeAll(context);
        var folder = regions.folder();
        world = Optional.of(context.getStore(
                        ExtensionContext.StoreScope.LAUNCHER_SESSION,
                        ExtensionContext.Namespace.create(SharedCdn.class))
                .computeIfAbsent("cdn", key -> start(folder), CdnWorld.class));
        world().deployProbe(folder.resolve("cdn-probe"));
        deliverAsUsual();
    }

    private CdnWorld start(Path folder) {
        try {
            return new CdnWorld(regions.regions(), folder.resolve("cdn"), OWN);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        world().breakCdn(CdnFault.NONE);
        regions.regions().startStopped();
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        world().deliver(List.of(), "ON", "GO");
    }

    /** Browsers ask the CDN, and nobody waits for the worker. */
    void deliverAsUsual() throws Exception {
        world().deliver(List.of(world().cdnUrl()), "ON", "GO");
    }

    /** The CDN, its wire and its regions. */
    CdnWorld world() {
        return world.orElseThrow();
    }

    InProcessWorld regions() throws IOException {
        return regions.regions();
    }

    Chromium chromium() {
        return regions.chromium();
    }

    /** The folder that a bundle was published from; deploys it at the first call. */
    Path deployed(Bundle bundle) throws Exception {
        return regions.deployed(bundle);
    }

    /** A new profile with an empty page, for the own region's pages. */
    Visit visit() throws IOException {
        return chromium().visit(regions().nodeUri(OWN));
    }
}
