package io.portolan.model.document;

import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * How browsers get the assets of an environment. Immutable. The address of an asset is always below the page's own origin; this says
 * where its bytes may come from, and whether the service worker is there to fetch them.
 *
 * @param cdns       in the order in which they are asked, at most {@link #MOST_CDNS}; none: bytes come from regions
 * @param worker     {@code OFF} takes the service worker out of browsers again, with all that it keeps
 * @param firstVisit whether a first page waits for the worker
 * @param shares     percent of browsers, 0 to 100, that ask the CDN of this name; all of them where none is given
 * @param breaker    whether CDNs are watched and taken away without anybody being asked
 * @param probeEvery nodes ask every CDN for a canary so often; zero: never
 * @param telemetry  whether pages tell nodes of themselves
 */
public record Delivery(
        List<Cdn> cdns,
        Worker worker,
        FirstVisit firstVisit,
        Map<String, Integer> shares,
        Breaker breaker,
        Duration probeEvery,
        Telemetry telemetry) {
    /** Most CDNs: a browser that finds them all dead asks each in turn. */
    public static final int MOST_CDNS = 4;

    /** Share of a CDN that every browser asks, in percent. */
    public static final int ALL = 100;

    /** What holds where nobody said otherwise. */
    public static final Delivery STANDARD = new Delivery(List.of(), Worker.ON, FirstVisit.GO);

    public Delivery {
        cdns = List.copyOf(cdns);
        Objects.requireNonNull(worker, "worker");
        Objects.requireNonNull(firstVisit, "firstVisit");
        // A document of an earlier build has none. Sorted: equal documents have equal bytes.
        shares = Collections.unmodifiableSortedMap(new TreeMap<>(Objects.requireNonNullElse(shares, Map.of())));
        shares.forEach(Delivery::checkShare);
        // A document of an earlier build has none of these.
        telemetry = Objects.requireNonNullElse(telemetry, Telemetry.ON);
        breaker = Objects.requireNonNullElse(breaker, Breaker.ON);
        probeEvery = Objects.requireNonNullElse(probeEvery, Duration.ZERO);
        if (probeEvery.isNegative()) {
            throw new IllegalArgumentException("probeEvery: " + probeEvery + " (expected: 0 s or more)");
        }
        if (cdns.size() > MOST_CDNS) {
            throw new IllegalArgumentException("cdns: " + cdns.size() + " (expected: at most " + MOST_CDNS + ")");
        }
        var names = new HashSet<String>();
        for (var cdn : cdns) {
            if (!names.add(cdn.name())) {
                throw new IllegalArgumentException("cdns: two are named " + cdn.name());
            }
        }
    }

    /** All browsers ask all CDNs. */
    public Delivery(List<Cdn> cdns, Worker worker, FirstVisit firstVisit) {
        this(cdns, worker, firstVisit, Map.of(), Breaker.ON, Duration.ZERO, Telemetry.ON);
    }

    /** The same with these shares. */
    public Delivery withShares(Map<String, Integer> others) {
        return new Delivery(cdns, worker, firstVisit, others, breaker, probeEvery, telemetry);
    }

    /** The same with breakers that act by themselves, or not. */
    public Delivery with(Breaker other) {
        return new Delivery(cdns, worker, firstVisit, shares, other, probeEvery, telemetry);
    }

    /** The same with pages that tell of themselves, or not. */
    public Delivery with(Telemetry other) {
        return new Delivery(cdns, worker, firstVisit, shares, breaker, probeEvery, other);
    }

    /** The same with CDNs that are asked for a canary so often. */
    public Delivery probedEvery(Duration other) {
        return new Delivery(cdns, worker, firstVisit, shares, breaker, other, telemetry);
    }

    /** Percent of browsers that ask a CDN. */
    public int share(Cdn cdn) {
        return shares.getOrDefault(cdn.name(), ALL);
    }

    private static void checkShare(String name, int share) {
        if (share < 0 || share > ALL) {
            throw new IllegalArgumentException("shares: " + name + ": " + share + " (expected: 0 to " + ALL + ")");
        }
    }

    /** Whether the service worker is used. */
    public enum Worker {
        /** Browsers get it with their first page. */
        ON,
        /** Browsers that have it lose it with their next page. */
        OFF
    }

    /** Whether pages tell nodes how they come up and where their files come from. */
    public enum Telemetry {
        /** They do. */
        ON,
        /** Pages tell nothing, and nodes count nothing of what others tell. */
        OFF
    }

    /** Whether CDNs are watched. */
    public enum Breaker {
        /** One that does harm is taken away, and comes back by a growing share. */
        ON,
        /** Only people take CDNs away and give them back. */
        OFF
    }

    /** What a page does in a browser that has no worker yet. */
    public enum FirstVisit {
        /** It starts at once; its entry files come from its region. */
        GO,
        /** It starts when the worker is there, or after a second and a half: its region is spared. */
        WAIT
    }

    /**
     * A CDN as a source of bytes. It pulls from {@code /CDN/…} of the regions.
     *
     * @param name for people, a DNS label
     * @param url  what stands before {@code /R/Content/V/PATH}, such as {@code https://cdn.example.net/CDN}
     */
    public record Cdn(String name, String url) {
        private static final int LONGEST_URL = 512;

        // Its origin goes into a header and its text into a script: nothing that could end either gets in.
        private static final Pattern URL = Pattern.compile(
                "(https?://(?:[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[0-9A-Fa-f:.]+])(?::[0-9]{1,5})?)(?:/[A-Za-z0-9._~/-]*[A-Za-z0-9._~-])?");

        public Cdn {
            if (!name.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")) {
                throw new IllegalArgumentException("CDN: name: " + name + " (expected: a DNS label)");
            }
            if (url.length() > LONGEST_URL || !URL.matcher(url).matches()) {
                throw new IllegalArgumentException("CDN " + name + ": url: " + url
                        + " (expected: http or https URL, no query, no slash at its end, at most " + LONGEST_URL
                        + " characters)");
            }
        }

        /** Scheme, host and port. */
        public String origin() {
            var matcher = URL.matcher(url);
            if (!matcher.matches()) {
                throw new IllegalStateException("CDN " + name + ": url: " + url);
            }
            return matcher.group(1);
        }
    }
}
