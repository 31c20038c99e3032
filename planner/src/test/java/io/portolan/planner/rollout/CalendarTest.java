package io.portolan.planner.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CalendarTest {
    private static Window weekly(Window.Kind kind, String zone, String from, String to, DayOfWeek... days) {
        return new Window(
                "wi-1",
                kind,
                "",
                "",
                ZoneId.of(zone),
                EnumSet.copyOf(List.of(days)),
                LocalTime.parse(from),
                LocalTime.parse(to),
                null,
                null,
                "");
    }

    @ParameterizedTest
    @CsvSource({
        // 2026-03-29: Amsterdam goes from 02:00 to 03:00. Office hours shift by an hour in UTC.
        "2026-03-27T08:00:00Z, true",
        "2026-03-27T07:59:59Z, false",
        "2026-03-30T07:00:00Z, true",
        "2026-03-30T06:59:59Z, false",
        "2026-03-30T15:00:00Z, false",
        "2026-10-26T07:59:59Z, false",
        "2026-10-26T08:00:00Z, true",
    })
    void officeHoursFollowTheClockOverDaylightSaving(Instant moment, boolean open) {
        var office =
                weekly(Window.Kind.ALLOW, "Europe/Amsterdam", "09:00", "17:00", DayOfWeek.MONDAY, DayOfWeek.FRIDAY);

        assertThat(Calendar.closed(List.of(office), moment).isEmpty()).isEqualTo(open);
    }

    @ParameterizedTest
    @CsvSource({
        // The hour from 02:00 does not exist on 2026-03-29 and comes twice on 2026-10-25 (00:00Z to 02:00Z).
        "2026-03-29T00:59:59Z, false",
        "2026-03-29T01:00:00Z, true",
        "2026-10-24T23:59:59Z, false",
        "2026-10-25T00:00:00Z, true",
        "2026-10-25T01:30:00Z, true",
    })
    void anHourThatIsMissingOrComesTwice(Instant moment, boolean denied) {
        var night = weekly(Window.Kind.DENY, "Europe/Amsterdam", "02:00", "04:00", DayOfWeek.SUNDAY);

        assertThat(night.contains(moment)).isEqualTo(denied);
    }

    @ParameterizedTest
    @CsvSource({
        // 02:30 does not exist on 2026-03-29: who looks at the clock sees 01:59, then 03:00.
        "02:30, 04:00, 2026-03-29T00:59:59Z, false",
        "02:30, 04:00, 2026-03-29T01:00:00Z, true",
        "02:30, 04:00, 2026-03-29T01:59:59Z, true",
        "02:30, 04:00, 2026-03-29T02:00:00Z, false",
        "01:00, 02:30, 2026-03-29T00:59:59Z, true",
        "01:00, 02:30, 2026-03-29T01:00:00Z, false",
        "02:10, 02:50, 2026-03-29T01:00:00Z, false",
        // It comes twice on 2026-10-25.
        "02:30, 04:00, 2026-10-25T00:30:00Z, true",
        "01:00, 02:30, 2026-10-25T01:29:59Z, true",
        "01:00, 02:30, 2026-10-25T01:30:00Z, false",
    })
    void anEdgeInAnHourThatIsMissingOrComesTwice(String from, String to, Instant moment, boolean denied) {
        var night = weekly(Window.Kind.DENY, "Europe/Amsterdam", from, to, DayOfWeek.SUNDAY);

        assertThat(night.contains(moment)).isEqualTo(denied);
    }

    @Test
    void denyWinsOverAllow() {
        var always = weekly(Window.Kind.ALLOW, "UTC", "00:00", "00:00", DayOfWeek.values());
        var freeze = new Window(
                "wi-2",
                Window.Kind.DENY,
                "",
                "",
                ZoneId.of("UTC"),
                Set.of(),
                null,
                null,
                Instant.parse("2026-12-20T00:00:00Z"),
                Instant.parse("2027-01-04T00:00:00Z"),
                "holidays");

        var closed = Calendar.closed(List.of(always, freeze), Instant.parse("2026-12-24T12:00:00Z"));

        assertThat(closed).get().satisfies(why -> {
            assertThat(why.why()).contains("holidays").contains("wi-2");
            assertThat(why.until()).isEqualTo("2027-01-04T00:00:00Z");
        });
        assertThat(Calendar.closed(List.of(always, freeze), Instant.parse("2027-01-04T00:00:00Z")))
                .isEmpty();
    }

    @Test
    void sayWhenItOpensAgainAcrossDays() {
        var weekdays =
                weekly(Window.Kind.ALLOW, "America/New_York", "10:00", "16:00", DayOfWeek.TUESDAY, DayOfWeek.WEDNESDAY);

        assertThat(Calendar.opening(List.of(weekdays), Instant.parse("2026-11-25T21:00:00Z")))
                .isEqualTo("2026-12-01T15:00:00Z");
    }

    @Test
    void neverOpensWhereEverythingIsDenied() {
        assertThat(Calendar.opening(
                        List.of(weekly(Window.Kind.DENY, "UTC", "00:00", "00:00", DayOfWeek.values())),
                        Instant.parse("2026-11-25T21:00:00Z")))
                .isNull();
    }

    @Test
    void theOpeningIsOpenAndNothingBeforeItIs() {
        var random = new Random(7);
        var zones = List.of("Europe/Amsterdam", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC");
        for (int i = 0; i < 300; i++) {
            var windows = List.of(weekly(
                    Window.Kind.ALLOW,
                    zones.get(random.nextInt(zones.size())),
                    "%02d:%02d".formatted(random.nextInt(24), random.nextInt(60)),
                    "%02d:%02d".formatted(random.nextInt(24), random.nextInt(60)),
                    DayOfWeek.of(1 + random.nextInt(7)),
                    DayOfWeek.of(1 + random.nextInt(7)) == DayOfWeek.MONDAY ? DayOfWeek.SATURDAY : DayOfWeek.SUNDAY));
            var from = Instant.parse("2026-01-01T00:00:00Z").plusSeconds(random.nextInt(366 * 86400));
            var opening = Calendar.opening(windows, from);
            assertThat(opening).isNotNull();
            assertThat(Calendar.closed(windows, opening)).isEmpty();
            for (var at = from; at.isBefore(opening); at = at.plusSeconds(1800)) {
                assertThat(Calendar.closed(windows, at)).isPresent();
            }
        }
    }

    @Test
    void refusesHalfAWindow() {
        assertThatThrownBy(() -> new Window(
                        "wi-1",
                        Window.Kind.DENY,
                        "",
                        "",
                        ZoneId.of("UTC"),
                        Set.of(DayOfWeek.MONDAY),
                        LocalTime.NOON,
                        null,
                        null,
                        null,
                        ""))
                .hasMessageContaining("expected: one of both");
    }
}
