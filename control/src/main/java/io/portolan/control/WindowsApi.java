package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.planner.rollout.Window;
import io.portolan.protocol.rest.Page;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Calendar windows for forward moves. Thread-safe. */
final class WindowsApi {
    private static final int LIMIT = 500;

    private final StateStore store;
    private final Commands commands;
    private final InstantSource clock;

    WindowsApi(StateStore store, Commands commands, InstantSource clock) {
        this.store = store;
        this.commands = commands;
        this.clock = clock;
    }

    void addTo(Routes routes) {
        routes.add("GET", "/v1/windows", this::list);
        routes.add("POST", "/v1/windows", this::add);
        routes.add("DELETE", "/v1/windows/{id}", this::remove);
    }

    /** Windows that concern an extension in an environment. */
    static List<Window> concerning(Reader reader, EnvironmentName environment, ExtensionName extension) {
        return Table.WINDOWS.list(reader, "").stream()
                .map(row -> row.value().window())
                .filter(window -> window.concerns(environment.value(), extension.value()))
                .toList();
    }

    /** Body of a new one: {@code days} such as {@code MON-THU} or {@code MON,WED}, times {@code HH:MM}. */
    private record Wanted(
            Window.Kind kind,
            @Nullable EnvironmentName environment,
            @Nullable ExtensionName extension,
            @Nullable String zone,
            @Nullable String days,
            @Nullable String from,
            @Nullable String to,
            @Nullable Instant start,
            @Nullable Instant end,
            @Nullable String reason) {}

    /** A window as it is shown. */
    private record WindowBody(
            String id,
            Window.Kind kind,
            String environment,
            String extension,
            String zone,
            List<DayOfWeek> days,
            @Nullable LocalTime from,
            @Nullable LocalTime to,
            @Nullable Instant start,
            @Nullable Instant end,
            String reason,
            boolean insideNow) {}

    private WindowBody body(Window window) {
        return new WindowBody(
                window.id(),
                window.kind(),
                window.environment(),
                window.extension(),
                window.zone().getId(),
                window.days().stream().sorted().toList(),
                window.from(),
                window.to(),
                window.start(),
                window.end(),
                window.reason(),
                window.contains(clock.instant()));
    }

    private Answer list(Call call) {
        return Answer.json(
                200,
                store.read(reader -> new Page<>(
                        Table.WINDOWS.list(reader, "").stream()
                                .map(row -> body(row.value().window()))
                                .toList(),
                        null)));
    }

    private Answer add(Call call) {
        var bytes = call.bytes();
        var wanted = Call.json(bytes, Wanted.class);
        return commands.change(call, bytes, tx -> {
            if (wanted.environment() != null) {
                Lookup.environment(tx, wanted.environment());
            }
            if (wanted.extension() != null) {
                Lookup.extension(tx, wanted.extension());
            }
            var others = Table.WINDOWS.list(tx, "");
            if (others.size() >= LIMIT) {
                throw new ApiException(ErrorCode.INVALID, "windows: more than " + LIMIT);
            }
            var window = window("wi-" + Table.next(tx, "window"), wanted);
            var record = new Records.CalendarWindow(Records.SCHEMA, window);
            Table.WINDOWS.put(tx, window.id(), Writer.ABSENT, record);
            var body = body(window);
            commands.log(
                    tx,
                    call,
                    "portolan.window.added",
                    "window/" + window.id(),
                    window.reason(),
                    body,
                    Table.WINDOWS,
                    record);
            return new Commands.Result(201, body);
        });
    }

    private static Window window(String id, Wanted wanted) {
        try {
            boolean weekly = wanted.days() != null || wanted.from() != null || wanted.to() != null;
            if (weekly && wanted.zone() == null) {
                throw new ApiException(
                        ErrorCode.INVALID,
                        "zone: none (expected: a time zone such as Europe/Amsterdam; there is no default)");
            }
            return new Window(
                    id,
                    Objects.requireNonNull(wanted.kind(), "kind"),
                    Objects.toString(wanted.environment(), ""),
                    Objects.toString(wanted.extension(), ""),
                    ZoneId.of(Objects.requireNonNullElse(wanted.zone(), "UTC")),
                    weekly ? days(Objects.requireNonNullElse(wanted.days(), "MON-SUN")) : Set.of(),
                    wanted.from() == null ? null : LocalTime.parse(wanted.from()),
                    wanted.to() == null ? null : LocalTime.parse(wanted.to()),
                    wanted.start(),
                    wanted.end(),
                    Objects.requireNonNullElse(wanted.reason(), "").strip());
        } catch (DateTimeException | IllegalArgumentException e) {
            throw new ApiException(ErrorCode.INVALID, "window: " + e.getMessage());
        }
    }

    /** Days as people write them: {@code MON-THU}, {@code SAT,SUN}, {@code FRI-MON}. */
    static Set<DayOfWeek> days(String text) {
        var days = new HashSet<DayOfWeek>();
        for (var part : text.toUpperCase(Locale.ROOT).split(",", -1)) {
            var ends = part.strip().split("-", -1);
            var day = day(ends[0], text);
            var last = day(ends[ends.length - 1], text);
            days.add(day);
            while (day != last) {
                day = day.plus(1);
                days.add(day);
            }
        }
        return days;
    }

    private static DayOfWeek day(String word, String text) {
        for (var day : DayOfWeek.values()) {
            if (word.length() >= 3 && day.name().startsWith(word)) {
                return day;
            }
        }
        throw new IllegalArgumentException("days: " + text + " (expected: such as MON-THU or SAT,SUN)");
    }

    private Answer remove(Call call) {
        var id = call.parameter("id");
        return commands.change(call, new byte[0], tx -> {
            var row = Table.WINDOWS
                    .get(tx, id)
                    .orElseThrow(() -> new ApiException(ErrorCode.NOT_FOUND, "window " + id + ": there is none"));
            tx.delete(Table.WINDOWS.kind(), id, row.generation());
            var body = body(row.value().window());
            commands.log(tx, call, "portolan.window.removed", "window/" + id, "", body);
            return new Commands.Result(200, body);
        });
    }
}
