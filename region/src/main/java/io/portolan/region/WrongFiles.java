package io.portolan.region;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.portolan.artifact.ServedFile;
import io.portolan.model.Digest;
import io.portolan.model.document.Delivery;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Files that CDNs give wrongly: each is told in an incident with its address and where it was seen, taken out of the CDN where that can be
 * done from here, and looked at again until it is right. Thread-safe.
 */
final class WrongFiles {
    /** Most that are followed at a time; further ones are told when there is room. */
    static final int MOST = 16;

    /** Right answers in a row after which a file is right. */
    private static final int RIGHT = 2;

    /** Users are unharmed: no browser uses it. */
    private static final int SEVERITY = 3;

    private final String place;
    private final Incidents incidents;
    private final CdnPurge purge;
    private final Runnable changed;

    @GuardedBy("this")
    private final Map<String, Wrong> byUrl = new LinkedHashMap<>();

    /** @param changed is told when an incident was opened or resolved */
    WrongFiles(String place, Incidents incidents, CdnPurge purge, Runnable changed) {
        this.place = place;
        this.incidents = incidents;
        this.purge = purge;
        this.changed = changed;
    }

    /** A file that was wrong, with the right answers since. */
    record Wrong(Delivery.Cdn cdn, String url, Canaries.Canary canary, int right) {}

    /**
     * Somebody saw it.
     *
     * @param foundBy {@code probe} or {@code browser}
     * @param actual  digest of what came, empty text where that is not known
     */
    void seen(Delivery.Cdn cdn, String url, Canaries.Canary canary, String foundBy, String actual, String fault) {
        synchronized (this) {
            boolean followed = byUrl.containsKey(url);
            if (!followed && byUrl.size() >= MOST) {
                return;
            }
            byUrl.put(url, new Wrong(cdn, url, canary, 0));
            if (followed) {
                return;
            }
        }
        var purged = purge.purge(url);
        incidents.open(
                key(cdn, url),
                canary.extension(),
                SEVERITY,
                "CDN " + cdn.name() + " gives a wrong file: " + url + ": " + fault,
                Map.of(
                        "url",
                        url,
                        "cdn",
                        cdn.name(),
                        "source",
                        cdn.url(),
                        "expected",
                        canary.file().hash().value(),
                        "actual",
                        actual,
                        "foundBy",
                        foundBy + " in " + place,
                        "purge",
                        purged));
        changed.run();
    }

    /** Files to look at again. */
    synchronized List<Wrong> of(String cdn) {
        return byUrl.values().stream()
                .filter(wrong -> wrong.cdn().name().equals(cdn))
                .toList();
    }

    /** Looks at one again. */
    void again(Wrong wrong, CdnProbe probe, Duration timeout) {
        ServedFile file = wrong.canary().file();
        boolean right = probe.ask(wrong.url(), file, timeout) instanceof CdnProbe.Result.Right;
        int before = right ? wrong.right() + 1 : 0;
        synchronized (this) {
            if (!byUrl.containsKey(wrong.url())) {
                return;
            }
            if (before < RIGHT) {
                byUrl.put(wrong.url(), new Wrong(wrong.cdn(), wrong.url(), wrong.canary(), before));
                return;
            }
            byUrl.remove(wrong.url());
        }
        incidents.resolve(key(wrong.cdn(), wrong.url()));
        changed.run();
    }

    /** Forgets those of a CDN that is not asked any more. */
    void forget(String cdn) {
        List<Wrong> gone = of(cdn);
        synchronized (this) {
            gone.forEach(wrong -> byUrl.remove(wrong.url()));
        }
        gone.forEach(wrong -> incidents.resolve(key(wrong.cdn(), wrong.url())));
        if (!gone.isEmpty()) {
            changed.run();
        }
    }

    private String key(Delivery.Cdn cdn, String url) {
        return "cdn-file/" + cdn.name() + "/"
                + Digest.of(url.getBytes(StandardCharsets.UTF_8)).value().substring(0, 16) + "/" + place;
    }
}
