package io.portolan.planner.rollout;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Whether windows let forward moves happen. Pure. */
public final class Calendar {
    /** Edges looked at before an end of a closed time is called unknown: more than a year of daily windows. */
    private static final int EDGES = 1000;

    private Calendar() {}

    /**
     * Why no forward move may happen.
     *
     * @param until when that ends, null if it never does as the windows are now
     */
    public record Closed(String why, @Nullable Instant until) {}

    /** Empty when forward moves may happen now. */
    public static Optional<Closed> closed(List<Window> windows, Instant now) {
        return why(windows, now).map(why -> new Closed(why, opening(windows, now)));
    }

    /** The first moment from the given one on at which forward moves may happen, null if there is none. */
    public static @Nullable Instant opening(List<Window> windows, Instant from) {
        var moment = from;
        for (int i = 0; i < EDGES; i++) {
            if (why(windows, moment).isEmpty()) {
                return moment;
            }
            var at = moment;
            var next = windows.stream()
                    .flatMap(window -> Stream.ofNullable(window.nextEdge(at)))
                    .min(Instant::compareTo);
            if (next.isEmpty()) {
                return null;
            }
            moment = next.get();
        }
        return null;
    }

    private static Optional<String> why(List<Window> windows, Instant now) {
        var denied = windows.stream()
                .filter(window -> window.kind() == Window.Kind.DENY && window.contains(now))
                .findFirst();
        if (denied.isPresent()) {
            return Optional.of("inside " + denied.get().text());
        }
        var allowing = windows.stream()
                .filter(window -> window.kind() == Window.Kind.ALLOW)
                .toList();
        if (allowing.isEmpty() || allowing.stream().anyMatch(window -> window.contains(now))) {
            return Optional.empty();
        }
        var first = Objects.requireNonNull(allowing.getFirst());
        return Optional.of(
                "outside " + (allowing.size() == 1 ? first.text() : "all allow windows, such as " + first.text()));
    }
}
