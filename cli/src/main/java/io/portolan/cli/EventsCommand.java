package io.portolan.cli;

import io.portolan.protocol.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Follows everything that changes. One thread at a time. */
@Command(
        name = "events",
        description =
                "Follows everything that changes, as it happens; ends with Ctrl-C. For the past see: portolan log",
        footer = {"", "Example:", "  portolan events --follow --output json"})
final class EventsCommand extends Verb {
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final int MOST_FAILURES = 30;
    /** Characters of an event's details that a line shows; all of them are in the JSON. */
    private static final int DATA_WIDTH = 120;

    @Option(names = "--follow", required = true, description = "Follow; always needed.")
    @SuppressWarnings("UnusedVariable") // without it the verb is refused
    private boolean follow;

    @Option(
            names = "--after",
            paramLabel = "ID",
            defaultValue = "",
            description = "Begin after this event instead of now.")
    private String lastId = "";

    @Override
    protected int run() {
        int failures = 0;
        while (true) {
            try (var reader = new BufferedReader(
                    new InputStreamReader(api().events("/v1/events", lastId), StandardCharsets.UTF_8))) {
                failures = 0;
                read(reader);
            } catch (IOException e) {
                // The stream broke off; the server keeps what was missed, and Last-Event-ID asks for it.
            } catch (CommandFailure e) {
                if (lastId.isEmpty() || e.exitCode() != ExitCode.UNREACHABLE || ++failures > MOST_FAILURES) {
                    throw e;
                }
            }
            LockSupport.parkNanos(RETRY.toNanos());
            if (Thread.interrupted()) {
                return ExitCode.DONE;
            }
        }
    }

    private void read(BufferedReader reader) throws IOException {
        var data = new StringBuilder();
        for (var line = reader.readLine(); line != null; line = reader.readLine()) {
            if (line.isEmpty()) {
                if (!data.isEmpty()) {
                    show(data.toString());
                    data.setLength(0);
                }
            } else if (line.startsWith("id:")) {
                lastId = line.substring(3).strip();
            } else if (line.startsWith("data:")) {
                data.append(line.substring(5).strip());
            }
        }
    }

    private void show(String data) {
        JsonNode event;
        try {
            event = Json.mapper().readTree(data);
        } catch (JacksonException e) {
            portolan().note("an event is no JSON: " + data);
            return;
        }
        if (portolan().output() != Portolan.Output.TABLE) {
            portolan().printStreamed(event);
            return;
        }
        portolan()
                .line(Paint.FAINT.mark(Trees.text(event, "time")) + "  " + Trees.text(event, "type") + "  "
                        + Trees.text(event, "subject") + "  "
                        + Paint.FAINT.mark(Paint.cut(Trees.text(event, "data"), DATA_WIDTH)));
    }
}
