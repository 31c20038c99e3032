package io.portolan.placement.report;

import io.portolan.placement.plan.Placement.Lens;
import io.portolan.placement.plan.Placement.Step;
import io.portolan.placement.plan.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** Time against the number of regions, from zero, for one lens. Stateless. */
final class FrontierChart {
    private static final double WIDTH = 460;
    private static final double HEIGHT = 250;
    private static final double LEFT = 56;
    private static final double RIGHT = 14;
    private static final double TOP = 26;
    private static final double BOTTOM = 42;

    private final Lens lens;
    private final int number;
    private final double top;
    private final int first;
    private final int last;

    FrontierChart(Lens lens, int number) {
        this.lens = lens;
        this.number = number;
        double most = Math.max(lens.p50Target(), lens.p95Target());
        for (var step : lens.frontier()) {
            most = Math.max(
                    most,
                    Math.max(step.meanBand().high(), step.byP95().figures().p95()));
        }
        top = Math.max(1e-3, most * 1.08);
        first = lens.frontier().getFirst().count();
        last = lens.frontier().getLast().count();
    }

    String svg() {
        var svg = new StringBuilder();
        var title = lens.name() + ": time by number of regions";
        svg.append(Markup.f(
                "<svg viewBox=\"0 0 %s %s\" role=\"img\" aria-labelledby=\"chart-%d\"><title"
                        + " id=\"chart-%d\">%s</title>",
                Markup.n(WIDTH), Markup.n(HEIGHT), number, number, Markup.text(title)));
        grid(svg);
        band(svg);
        target(svg, lens.p50Target(), "p50 target");
        target(svg, lens.p95Target(), "p95 target");
        line(svg, "p95", step -> step.byP95().figures().p95());
        line(svg, "p50", step -> step.figures().p50());
        line(svg, "mean", step -> step.figures().mean());
        if (lens.needs() > 0) {
            svg.append(Markup.f(
                    "<line class=\"needs\" x1=\"%s\" x2=\"%s\" y1=\"%s\" y2=\"%s\"/>",
                    Markup.n(x(lens.needs())), Markup.n(x(lens.needs())), Markup.n(TOP), Markup.n(HEIGHT - BOTTOM)));
            boolean right = x(lens.needs()) < WIDTH * 0.7;
            svg.append(Markup.f(
                    "<text class=\"needs\" x=\"%s\" y=\"%s\" text-anchor=\"%s\">enough: %s</text>",
                    Markup.n(x(lens.needs()) + (right ? 4 : -4)),
                    Markup.n(TOP - 8),
                    right ? "start" : "end",
                    Words.regions(lens.needs())));
        }
        return svg.append("</svg>").toString();
    }

    private void grid(StringBuilder svg) {
        for (double value : ticks()) {
            svg.append(Markup.f(
                    "<line class=\"grid\" x1=\"%s\" x2=\"%s\" y1=\"%s\" y2=\"%s\"/>",
                    Markup.n(LEFT), Markup.n(WIDTH - RIGHT), Markup.n(y(value)), Markup.n(y(value))));
            svg.append(Markup.f(
                    "<text x=\"%s\" y=\"%s\" text-anchor=\"end\">%s</text>",
                    Markup.n(LEFT - 6), Markup.n(y(value) + 4), value == 0 ? "0" : Words.time(value)));
        }
        for (var step : lens.frontier()) {
            svg.append(Markup.f(
                    "<text x=\"%s\" y=\"%s\" text-anchor=\"middle\">%d</text>",
                    Markup.n(x(step.count())), Markup.n(HEIGHT - BOTTOM + 16), step.count()));
        }
        svg.append(Markup.f(
                "<text x=\"%s\" y=\"%s\" text-anchor=\"middle\">number of regions</text>",
                Markup.n((LEFT + WIDTH - RIGHT) / 2), Markup.n(HEIGHT - 8)));
    }

    private List<Double> ticks() {
        double rough = top / 4;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double step = rough / power < 2 ? 2 * power : rough / power < 5 ? 5 * power : 10 * power;
        var ticks = new ArrayList<Double>();
        for (double value = 0; value <= top; value += step) {
            ticks.add(value);
        }
        return ticks;
    }

    private void band(StringBuilder svg) {
        var points = new ArrayList<String>();
        lens.frontier()
                .forEach(step -> points.add(point(step.count(), step.meanBand().high())));
        lens.frontier()
                .reversed()
                .forEach(step -> points.add(point(step.count(), step.meanBand().low())));
        svg.append("<polygon class=\"band\" points=\"")
                .append(String.join(" ", points))
                .append("\"/>");
    }

    private void target(StringBuilder svg, double value, String name) {
        if (value > 0) {
            svg.append(Markup.f(
                    "<line class=\"target\" x1=\"%s\" x2=\"%s\" y1=\"%s\" y2=\"%s\"/>",
                    Markup.n(LEFT), Markup.n(WIDTH - RIGHT), Markup.n(y(value)), Markup.n(y(value))));
            svg.append(Markup.f(
                    "<text class=\"target\" x=\"%s\" y=\"%s\" text-anchor=\"end\">%s %s</text>",
                    Markup.n(WIDTH - RIGHT), Markup.n(y(value) - 4), name, Words.time(value)));
        }
    }

    private void line(StringBuilder svg, String name, ToDoubleFunction<Step> value) {
        svg.append("<polyline class=\"")
                .append(name)
                .append("\" points=\"")
                .append(lens.frontier().stream()
                        .map(step -> point(step.count(), value.applyAsDouble(step)))
                        .collect(Collectors.joining(" ")))
                .append("\"/>");
        for (var step : lens.frontier()) {
            svg.append(Markup.f(
                    "<circle class=\"%s\" cx=\"%s\" cy=\"%s\" r=\"%s\"><title>%s with %s: %s</title></circle>",
                    name,
                    Markup.n(x(step.count())),
                    Markup.n(y(value.applyAsDouble(step))),
                    name.equals("mean") ? "3" : "2",
                    name,
                    Words.regions(step.count()),
                    Words.time(value.applyAsDouble(step))));
        }
    }

    private String point(int count, double value) {
        return Markup.n(x(count)) + "," + Markup.n(y(value));
    }

    private double x(int count) {
        return last == first
                ? (LEFT + WIDTH - RIGHT) / 2
                : LEFT + 12 + (WIDTH - LEFT - RIGHT - 24) * (count - first) / (last - first);
    }

    private double y(double value) {
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top;
    }
}
