package io.portolan.planner.rollout;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A calendar rule for forward moves, in an explicit time zone. Immutable.
 *
 * <p>Either a time of day on some days of the week, or one span of time. A time of day that a change of the clock leaves out is
 * the first moment after the gap; one that comes twice begins at its first and ends at its second occurrence: whoever looks at a clock on
 * the wall sees the window as it says.
 *
 * @param id        names it in commands
 * @param environment only there, empty text for everywhere
 * @param extension only this one, empty text for all
 * @param days      days of the week on which it begins; empty for a single span
 * @param from      time of day at which it begins
 * @param to        time of day at which it ends, on the next day if not after {@code from}
 * @param start     begin of a single span, null for a weekly window
 * @param end       end of a single span, exclusive
 * @param reason    for people
 */
public record Window(
        String id,
        Kind kind,
        String environment,
        String extension,
        ZoneId zone,
        Set<DayOfWeek> days,
        @Nullable LocalTime from,
        @Nullable LocalTime to,
        @Nullable Instant start,
        @Nullable Instant end,
        String reason) {
    /** What it does. */
    public enum Kind {
        /** Where any of these applies, forward moves happen inside one only. */
        ALLOW,
        /** No forward move inside; wins over {@link #ALLOW}. */
        DENY
    }

    public Window {
        days = Set.copyOf(days);
        boolean weekly = !days.isEmpty() && from != null && to != null && start == null && end == null;
        boolean single = days.isEmpty() && from == null && to == null && start != null && end != null;
        if (!weekly && !single) {
            throw new IllegalArgumentException(
                    "window " + id + ": neither days with from and to, nor start and end (expected: one of both)");
        }
        if (single && !Objects.requireNonNull(end).isAfter(Objects.requireNonNull(start))) {
            throw new IllegalArgumentException(
                    "window " + id + ": end: " + end + " (expected: after start " + start + ")");
        }
    }

    /** Whether it concerns the extension in the environment. */
    public boolean concerns(String anEnvironment, String anExtension) {
        return (environment.isEmpty() || environment.equals(anEnvironment))
                && (extension.isEmpty() || extension.equals(anExtension));
    }

    /** Whether a moment lies inside. */
    public boolean contains(Instant moment) {
        if (start != null && end != null) {
            return !moment.isBefore(start) && moment.isBefore(end);
        }
        var day = moment.atZone(zone).toLocalDate();
        // One that began the day before may reach into this one.
        for (int back = 1; back >= 0; back--) {
            var date = day.minusDays(back);
            if (days.contains(date.getDayOfWeek()) && !moment.isBefore(begin(date)) && moment.isBefore(finish(date))) {
                return true;
            }
        }
        return false;
    }

    private Instant begin(LocalDate date) {
        var local = date.atTime(Objects.requireNonNull(from));
        return afterGap(local)
                .orElseGet(() -> local.atZone(zone).withEarlierOffsetAtOverlap().toInstant());
    }

    private Instant finish(LocalDate date) {
        boolean nextDay = !Objects.requireNonNull(to).isAfter(Objects.requireNonNull(from));
        var local = (nextDay ? date.plusDays(1) : date).atTime(to);
        return afterGap(local)
                .orElseGet(() -> local.atZone(zone).withLaterOffsetAtOverlap().toInstant());
    }

    /** When a time that the clocks leave out has passed on them; java.time would move it by the length of the gap. */
    private Optional<Instant> afterGap(LocalDateTime local) {
        return Optional.ofNullable(zone.getRules().getTransition(local))
                .filter(ZoneOffsetTransition::isGap)
                .map(ZoneOffsetTransition::getInstant);
    }

    /** The next moment after the given one at which it begins or ends, null when it never does again. */
    @Nullable
    Instant nextEdge(Instant after) {
        if (start != null && end != null) {
            return after.isBefore(start) ? start : after.isBefore(end) ? end : null;
        }
        var day = after.atZone(zone).toLocalDate().minusDays(1);
        Instant next = null;
        for (int ahead = 0; ahead <= 9; ahead++) {
            var date = day.plusDays(ahead);
            if (!days.contains(date.getDayOfWeek())) {
                continue;
            }
            for (var edge : new Instant[] {begin(date), finish(date)}) {
                if (edge.isAfter(after) && (next == null || edge.isBefore(next))) {
                    next = edge;
                }
            }
        }
        return next;
    }

    /** How it is told to people. */
    public String text() {
        var what = start != null
                ? start + " to " + end
                : String.join(
                                ",",
                                days.stream()
                                        .sorted()
                                        .map(day -> day.name().substring(0, 3))
                                        .toList())
                        + " " + from + " to " + to + " " + zone;
        return kind.name().toLowerCase(java.util.Locale.ROOT) + " window " + id + " (" + what
                + (reason.isEmpty() ? "" : ", " + reason) + ")";
    }
}
