package io.portolan.region;

import io.portolan.model.ExtensionName;
import io.portolan.model.document.Delivery;
import io.portolan.protocol.Beacon;
import io.portolan.protocol.DarkCounters;
import io.portolan.protocol.LoadAction;
import io.portolan.protocol.LoadEvent;
import io.portolan.protocol.SourceCounters;
import io.portolan.region.metrics.Histogram;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What browsers told this node since it started. Thread-safe.
 *
 * <p>Labels are bounded: extensions and versions are those that the state in use names, events, actions, states and causes are fixed
 * sets, and a source is the name of a CDN or of a region, {@code browser} or {@code other}. A version that leaves the state leaves the
 * counters too.
 */
final class TelemetryCounters {
    /** Series of events; beyond, what has none yet is counted in one of its own. */
    static final int MOST_SERIES = 20_000;

    /** What a browser calls the region that its page came from. */
    private static final String OWN = "own";

    /** What it calls its own cache. */
    private static final String BROWSER = "browser";

    /** Of a file that no source gave. */
    private static final String NONE = Beacon.Source.NONE;

    private static final String OTHER = "other";
    private static final Histogram.Ends LOADS =
            Histogram.Ends.ofMillis(List.of(250, 500, 1000, 2000, 4000, 8000, 15_000, 40_000));
    private static final Histogram.Ends FETCHES = Histogram.Ends.ofMillis(Beacon.FETCH_MILLIS);

    private final Supplier<Optional<ServingState>> states;
    private final InstantSource clock;
    private final ConcurrentMap<Version, Counted> versions = new ConcurrentHashMap<>();
    private final ConcurrentMap<Source, Fetched> sources = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, SourceWindow> windows = new ConcurrentHashMap<>();
    private final DarkSessions dark;
    private final LongAdder series = new LongAdder();
    private final LongAdder overflow = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private volatile @Nullable ServingState pruned;
    private volatile WrongFileListener wrongFiles = (cdn, path, session) -> {};

    /** Who looks at files that browsers say a CDN gives wrongly; a browser's word alone is no proof. */
    interface WrongFileListener {
        void told(String cdn, String path, String session);
    }

    /** Tells of wrong files from now on. */
    void whenWrong(WrongFileListener listener) {
        wrongFiles = listener;
    }

    TelemetryCounters(Supplier<Optional<ServingState>> states, InstantSource clock) {
        this.states = states;
        this.clock = clock;
        this.dark = new DarkSessions(clock);
    }

    private record Version(String extension, String version) implements Comparable<Version> {
        @Override
        public int compareTo(Version other) {
            int byName = extension.compareTo(other.extension);
            return byName != 0 ? byName : version.compareTo(other.version);
        }

        String labels() {
            return "extension=\"" + extension + "\",version=\"" + version + "\"";
        }
    }

    private record Series(LoadEvent event, LoadAction action, String state, boolean test)
            implements Comparable<Series> {
        @Override
        public int compareTo(Series other) {
            return labels().compareTo(other.labels());
        }

        String labels() {
            return "event=\"" + event.label() + "\",action=\"" + action.label() + "\",outcome=\"" + state
                    + "\",traffic=\"" + (test ? "test" : "user") + "\"";
        }
    }

    private record Source(String extension, String source) implements Comparable<Source> {
        @Override
        public int compareTo(Source other) {
            int byName = extension.compareTo(other.extension);
            return byName != 0 ? byName : source.compareTo(other.source);
        }

        String labels() {
            return "extension=\"" + extension + "\",source=\"" + source + "\"";
        }
    }

    /** Counters of one version. */
    private static final class Counted {
        final ConcurrentMap<Series, LongAdder> events = new ConcurrentHashMap<>();
        final ConcurrentMap<LoadEvent, Histogram> durations = new ConcurrentHashMap<>();
        final LoadLedger ledger = new LoadLedger();
    }

    /** Counters of one source. */
    private static final class Fetched {
        final LongAdder files = new LongAdder();
        final LongAdder bytes = new LongAdder();
        final Histogram durations = new Histogram(FETCHES);
        final ConcurrentMap<String, LongAdder> failed = new ConcurrentHashMap<>();
    }

