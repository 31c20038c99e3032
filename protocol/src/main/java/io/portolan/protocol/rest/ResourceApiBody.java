package io.portolan.protocol.rest;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import java.util.List;
import java.util.Objects;

/**
 * Which resource API the users of each region get, and what its owner and the extension's page have to allow for that: lists that nobody
 * writes by hand.
 *
 * @param regions        one entry a region that serves or is to serve the extension
 * @param connectSrc     sources for the page's {@code connect-src}: those of every region, since a page may outlive its own
 * @param policy         the same as a directive of {@code Content-Security-Policy}
 * @param allowedOrigins origins that the extension's pages have: for the API's {@code Access-Control-Allow-Origin}, each answered to
 *                       itself alone and with {@code Vary: Origin}
 * @param maxAgeSeconds  for {@code Access-Control-Max-Age}: the longest that browsers keep a preflight
 */
public record ResourceApiBody(
        ExtensionName extension,
        EnvironmentName environment,
        List<Region> regions,
        List<String> connectSrc,
        String policy,
        List<String> allowedOrigins,
        int maxAgeSeconds) {
    /** Chromium's limit; Firefox keeps a preflight for up to a day. */
    public static final int PREFLIGHT_SECONDS = 7200;

    public ResourceApiBody {
        Objects.requireNonNull(extension, "extension");
        Objects.requireNonNull(environment, "environment");
        regions = List.copyOf(regions);
        connectSrc = List.copyOf(connectSrc);
        Objects.requireNonNull(policy, "policy");
        allowedOrigins = List.copyOf(allowedOrigins);
    }

    /**
     * One region.
     *
     * @param endpoint     base URL that its pages are told, empty text where no region has one
     * @param from         region in which that API stands, empty text for none
     * @param leavesRegion whether calls of the region's users leave it
     */
    public record Region(RegionName region, String endpoint, String from, boolean leavesRegion) {}
}
