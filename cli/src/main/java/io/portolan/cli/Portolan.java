package io.portolan.cli;

import io.portolan.protocol.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The root command: options that every verb takes, and what verbs share. One thread at a time. */
@Command(
        name = "portolan",
        mixinStandardHelpOptions = true,
        version = "portolan 0.1.0",
        synopsisSubcommandLabel = "COMMAND",
        description = "Publishes portal extensions, rolls them out stage by stage, and takes them back in a second.",
        footerHeading = "%nFirst steps:%n",
        footer = {
            "  portolan dev                                        a whole world on this machine",
            "  portolan ext register Contoso_Orders --route orders",
            "  portolan deploy ./dist --extension Contoso_Orders --version 1.0.0 --wait",
            "  portolan status Contoso_Orders",
            "  portolan rollback Contoso_Orders",
            "",
            "Exit codes: 0 done, 1 failed, 2 usage, 3 gate or abort reverted, 4 conflict, hold or policy,",
            "  5 needs approval, 6 unreachable, 7 timed out, 8 waiting for a person."
        })
public final class Portolan {
    /** Forms of the answer on standard output. */
    enum Output {
        TABLE,
        JSON,
        YAML
    }

    static final String DEFAULT_SERVER = "http://127.0.0.1:7070";

    private final Console console;
    private @Nullable Api api;

    @Option(
            names = "--output",
            scope = ScopeType.INHERIT,
            paramLabel = "FORM",
            defaultValue = "table",
            description = "table, json or yaml; json is exactly the body of the REST answer.")
    private Output output = Output.TABLE;

    @Option(
            names = "--server",
            scope = ScopeType.INHERIT,
            paramLabel = "URL",
            defaultValue = "",
            description = "Control plane; else PORTOLAN_SERVER, the context, " + DEFAULT_SERVER + ".")
    private String server = "";

    @Option(
            names = "--dry-run",
            scope = ScopeType.INHERIT,
            description = "Show what a change would do and change nothing.")
    private boolean dryRun;

    @Option(names = "--yes", scope = ScopeType.INHERIT, description = "Answer yes to the question that some verbs ask.")
    private boolean yes;

    Portolan(Console console) {
        this.console = console;
    }

    /** The world around the command. */
    public Console console() {
        return console;
    }

    Output output() {
        return output;
    }

    /** Whether changes are only tried. */
    public boolean dryRun() {
        return dryRun;
    }

    /** What {@code --server} said, empty text when it was not given. */
    String serverOption() {
        return server;
    }

    /** The control plane, by option, variable, context or default. */
    URI server() {
        var text = server;
        if (text.isEmpty()) {
            text = console.variable("PORTOLAN_SERVER");
        }
        if (text.isEmpty()) {
            text = Contexts.load(console).currentServer();
        }
        if (text.isEmpty()) {
            text = DEFAULT_SERVER;
        }
        try {
            var uri = new URI(text.contains("://") ? text : "http://" + text);
            if (uri.getHost() == null || !List.of("http", "https").contains(uri.getScheme())) {
                throw new CommandFailure(ExitCode.USAGE, "server: " + text + " (expected: http://HOST:PORT)");
            }
            return uri;
        } catch (java.net.URISyntaxException e) {
            throw new CommandFailure(ExitCode.USAGE, "server: " + text + " (expected: http://HOST:PORT)");
        }
    }

    Api api() {
        var known = api;
        if (known == null) {
            known = new Api(server(), dryRun);
            api = known;
        }
        return known;
    }

    /** Prints the answer: its exact body, the same as YAML, or what the supplier makes of it for people. */
    void print(Reply reply, Supplier<List<String>> table) {
        switch (output) {
            case JSON -> {
                console.out().write(reply.body(), 0, reply.body().length);
                console.out().println();
            }
            case YAML -> console.out().print(yaml(reply));
            case TABLE -> table.get().forEach(this::line);
        }
        console.out().flush();
    }

    /** Prints one JSON object of a stream on a line of its own. */
    void printStreamed(Object body) {
        switch (output) {
            case JSON -> console.out().println(Json.text(body));
            case YAML ->
                console.out()
                        .print("---\n"
                                + YAML.MAPPER.writeValueAsString(Json.mapper().valueToTree(body)));
            case TABLE -> throw new IllegalStateException("tables are drawn by the verb");
        }
        console.out().flush();
    }

    /** A line of the answer for people. */
    void line(String text) {
        console.out().println(console.colour() ? text : Paint.strip(text));
    }

    /** A line beside the answer: progress, a hint. */
    void note(String text) {
        console.err().println(console.colour() ? text : Paint.strip(text));
    }

    /** Asks a person before something that users would feel; see DESIGN section 7. */
    void confirm(String question) {
        if (yes || dryRun) {
            return;
        }
        if (!console.terminal()) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    question + " Nobody can be asked without a terminal (expected: --yes, or --dry-run to try)");
        }
        console.err().print(question + " [y/N] ");
        console.err().flush();
        try {
            var answer = new BufferedReader(new InputStreamReader(console.in(), StandardCharsets.UTF_8)).readLine();
            if (answer == null || !List.of("y", "yes").contains(answer.strip().toLowerCase(Locale.ROOT))) {
                throw new CommandFailure(ExitCode.FAILED, "nothing was changed");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The environment by its option, the context, or the only or last one that the control plane knows. */
    String environment(String option) {
        if (!option.isEmpty()) {
            return option;
        }
        var known = api().get("/v1/environments").items().stream()
                .map(item -> item.path("name").asString(""))
                .toList();
        if (known.isEmpty()) {
            throw new CommandFailure(ExitCode.FAILED, "the control plane has no environment");
        }
        return known.getLast();
    }

    private static String yaml(Reply reply) {
        return reply.body().length == 0 ? "" : YAML.MAPPER.writeValueAsString(reply.tree());
    }

    /** Loaded only when YAML is asked for. */
    private static final class YAML {
        private static final YAMLMapper MAPPER = new YAMLMapper();
    }

    /** Ends what the command opened. */
    void close() {
        if (api != null) {
            api.close();
        }
    }

    /** The root behind a verb. */
    static Portolan of(CommandLine.Model.CommandSpec spec) {
        return (Portolan) spec.root().userObject();
    }
}