    /** Takes a beacon whose token counts. */
    void add(TelemetryTokens.Granted by, Beacon beacon, ServingState state) {
        var counted = versions.computeIfAbsent(new Version(by.extension(), by.version()), first -> new Counted());
        for (var event : beacon.events()) {
            // Failures are told by every session, the rest by those that speak for others.
            int weight = event.action() == LoadAction.ERRORED ? 1 : by.every();
            if (weight > 0) {
                add(counted, by, beacon.test(), event, (long) weight * event.count());
            }
        }
        beacon.sources().forEach(source -> add(by, source, state));
        dropped.add(beacon.dropped());
    }

    private void add(Counted counted, TelemetryTokens.Granted by, boolean test, Beacon.Event event, long count) {
        var key = new Series(event.event(), event.action(), event.state(), test);
        var counter = counted.events.get(key);
        if (counter == null) {
            if (series.sum() >= MOST_SERIES) {
                overflow.add(count);
                return;
            }
            counter = counted.events.computeIfAbsent(key, first -> {
                series.increment();
                return new LongAdder();
            });
        }
        counter.add(count);
        if (event.action() == LoadAction.COMPLETE && !test) {
            counted.durations
                    .computeIfAbsent(event.event(), first -> new Histogram(LOADS))
                    .add(TimeUnit.MILLISECONDS.toNanos(event.millis()), count);
        }
        counted.ledger.add(event, count, by.session(), test, clock.instant());
    }

    private void add(TelemetryTokens.Granted by, Beacon.Source told, ServingState state) {
        var cdn = cdn(told.source(), state);
        var fetched = sources.computeIfAbsent(
                new Source(by.extension(), cdn.map(Delivery.Cdn::name).orElseGet(() -> place(told.source(), state))),
                first -> new Fetched());
        fetched.files.add((long) told.fetched() * by.every());
        fetched.bytes.add(told.bytes() * by.every());
        fetched.durations.addCounted(told.millis(), by.every());
        told.failed().forEach((cause, count) -> fetched.failed
                .computeIfAbsent(cause, first -> new LongAdder())
                .add(count));
        if (told.isDark()) {
            dark.add(
                    by.session(),
                    by.every(),
                    (long) told.fetched() * by.every(),
                    told.bytes() * by.every(),
                    told.source().equals(NONE));
        }
        cdn.ifPresent(one ->
                window(one.name()).add(by.session(), by.every(), (long) told.fetched() * by.every(), told.failures()));
        cdn.ifPresent(one -> told.wrong().forEach(path -> wrongFiles.told(one.name(), path, by.session())));
    }

    private SourceWindow window(String cdn) {
        return windows.computeIfAbsent(cdn, first -> new SourceWindow(clock));
    }

    private static Optional<Delivery.Cdn> cdn(String source, ServingState state) {
        return state.delivery().cdns().stream()
                .filter(cdn -> cdn.url().equals(source))
                .findFirst();
    }

    /** The region behind a base URL, by what browsers were told. */
    private static String place(String source, ServingState state) {
        if (source.equals(OWN)) {
            return state.region().value();
        }
        return source.equals(BROWSER) || source.equals(NONE)
                ? source
                : state.revision().regions().values().stream()
                        .filter(region -> region.probeUrls().stream()
                                .anyMatch(url -> url.equals(source) || url.startsWith(source + "/")))
                        .map(region -> region.name().value())
                        .findFirst()
                        .orElse(OTHER);
    }

    /** What browsers told lately of each CDN that the state in use names. */
    List<SourceCounters> recent() {
        return states.get().stream()
                .flatMap(state -> state.delivery().cdns().stream())
                .map(cdn -> window(cdn.name()).read(cdn.name()))
                .toList();
    }

    /** What sessions told that were drawn to ask no CDN. */
    DarkCounters darkSessions() {
        return dark.read();
    }

    /** What is told of one extension. */
    record Told(Map<String, LoadLedger.Told> versions, List<ToldSource> sources) {
        /** Whether nobody told anything. */
        boolean isEmpty() {
            return versions.isEmpty() && sources.isEmpty();
        }
    }

    /** What one source gave to an extension's pages. */
    record ToldSource(String source, long fetched, long bytes, Map<String, Long> failed) {}

