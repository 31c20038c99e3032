package io.portolan.cli;

import io.portolan.protocol.rest.RouteExplanation;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Sets and explains where clients are sent. One thread at a time. */
@Command(
        name = "route",
        description = "Sets and explains where clients are sent.",
        subcommands = {RouteCommands.Explain.class, RouteSet.class, RouteLintCommand.class})
final class RouteCommands extends Group {
    /** {@code route explain}. */
    @Command(
            name = "explain",
            description = "Says which region a client is sent to, and why not to the others.",
            footer = {
                "",
                "Examples:",
                "  portolan route explain hello --client 81.2.69.142",
                "  portolan route explain hello --client 81.2.69.142 --at 2026-11-23T10:00:00Z"
            })
    static final class Explain extends Verb {
        @Parameters(paramLabel = "NAME", description = "Name or route of the extension.")
        private String name;

        @Option(
                names = "--client",
                required = true,
                paramLabel = "IP",
                description = "Address or subnet of the client.")
        private String client;

        @Option(
                names = "--at",
                paramLabel = "TIME",
                description = "What was answered then, within the last 24 hours; RFC 3339.")
        private @Nullable String at;

        @Override
        protected int run() {
            var reply = api().get("/v1/routes/" + Api.segment(route()) + "/explain?client=" + Api.segment(client)
                    + (at == null ? "" : "&at=" + Api.segment(at)));
            portolan().print(reply, () -> {
                var body = reply.as(RouteExplanation.class);
                var lines = new ArrayList<String>();
                var chosen = body.chosen();
                lines.add(body.name() + " for " + body.client() + ": "
                        + (chosen == null ? nowhereOrOutside(body) : Paint.GOOD.mark(chosen.value())));
                lines.add("  " + body.reason());
                if (body.method() != null) {
                    lines.add("  method " + body.method()
                            + (body.path().size() > 1 ? ", by " + String.join(" > ", body.path()) : ""));
                }
                lines.add("  subnet " + (body.subnet() == null ? "unknown" : body.subnet()) + place(body.place())
                        + ", answer valid for /" + body.scopePrefix());
                lines.add("  " + (body.at() == null ? "now" : "at " + body.at()) + ", revision " + body.revision()
                        + ", map "
                        + body.mapVersion()
                                .substring(0, Math.min(12, body.mapVersion().length()))
                        + (body.stage() == null ? "" : ", stage " + body.stage()));
                lines.add("");
                var table = new Table("REGION", "RTT", "SOURCE", "UP", "PLACED", "VERSION", "NOT CHOSEN BECAUSE");
                for (var candidate : body.candidates()) {
                    table.row(
                            candidate.region(),
                            rtt(candidate.rttMillis()),
                            candidate.source(),
                            Paint.state(candidate.spared() ? "spared" : candidate.healthy() ? "yes" : "no"),
                            Paint.state(candidate.inPlacement() ? "yes" : "no"),
                            candidate.version() == null ? "" : candidate.version(),
                            candidate.rejectedBecause() == null ? "" : candidate.rejectedBecause());
                }
                lines.addAll(table.lines());
                if (!body.outside().isEmpty()) {
                    var others = new Table("ENDPOINT OUTSIDE", "UP", "NOT CHOSEN BECAUSE");
                    body.outside()
                            .forEach(endpoint -> others.row(
                                    endpoint.endpoint(),
                                    Paint.state(endpoint.healthy() ? "yes" : "no"),
                                    endpoint.rejectedBecause() == null ? "" : endpoint.rejectedBecause()));
                    lines.add("");
                    lines.addAll(others.lines());
                }
                return lines;
            });
            return ExitCode.DONE;
        }

        private static String nowhereOrOutside(RouteExplanation body) {
            var outside = body.outside().stream()
                    .filter(endpoint -> endpoint.rejectedBecause() == null)
                    .map(RouteExplanation.Outside::endpoint)
                    .toList();
            return outside.isEmpty() ? Paint.BAD.mark("no region") : Paint.GOOD.mark(String.join(", ", outside));
        }

        private static String place(RouteExplanation.@Nullable Place place) {
            if (place == null) {
                return "";
            }
            var words = new ArrayList<String>();
            for (var word : List.of(place.label(), place.subdivision(), place.country(), place.continent())) {
                if (!word.isEmpty()) {
                    words.add(word);
                }
            }
            return words.isEmpty() ? "" : " (" + String.join(", ", words) + (place.sure() ? ")" : "; not sure)");
        }

        private String route() {
            // Extension names carry capitals or underscores more often than not; a plain DNS label is a route already.
            if (name.matches("[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")) {
                return name;
            }
            return Trees.text(api().get("/v1/extensions/" + Api.segment(name)).tree(), "route");
        }

        private static String rtt(@Nullable Double millis) {
            return millis == null ? "" : String.format(Locale.ROOT, "%.0f ms", millis);
        }
    }
}
