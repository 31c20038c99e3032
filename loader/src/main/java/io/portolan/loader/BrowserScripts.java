package io.portolan.loader;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The scripts that browsers get, each complete and small. Stateless. */
public final class BrowserScripts {
    private BrowserScripts() {}

    /** Stands inline in every page; everything that differs between pages is in data attributes of its element. */
    public static String boot() {
        return read("boot.js");
    }

    /**
     * The service worker. Before it must stand the byte sources that it asks: {@code self.portolanSources={cdns:[…],regions:[…]};},
     * base URLs without a trailing slash, best first.
     */
    public static String worker() {
        return read("worker.js");
    }

    /** What is served in place of the worker to take it out of browsers again. */
    public static String retired() {
        return read("retired.js");
    }

    /** A module that portals import to open extensions in frames. */
    public static String shell() {
        return read("shell.js");
    }

    /** A module that pages load when they have come up: what they tell of themselves. */
    public static String telemetry() {
        return read("telemetry.js");
    }

    private static String read(String name) {
        try (var in = BrowserScripts.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(
                        "reading " + name + ": not among the resources (expected: the build of module loader made it)");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + name, e);
        }
    }
}
