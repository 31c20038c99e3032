package io.portolan.placement.report;

import io.portolan.placement.plan.Placement;
import io.portolan.placement.plan.Placement.Change;
import io.portolan.placement.plan.Words;
import java.util.List;

/** Tables of the report. Stateless. */
final class Tables {
    private static final int PLACES_SHOWN = 40;
    private static final int NEXT_SHOWN = 6;

    private Tables() {}

    static String list(List<String> items) {
        var html = new StringBuilder("<ul>");
        items.forEach(item -> html.append("<li>").append(Markup.text(item)).append("</li>"));
        return html.append("</ul>").toString();
    }

    static String losses(Placement placement) {
        var html = new StringBuilder(head(
                "What losing one region of the advised plan costs",
                "Region lost",
                "Its users",
                "They wait longer by",
                "Mean of all",
                "p95 of all"));
        double most = placement.losses().stream()
                .mapToDouble(Placement.Loss::added)
                .max()
                .orElse(1);
        for (var loss : placement.losses()) {
            boolean unserved = loss.figures().mean() < 0;
            html.append("<tr><th scope=\"row\">").append(loss.region()).append("</th>");
            cell(html, Words.share(loss.affected()));
            html.append(Markup.f(
                    "<td class=\"bar\"><span style=\"--w:%s\"></span>%s</td>",
                    Markup.n(unserved ? 100 : 100 * loss.added() / Math.max(1e-9, most)),
                    unserved ? "some have nowhere to go" : Words.time(loss.added())));
            cell(html, unserved ? "–" : Words.time(loss.figures().mean()));
            cell(html, unserved ? "–" : Words.time(loss.figures().p95()));
            html.append("</tr>");
        }
        return html.append("</tbody></table>").toString();
    }

    static String changes(Placement placement) {
        return changes(
                        "Which one next? Beside " + Words.list(placement.base()),
                        placement.next().stream().limit(NEXT_SHOWN).toList(),
                        "gain")
                + changes("Which one can go?", placement.drop(), "loss");
    }

    private static String changes(String caption, List<Change> changes, String kind) {
        var html = new StringBuilder("<div class=\"scroll\">")
                .append(head(caption, "Region", "Mean changes by", "p95 changes by", "Users affected", "Cost"));
        for (var change : changes) {
            html.append("<tr class=\"")
                    .append(kind)
                    .append("\"><th scope=\"row\">")
                    .append(change.region())
                    .append("</th>");
            if (change.possible()) {
                cell(html, signed(change.mean()));
                cell(html, signed(change.p95()));
                cell(html, Words.share(change.affected()));
                cell(
                        html,
                        change.cost() == 0
                                ? "–"
                                : Markup.f("%+,.0f", change.cost()).replace('-', '−'));
            } else {
                html.append("<td colspan=\"4\">cannot be left out: a rule would be broken</td>");
            }
            html.append("</tr>");
        }
        return html.append("</tbody></table></div>").toString();
    }

    private static String signed(double millis) {
        return (millis > 0 ? "+" : "") + Words.time(millis).replace("-", "−");
    }

    static String frontiers(Placement placement) {
        var html = new StringBuilder();
        for (var lens : placement.lenses()) {
            html.append("<details")
                    .append(lens == placement.lenses().getLast() ? " open" : "")
                    .append("><summary>")
                    .append(Markup.text(lens.name()))
                    .append("</summary><div class=\"scroll\">")
                    .append(head(
                            lens.name() + ": the best plans by number of regions",
                            "Regions",
                            "Least mean with",
                            "Mean (90 %)",
                            "p50",
                            "p95 (90 %)",
                            "Least p95",
                            "Cost",
                            "Worst loss",
                            "Proved"));
            for (var step : lens.frontier()) {
                html.append("<tr><th scope=\"row\">").append(step.count()).append("</th>");
                html.append("<td class=\"names\">")
                        .append(String.join(", ", step.regions()))
                        .append("</td>");
                banded(html, step.figures().mean(), step.meanBand());
                cell(html, Words.time(step.figures().p50()));
                banded(html, step.figures().p95(), step.p95Band());
                html.append("<td title=\"")
                        .append(String.join(", ", step.byP95().regions()))
                        .append("\">")
                        .append(Words.time(step.byP95().figures().p95()))
                        .append("</td>");
                cell(html, step.cost() == 0 ? "–" : Markup.f("%,.0f", step.cost()));
                cell(
                        html,
                        step.worstLoss().figures().mean() < 0
                                ? step.count() == 1
                                        ? "everything"
                                        : step.worstLoss().region() + ": nowhere to go"
                                : step.worstLoss().region() + " +"
                                        + Words.time(step.worstLoss().added()));
                cell(html, proved(step));
                html.append("</tr>");
            }
            html.append("</tbody></table></div></details>");
        }
        return html.toString();
    }

    private static void banded(StringBuilder html, double millis, Placement.Band band) {
        html.append("<td>")
                .append(Words.time(millis))
                .append("<span class=\"band\">")
                .append(Words.time(band.low()))
                .append(" to ")
                .append(Words.time(band.high()))
                .append("</span></td>");
    }

    private static String proved(Placement.Step step) {
        var mean = step.meanGap() == 0 ? "mean" : Markup.f("mean to %.1f %%", step.meanGap() * 100);
        var p95 = step.byP95().gap() == 0
                ? "p95"
                : Markup.f("p95 to %.1f %%", step.byP95().gap() * 100);
        return mean + ", " + p95;
    }

    static String places(Placement placement) {
        var shown = placement.places().stream().limit(PLACES_SHOWN).toList();
        var html = new StringBuilder(head(
                "The " + shown.size() + " places with most users under the advised plan",
                "Place",
                "Users",
                "Region",
                "Round trip",
                "From",
                "If that is lost"));
        for (var place : shown) {
            html.append("<tr><th scope=\"row\">")
                    .append(Markup.text(place.label()))
                    .append("</th>");
            cell(html, Words.share(place.share()));
            cell(html, place.region());
            cell(html, Words.time(place.rttMillis()));
            cell(html, place.source().toLowerCase(java.util.Locale.ROOT).replace('_', ' '));
            cell(html, place.backup().isEmpty() ? "–" : place.backup());
            html.append("</tr>");
        }
        return html.append("</tbody></table>").toString();
    }

    private static String head(String caption, String... columns) {
        var html = new StringBuilder("<table><caption>")
                .append(Markup.text(caption))
                .append("</caption><thead><tr>");
        for (var column : columns) {
            html.append("<th scope=\"col\">").append(column).append("</th>");
        }
        return html.append("</tr></thead><tbody>").toString();
    }

    private static void cell(StringBuilder html, String text) {
        html.append("<td>").append(Markup.text(text)).append("</td>");
    }
}