    /** Everything of an extension. */
    Told of(String extension) {
        prune();
        var ledgers = new TreeMap<String, LoadLedger.Told>();
        versions.forEach((version, counted) -> {
            if (version.extension().equals(extension)) {
                ledgers.put(version.version(), counted.ledger.told());
            }
        });
        var told = new TreeMap<String, ToldSource>();
        sources.forEach((source, fetched) -> {
            if (source.extension().equals(extension)) {
                var failed = new TreeMap<String, Long>();
                fetched.failed.forEach((cause, count) -> failed.put(cause, count.sum()));
                told.put(
                        source.source(),
                        new ToldSource(source.source(), fetched.files.sum(), fetched.bytes.sum(), failed));
            }
        });
        return new Told(ledgers, List.copyOf(told.values()));
    }

    private synchronized void prune() {
        var now = states.get().orElse(null);
        if (now == pruned || now == null) {
            return;
        }
        pruned = now;
        versions.entrySet().removeIf(entry -> {
            boolean gone = now.extension(new ExtensionName(entry.getKey().extension()))
                    .filter(served ->
                            served.versions().containsKey(entry.getKey().version()))
                    .isEmpty();
            if (gone) {
                series.add(-entry.getValue().events.size());
            }
            return gone;
        });
        sources.keySet().removeIf(source -> now.extension(new ExtensionName(source.extension()))
                .isEmpty());
        windows.keySet().removeIf(name -> now.delivery().cdns().stream()
                .noneMatch(cdn -> cdn.name().equals(name)));
    }

    /** Adds everything in the text format of Prometheus. */
    void write(StringBuilder text) {
        prune();
        var byVersion = new TreeMap<>(versions);
        var bySource = new TreeMap<>(sources);
        head(
                text,
                "telemetry_events_total",
                "counter",
                "What came up in browsers, by what became of it; sampled with counts preserved.");
        byVersion.forEach((version, counted) -> new TreeMap<>(counted.events)
                .forEach((key, count) ->
                        sample(text, "telemetry_events_total", version.labels() + "," + key.labels(), count.sum())));
        head(text, "load_duration_seconds", "histogram", "How long what came up took; users only.");
        byVersion.forEach((version, counted) -> new TreeMap<>(counted.durations)
                .forEach((event, buckets) -> buckets.write(
                        text,
                        "portolan_load_duration_seconds",
                        version.labels() + ",event=\"" + event.label() + "\"")));
        head(
                text,
                "asset_fallbacks_total",
                "counter",
                "Requests of browsers to a source of bytes that failed, so that another was asked.");
        bySource.forEach((source, fetched) -> new TreeMap<>(fetched.failed)
                .forEach((cause, count) -> sample(
                        text, "asset_fallbacks_total", source.labels() + ",cause=\"" + cause + "\"", count.sum())));
        head(text, "asset_fetches_total", "counter", "Files that browsers got, by source of bytes.");
        bySource.forEach(
                (source, fetched) -> sample(text, "asset_fetches_total", source.labels(), fetched.files.sum()));
        head(text, "asset_bytes_total", "counter", "Bytes of these files.");
        bySource.forEach((source, fetched) -> sample(text, "asset_bytes_total", source.labels(), fetched.bytes.sum()));
        head(text, "asset_fetch_seconds", "histogram", "How long browsers waited for these files.");
        bySource.forEach(
                (source, fetched) -> fetched.durations.write(text, "portolan_asset_fetch_seconds", source.labels()));
        var without = dark.read();
        head(
                text,
                "dark_sessions",
                "gauge",
                "Sessions of the last day that asked no CDN though there is one, by whether they lacked a file.");
        sample(text, "dark_sessions", "outcome=\"complete\"", without.sessions() - without.failing());
        sample(text, "dark_sessions", "outcome=\"lacking\"", without.failing());
        head(text, "telemetry_dropped_total", "counter", "Events that browsers had no room for.");
        text.append("portolan_telemetry_dropped_total ").append(dropped.sum()).append('\n');
        head(text, "telemetry_overflow_total", "counter", "Events beyond the series that a node keeps.");
        text.append("portolan_telemetry_overflow_total ").append(overflow.sum()).append('\n');
    }

    private static void sample(StringBuilder text, String name, String labels, long value) {
        text.append("portolan_")
                .append(name)
                .append('{')
                .append(labels)
                .append("} ")
                .append(value)
                .append('\n');
    }

    private static void head(StringBuilder text, String name, String type, String help) {
        text.append("# HELP portolan_").append(name).append(' ').append(help).append('\n');
        text.append("# TYPE portolan_").append(name).append(' ').append(type).append('\n');
    }
}
