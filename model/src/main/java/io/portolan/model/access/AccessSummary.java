package io.portolan.model.access;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What was asked of one extension, summed by the network of the client. One thread at a time.
 *
 * <p>At most {@link #NETWORKS} networks are told apart; what others ask is counted as {@link #uncounted}.
 */
public final class AccessSummary {
    /** Most networks that are told apart. */
    public static final int NETWORKS = 10_000;

    private static final int FIRST_ERROR = 500;

    private final String extension;
    private final String route;
    private final Map<String, Asked> byNetwork = new HashMap<>();
    private long uncounted;

    /**
     * What the clients of one network asked for.
     *
     * @param network      such as {@code 192.0.2.0/24}
     * @param pages        answers that were pages
     * @param calls        answers of controllers
     * @param assets       answers with content
     * @param bytesDown    bodies of all answers
     * @param serverMicros time of the node for those whose time is known
     * @param timed        how many those are
     */
    public record Asked(
            String network, long pages, long calls, long assets, long bytesDown, long serverMicros, long timed) {
        /** All answers. */
        public long requests() {
            return pages + calls + assets;
        }

        /** Both together, under the network of this one. */
        public Asked plus(Asked other) {
            return new Asked(
                    network,
                    pages + other.pages,
                    calls + other.calls,
                    assets + other.assets,
                    bytesDown + other.bytesDown,
                    serverMicros + other.serverMicros,
                    timed + other.timed);
        }
    }

    /**
     * @param extension its name, which lines of the JSON form carry
     * @param route     its route, by which lines of the combined form are told apart
     */
    public AccessSummary(String extension, String route) {
        this.extension = extension;
        this.route = route;
    }

    /** Adds a line if it is about the extension; faults of servers and Portolan's own paths are left out. */
    public void add(String line) {
        AccessEntry.parse(line).filter(this::isOurs).ifPresent(this::add);
    }

    private boolean isOurs(AccessEntry entry) {
        boolean named = entry.extension().isEmpty()
                ? entry.durationMicros() < 0 && entry.route().equals(route)
                : entry.extension().equals(extension);
        return named && entry.status() < FIRST_ERROR;
    }

    private void add(AccessEntry entry) {
        var kind = entry.kind();
        var network = ClientNetwork.of(entry.client());
        if (kind == AccessEntry.Kind.OTHER) {
            return;
        }
        if (network.isEmpty() || byNetwork.size() >= NETWORKS && !byNetwork.containsKey(network.get())) {
            uncounted++;
            return;
        }
        boolean timed = entry.durationMicros() >= 0;
        var asked = new Asked(
                network.get(),
                kind == AccessEntry.Kind.PAGE ? 1 : 0,
                kind == AccessEntry.Kind.CALL ? 1 : 0,
                kind == AccessEntry.Kind.ASSET ? 1 : 0,
                entry.bytes(),
                timed ? entry.durationMicros() : 0,
                timed ? 1 : 0);
        byNetwork.merge(asked.network(), asked, Asked::plus);
    }

    /** The sums, most requests first. */
    public List<Asked> networks() {
        return byNetwork.values().stream()
                .sorted(Comparator.comparingLong(Asked::requests).reversed().thenComparing(Asked::network))
                .toList();
    }

    /** Answers of clients without an address, or of networks beyond the limit. */
    public long uncounted() {
        return uncounted;
    }
}
