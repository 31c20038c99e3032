package io.portolan.placement.report;

import io.portolan.placement.latency.RoundTrips;
import io.portolan.placement.plan.Placement;
import io.portolan.placement.plan.Words;
import io.portolan.placement.workload.Workload;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A placement as one HTML file: no request leaves it, which its own policy holds; light and dark; without scripts all is there but
 * the choice of another number of regions. Stateless.
 */
public final class HtmlReport {
    private final Workload workload;
    private final Placement placement;

    private HtmlReport(Workload workload, Placement placement) {
        this.workload = workload;
        this.placement = placement;
    }

    /** The file. */
    public static String of(Workload workload, Placement placement) {
        return new HtmlReport(workload, placement).page();
    }

    private String page() {
        var values = new LinkedHashMap<String, String>();
        values.put("css", Documents.resource("report.css"));
        values.put("js", Documents.resource("report.js"));
        values.put("name", Markup.text(placement.name()));
        values.put("source", Markup.text(placement.demandSource()));
        values.put("headline", paragraphs());
        values.put("explanation", Tables.list(placement.explanation()));
        values.put("chips", chips());
        values.put("map", placement.recommended().regions().isEmpty() ? "" : new WorldMap().svg(placement));
        values.put("legend", legend());
        values.put("range", range());
        values.put("charts", charts());
        values.put("losses", Tables.losses(placement));
        values.put("changes", Tables.changes(placement));
        values.put("frontiers", Tables.frontiers(placement));
        values.put("places", Tables.places(placement));
        values.put("assumptions", Tables.list(placement.assumptions()));
        values.put("csv", link("text/csv", PlacementCsv.of(placement)));
        values.put("jsonlink", link("application/json", Documents.json(placement)));
        values.put("data", Documents.json(data()).replace("<", "\\u003c"));
        return fill(Documents.resource("report.html"), values);
    }

    /** Each place of the template is filled once; what is filled in is not looked at again. */
    private static String fill(String template, Map<String, String> values) {
        var page = new StringBuilder();
        int at = 0;
        for (int open = template.indexOf("{{"); open >= 0; open = template.indexOf("{{", at)) {
            int close = template.indexOf("}}", open);
            page.append(template, at, open).append(values.getOrDefault(template.substring(open + 2, close), ""));
            at = close + 2;
        }
        return page.append(template.substring(at)).toString();
    }

    private String paragraphs() {
        var html = new StringBuilder();
        for (int i = 0; i < Math.min(2, placement.explanation().size()); i++) {
            html.append(i == 0 ? "<p class=\"lead\">" : "<p>")
                    .append(Markup.text(placement.explanation().get(i)))
                    .append("</p>");
        }
        return html.toString();
    }

    private String chips() {
        var html = new StringBuilder();
        placement.recommended().regions().forEach(region -> html.append("<li>")
                .append(region)
                .append("</li>"));
        return html.toString();
    }

    private static String legend() {
        var html = new StringBuilder();
        int from = 0;
        for (int n = 0; n <= WorldMap.CLASSES.size(); n++) {
            var label =
                    n < WorldMap.CLASSES.size() ? from + "–" + WorldMap.CLASSES.get(n) + " ms" : "over " + from + " ms";
            html.append(Markup.f("<li><span class=\"swatch c%d\"></span>%s</li>", n, label));
            from = n < WorldMap.CLASSES.size() ? WorldMap.CLASSES.get(n) : from;
        }
        return html.toString();
    }

    private String range() {
        var steps = placement.lenses().getLast().frontier();
        if (steps.isEmpty()) {
            return "";
        }
        return Markup.f(
                "<label for=\"count\">Number of regions</label><input id=\"count\" type=\"range\" min=\"0\" max=\"%d\""
                        + " value=\"0\" aria-describedby=\"count-says\"><button id=\"advised\" type=\"button\">Show the"
                        + " advised plan</button><output id=\"count-says\" for=\"count\"></output>",
                steps.size() - 1);
    }

    private String charts() {
        var html = new StringBuilder();
        for (int n = 0; n < placement.lenses().size(); n++) {
            var lens = placement.lenses().get(n);
            if (!lens.frontier().isEmpty()) {
                html.append("<figure><figcaption>")
                        .append(Markup.text(lens.name()))
                        .append("</figcaption>")
                        .append(new FrontierChart(lens, n).svg())
                        .append("<p>")
                        .append(Markup.text(sentence(lens)))
                        .append("</p></figure>");
            }
        }
        return html.toString();
    }

    private static String sentence(Placement.Lens lens) {
        var first = lens.frontier().getFirst();
        var last = lens.frontier().getLast();
        return Words.time(first.figures().mean()) + " on average with " + Words.regions(first.count()) + ", "
                + Words.time(last.figures().mean()) + " with " + last.count() + "; "
                + Words.time(lens.everywhere().mean()) + " with every candidate.";
    }

    private static String link(String type, String content) {
        return "data:" + type + ";charset=utf-8;base64,"
                + Base64.getEncoder().encodeToString(content.getBytes(StandardCharsets.UTF_8));
    }

    /** What the script needs to draw another plan. */
    private Map<String, Object> data() {
        var roundTrips = RoundTrips.of(
                workload.network(), workload.demand(), workload.choice().candidates());
        var regions = workload.choice().candidates();
        var index = new LinkedHashMap<String, List<Integer>>();
        for (int i = 0; i < workload.demand().size(); i++) {
            var place = workload.demand().get(i);
            var row = new ArrayList<Integer>();
            for (int j = 0; j < regions.size(); j++) {
                boolean allowed =
                        workload.choice().allows(place.code(), regions.get(j).name());
                row.add(allowed ? (int) Math.round(roundTrips.millis(i, j)) : -1);
            }
            index.put(place.label(), row);
        }
        var data = new LinkedHashMap<String, Object>();
        data.put(
                "regions", regions.stream().map(region -> region.name().value()).toList());
        data.put("classes", WorldMap.CLASSES);
        data.put("rtt", index);
        data.put("advised", placement.recommended().regions());
        data.put(
                "plans",
                placement.lenses().getLast().frontier().stream()
                        .map(step -> Map.of(
                                "regions",
                                step.regions(),
                                "says",
                                Words.regions(step.count()) + ": mean "
                                        + Words.time(step.figures().mean()) + ", p95 "
                                        + Words.time(step.figures().p95())))
                        .toList());
        return data;
    }
}
