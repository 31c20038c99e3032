package io.portolan.sync;

import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.document.RegionDocument;
import java.net.URI;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which nodes may have what store and control plane do not give. Pure. */
public final class Peers {
    /** Most nodes that are ever asked for one thing. */
    static final int LIMIT = 64;

    private Peers() {}

    /**
     * Base URLs of other nodes, the best first: of the own region, of paired regions, then of the nearest; of drained regions too,
     * since their disks are as good as ever, but of none that is retired; at last those of the settings.
     *
     * @param ownUrl base URL of the node that asks, which is not among the result
     */
    public static List<URI> of(
            Optional<VerifiedRevision> revision, RegionName own, String ownUrl, List<URI> configured) {
        var urls = new LinkedHashSet<URI>();
        if (revision.isPresent()) {
            var regions = revision.get().regions();
            var here = regions.get(own);
            var others = new ArrayList<>(regions.values());
            others.removeIf(region -> region.state() == RegionState.RETIRED);
            others.sort(Comparator.comparing(
                            (RegionDocument region) -> !region.name().equals(own))
                    .thenComparing(region -> !paired(here, region))
                    .thenComparing(region -> here == null ? 0 : here.location().distanceKm(region.location()))
                    .thenComparing(RegionDocument::name));
            for (var region : others) {
                region.probeUrls().forEach(text -> parse(text).ifPresent(urls::add));
            }
        }
        urls.addAll(configured);
        parse(ownUrl).ifPresent(urls::remove);
        return urls.stream().limit(LIMIT).toList();
    }

    private static boolean paired(@Nullable RegionDocument here, RegionDocument other) {
        return here != null
                && (here.pairs().contains(other.name()) || other.pairs().contains(here.name()));
    }

    private static Optional<URI> parse(String text) {
        try {
            return Optional.of(URI.create(text)).filter(Peers::isUsable);
        } catch (IllegalArgumentException e) {
            // A revision may name what this build cannot use; the others still can be asked.
            return Optional.empty();
        }
    }

    static boolean isUsable(URI url) {
        return url.getHost() != null
                && ("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
                && (url.getRawPath() == null || url.getRawPath().length() <= 1);
    }
}
