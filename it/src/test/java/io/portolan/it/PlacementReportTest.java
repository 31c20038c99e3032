package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code portolan place} as a program, and its report in a real browser. */
class PlacementReportTest {
    @TempDir
    private static Path folder;

    @ParameterizedTest
    @EnumSource(
            value = ColorScheme.class,
            names = {"LIGHT", "DARK"})
    void theReportShowsItsPlanWithoutAskingAnybody(ColorScheme scheme) throws Exception {
        var report = report();

        try (var chromium = new Chromium();
                var visit = chromium.visit(report.toUri(), scheme)) {
            visit.page().navigate(report.toUri().toString());

            assertThat(visit.page().locator("h1").innerText()).isEqualTo("Contoso orders");
            assertThat(visit.page().locator(".lead").innerText()).startsWith("Your status polling needs ");
            int advised = visit.page().locator(".chips li").count();
            assertThat(visit.page().locator("#map g.on").count()).isEqualTo(advised);
            assertThat(visit.page().locator("#map circle[data-place]").count()).isGreaterThan(200);
            assertThat(visit.page().locator("figure svg").count()).isEqualTo(4);

            visit.page().locator("#count").focus();
            visit.page().keyboard().press("End");
            assertThat(visit.page().locator("#count-says").innerText()).startsWith("12 regions: mean ");
            assertThat(visit.page().locator("#map g.on").count()).isEqualTo(12);
            visit.page().locator("#advised").click();
            assertThat(visit.page().locator("#map g.on").count()).isEqualTo(advised);
            visit.screenshot("placement-" + scheme.name().toLowerCase(java.util.Locale.ROOT));

            visit.assertQuiet();

            var csv = visit.page()
                    .waitForDownload(
                            () -> visit.page().getByText("Download as CSV").click());
            assertThat(csv.suggestedFilename()).isEqualTo("placement.csv");
            assertThat(visit.requests())
                    .as("nothing but itself, and what it carries")
                    .allMatch(url -> url.startsWith("file:"));
        }
    }

    private static Path report() throws Exception {
        var workload = folder.resolve("orders.yaml");
        if (!Files.exists(workload)) {
            var example = run("place", "--example");
            assertThat(example.code()).as(example.err()).isZero();
            Files.writeString(workload, example.out());
            var planned = run("place", "orders.yaml", "-o", "report.html", "--explain");
            assertThat(planned.code()).as(planned.err()).isZero();
            assertThat(planned.out()).contains("Your status polling needs");
        }
        return folder.resolve("report.html");
    }

    @Test
    void aBrokenWorkloadIsAUsageErrorThatNamesEveryFault() throws Exception {
        Files.writeString(folder.resolve("broken.yaml"), "interactions: [{name: a, serverTime: soon}]\nregion: {}\n");

        var refused = run("place", "broken.yaml");

        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.out()).isEmpty();
        assertThat(refused.err())
                .contains("interactions[0].serverTime: \"soon\" (expected: a duration such as 250ms")
                .contains("region: is no key here (expected: one of schema, name, demand, interactions")
                .contains("neither calls nor bulk");
    }

    private static Command run(String... arguments) throws Exception {
        return Command.run(folder, Map.of("PORTOLAN_HOME", folder.toString()), List.copyOf(DevProcess.java(arguments)));
    }
}
