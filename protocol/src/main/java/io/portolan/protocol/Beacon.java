package io.portolan.protocol;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a page, or the portal that opened it, tells of itself by {@code POST /R/telemetry}. Immutable, of bounded size: whatever is out
 * of bounds is refused as a whole, with the reason.
 *
 * @param token   what the node gave for it
 * @param test    whether a machine and no user is behind it
 * @param events  at most {@link #MOST_EVENTS}
 * @param sources where bytes of assets came from, at most {@link #MOST_SOURCES}
 * @param dropped events that there was no room for
 */
public record Beacon(int schema, String token, boolean test, List<Event> events, List<Source> sources, int dropped) {
    /** Schema number that this build writes. */
    public static final int SCHEMA = 1;

    /** Longest body. */
    public static final int LIMIT_BYTES = 16 << 10;

    public static final int MOST_EVENTS = 100;
    public static final int MOST_SOURCES = 16;

    /** Most that one entry may stand for. */
    public static final int MOST_COUNT = 10_000;

    /** Upper ends in milliseconds of the buckets in which durations of fetches are counted; one more is without an end. */
    public static final List<Integer> FETCH_MILLIS = List.of(50, 100, 250, 500, 1000, 2500);

    private static final int MOST_TOKEN = 512;
    private static final int MOST_NAME = 128;
    private static final int MOST_MESSAGE = 200;
    private static final int MOST_URL = 512;
    private static final int MOST_PATH = 2048;
    private static final int MOST_MILLIS = 3_600_000;

    public Beacon {
        if (schema != SCHEMA) {
            throw new IllegalArgumentException("schema: " + schema + " (expected: " + SCHEMA + ")");
        }
        requireText("token", token, 1, MOST_TOKEN);
        events = requireAtMost("events", events, MOST_EVENTS);
        sources = requireAtMost("sources", sources, MOST_SOURCES);
        requireBetween("dropped", dropped, 0, MOST_COUNT);
    }

    /**
     * What became of an extension, a blade or a part, or of several with the same fate.
     *
     * @param name    of the blade or part, as the extension calls it; empty text for the extension itself
     * @param state   how it failed; empty text where it did not
     * @param count   how many it stands for, 1 to {@link #MOST_COUNT}
     * @param millis  since the start; of one of them, picked at random, where it stands for several; 0 of a start
     * @param message in the extension's own words, empty text for none
     */
    public record Event(
            LoadEvent event, LoadAction action, String name, String state, int count, int millis, String message) {
        public Event {
            Objects.requireNonNull(event, "events: event");
            Objects.requireNonNull(action, "events: action");
            name = Objects.requireNonNullElse(name, "");
            state = Objects.requireNonNullElse(state, "");
            message = Objects.requireNonNullElse(message, "");
            requireText("events: name", name, 0, MOST_NAME);
            requireText("events: message", message, 0, MOST_MESSAGE);
            requireBetween("events: count", count, 1, MOST_COUNT);
            requireBetween("events: millis", millis, 0, MOST_MILLIS);
            boolean fails = action == LoadAction.ERRORED;
            if (fails ? !event.states().contains(state) : !state.isEmpty()) {
                throw new IllegalArgumentException("events: state of " + event.label() + " " + action.label() + ": "
                        + shortened(state) + " (expected: " + (fails ? "one of " + event.states() : "none") + ")");
            }
        }
    }

    /**
     * What one source of bytes gave since the last beacon that told of it.
     *
     * @param source  base URL of a CDN or of another region, {@code own} for the page's region, {@code browser} for what the browser kept,
     *                {@link #NONE} for files that nobody gave
     * @param fetched files that came from it and were right
     * @param bytes   of these
     * @param millis  how many of these took how long, by the buckets of {@link #FETCH_MILLIS}; empty where nobody measured
     * @param failed  requests to it that failed, by cause
     * @param wrong   some of the files that it gave wrongly, at most {@link #MOST_WRONG}: {@code /R/Content/V/PATH}
     * @param dark    whether the browser asked no CDN though there is one; null of a browser that does not say so
     */
    public record Source(
            String source,
            int fetched,
            long bytes,
            List<Integer> millis,
            Map<String, Integer> failed,
            List<String> wrong,
            @Nullable Boolean dark) {
        public static final int MOST_WRONG = 4;

        /** Source of a file that nobody gave. */
        public static final String NONE = "none";

        /** Why a source is left for another one. */
        public static final Set<String> CAUSES = Set.of("unreachable", "stalled", "status", "size", "hash");

        private static final long MOST_BYTES = 1L << 40;

        public Source {
            requireText("sources: source", source, 1, MOST_URL);
            requireBetween("sources: fetched", fetched, 0, MOST_COUNT);
            if (bytes < 0 || bytes > MOST_BYTES) {
                throw new IllegalArgumentException("sources: bytes: " + bytes + " (expected: 0 to " + MOST_BYTES + ")");
            }
            millis = requireAtMost("sources: millis", millis, FETCH_MILLIS.size() + 1);
            if (!millis.isEmpty() && millis.size() != FETCH_MILLIS.size() + 1) {
                throw new IllegalArgumentException(
                        "sources: millis: " + millis.size() + " (expected: " + (FETCH_MILLIS.size() + 1) + ")");
            }
            millis.forEach(each -> requireBetween("sources: millis", each, 0, MOST_COUNT));
            wrong = requireAtMost("sources: wrong", wrong, MOST_WRONG);
            wrong.forEach(path -> requireText("sources: wrong", path, 1, MOST_PATH));
            failed = Collections.unmodifiableMap(
                    new TreeMap<>(Objects.requireNonNullElse(failed, Map.<String, Integer>of())));
            failed.forEach((cause, count) -> {
                if (!CAUSES.contains(cause)) {
                    throw new IllegalArgumentException("sources: failed: " + shortened(cause) + " (expected: one of "
                            + new TreeSet<>(CAUSES) + ")");
                }
                requireBetween(
                        "sources: failed: " + cause, Objects.requireNonNull(count, "sources: failed"), 0, MOST_COUNT);
            });
        }

        /** Whether the browser asked no CDN though there is one. */
        public boolean isDark() {
            return Boolean.TRUE.equals(dark);
        }

        /** All failures. */
        public int failures() {
            return failed.values().stream().mapToInt(Integer::intValue).sum();
        }
    }

    /**
     * What a node answers to whoever wants to send beacons.
     *
     * @param token     to be shown with each
     * @param every     of how many sessions this one speaks: it reports what it saw, and the node counts it so many times; 0: it reports
     *                  failures only
     * @param expiresInSeconds from now
     */
    public record Admission(String token, int every, int expiresInSeconds) {}

    /** Text of a stranger in a message. */
    static String shortened(String text) {
        var printable = text.replaceAll("[^ -~]", "?");
        return printable.length() <= 40 ? printable : printable.substring(0, 40) + "…";
    }

    private static <T> List<T> requireAtMost(String name, List<T> list, int most) {
        if (list == null) {
            return List.of();
        }
        if (list.size() > most) {
            throw new IllegalArgumentException(name + ": " + list.size() + " (expected: at most " + most + ")");
        }
        list.forEach(each -> Objects.requireNonNull(each, name));
        return List.copyOf(list);
    }

    private static void requireText(String name, String text, int least, int most) {
        Objects.requireNonNull(text, name);
        if (text.length() < least || text.length() > most || text.chars().anyMatch(c -> c < ' ' || c == 0x7F)) {
            throw new IllegalArgumentException(name + ": " + shortened(text) + " (expected: " + least + " to " + most
                    + " characters, none of control)");
        }
    }

    private static void requireBetween(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + least + " to " + most + ")");
        }
    }
}
