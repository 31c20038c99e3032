package io.portolan.placement.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.placement.plan.Placement;
import io.portolan.placement.plan.PlacementPlanner;
import io.portolan.placement.workload.Attachments;
import io.portolan.placement.workload.Workload;
import io.portolan.placement.workload.WorkloadReader;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class HtmlReportTest {
    private static final String HOSTILE = "</script><script>alert(1)</script>{{css}}\\\"'&";

    private final Workload workload = WorkloadReader.read(
            ("name: '" + HOSTILE.replace("'", "''") + "'\n"
                            + "interactions: [{name: '=<b>calls</b>', parallelCalls: 9},"
                            + " {name: bulk, bytesDown: 5MB}]\n"
                            + "regions: {max: 3}\n")
                    .getBytes(StandardCharsets.UTF_8),
            "w",
            Attachments.NONE);
    private final Placement placement = PlacementPlanner.plan(workload);

    @Test
    void whatAWorkloadSaysIsTextInThePage() {
        var html = HtmlReport.of(workload, placement);

        assertThat(html).doesNotContain("<script>alert").doesNotContain("<b>calls");
        assertThat(html).contains("&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;{{css}}");
        assertThat(html.split("<script", -1)).as("two scripts of our own").hasSize(3);
    }

    @Test
    void namesNoOtherAddress() {
        var html = HtmlReport.of(workload, placement);

        assertThat(html).doesNotContain("http://").doesNotContain("https://").doesNotContain("src=");
        assertThat(html)
                .contains("default-src 'none'")
                .contains("data:text/csv")
                .contains("data:application/json");
    }

    @Test
    void theTableHasARowForEachLensAndNumberAndNoFormula() {
        var lines = PlacementCsv.of(placement).lines().toList();

        assertThat(lines).hasSize(1 + 3 * 3);
        assertThat(lines.getFirst().split(",", -1)).hasSize(19);
        assertThat(lines.get(1)).startsWith("\"'=<b>calls</b>\",1,");
    }
}
