package io.portolan.region;

import io.portolan.model.ExtensionName;
import io.portolan.region.metrics.Series;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Rate, errors and durations of answers: by extension, version, status code and cache outcome. Thread-safe.
 *
 * <p>Labels are bounded: versions are those that the state in use names, at most {@code mostVersions} of them, further ones count as
 * {@code other}; a version that leaves the state leaves the metrics too. An answer costs two look-ups by texts that exist, and
 * makes no object once its version was seen.
 */
final class RequestMetrics implements RequestObserver {
    /** Versions with counters of their own. */
    static final int MOST_VERSIONS = 1000;

    private static final String OTHER = "other";

    private final Supplier<Optional<ServingState>> state;
    private final int mostVersions;
    private final ConcurrentHashMap<String, ConcurrentHashMap<String, RequestSeries>> series =
            new ConcurrentHashMap<>();
    private final AtomicInteger versions = new AtomicInteger();
    private final RequestSeries node = new RequestSeries();
    private final RequestSeries other = new RequestSeries();
    private volatile @Nullable ServingState pruned;

    RequestMetrics(Supplier<Optional<ServingState>> state, int mostVersions) {
        this.state = state;
        this.mostVersions = mostVersions;
    }

    @Override
    public void answered(AnswerFacts answer) {
        of(answer.extension(), answer.version())
                .count(answer.status(), answer.cache(), answer.bytes(), answer.durationNanos());
    }

    private RequestSeries of(String extension, String version) {
        if (version.isEmpty()) {
            // Nothing was served of any version; a route that does not exist must not become a label.
            return node;
        }
        var ofExtension = series.get(extension);
        var known = ofExtension == null ? null : ofExtension.get(version);
        return known == null ? added(extension, version) : known;
    }

    private synchronized RequestSeries added(String extension, String version) {
        var now = state.get().orElse(null);
        if (versions.get() >= mostVersions && now != pruned) {
            prune(now);
        }
        if (versions.get() >= mostVersions || now == null || !names(now, extension, version)) {
            return other;
        }
        return series.computeIfAbsent(extension, first -> new ConcurrentHashMap<>())
                .computeIfAbsent(version, first -> {
                    versions.incrementAndGet();
                    return new RequestSeries();
                });
    }

    private synchronized void prune(@Nullable ServingState now) {
        pruned = now;
        series.forEach((extension, ofExtension) -> ofExtension.keySet().removeIf(version -> {
            boolean gone = now == null || !names(now, extension, version);
            if (gone) {
                versions.decrementAndGet();
            }
            return gone;
        }));
        series.values().removeIf(ConcurrentHashMap::isEmpty);
    }

    private static boolean names(ServingState state, String extension, String version) {
        return state.extension(new ExtensionName(extension))
                .filter(served -> served.versions().containsKey(version))
                .isPresent();
    }

    /** Versions with counters of their own. */
    int versionCount() {
        return versions.get();
    }

    /** Adds everything in the text format of Prometheus. */
    void write(StringBuilder text) {
        var now = state.get().orElse(null);
        if (now != pruned) {
            prune(now);
        }
        var all = new TreeMap<String, RequestSeries>();
        series.forEach((extension, ofExtension) ->
                ofExtension.forEach((version, one) -> all.put(labels(extension, version), one)));
        all.put(labels("", ""), node);
        all.put(labels(OTHER, OTHER), other);
        Series.head(
                text,
                "requests_total",
                "counter",
                "Answers by extension, version, status code and where the body was.");
        all.forEach((labels, one) -> one.writeRequests(text, labels));
        Series.head(text, "response_bytes_total", "counter", "Bytes of bodies that were answered.");
        all.forEach((labels, one) -> one.writeBytes(text, labels));
        Series.head(text, "request_duration_seconds", "histogram", "From a request's head to the end of its answer.");
        all.forEach((labels, one) -> one.writeDurations(text, labels));
        Series.head(text, "metrics_versions", "gauge", "Versions with counters of their own.");
        text.append("portolan_node_metrics_versions ").append(versions.get()).append('\n');
    }

    /** Names and labels have no character that would have to be escaped. */
    private static String labels(String extension, String version) {
        return "extension=\"" + extension + "\",version=\"" + version + "\"";
    }
}
