package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.protocol.rest.Page;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Opening, reading and resolving incident records. Thread-safe. */
final class IncidentsApi {
    private static final int SUMMARY_LIMIT = 500;
    private static final int LISTED = 200;

    private final StateStore store;
    private final Commands commands;
    private final InstantSource clock;

    IncidentsApi(StateStore store, Commands commands, InstantSource clock) {
        this.store = store;
        this.commands = commands;
        this.clock = clock;
    }

    void addTo(Routes routes) {
        routes.add("GET", "/v1/incidents", this::list);
        routes.add("POST", "/v1/incidents", this::open);
        routes.add("GET", "/v1/incidents/{id}", this::show);
        routes.add("POST", "/v1/incidents/{id}/ack", call -> move(call, Incidents.State.ACKED));
        routes.add("POST", "/v1/incidents/{id}/resolve", call -> move(call, Incidents.State.RESOLVED));
    }

    /** Body of a new one. */
    private record Wanted(
            String key,
            @Nullable ExtensionName extension,
            @Nullable EnvironmentName environment,
            @Nullable RegionName region,
            int severity,
            String summary,
            @Nullable Map<String, String> evidence) {}

    /** Body of a verb. */
    private record Why(@Nullable String reason) {}

    private Answer list(Call call) {
        boolean all = "all".equals(call.query().get("state"));
        return Answer.json(
                200,
                store.read(reader -> new Page<>(
                        all
                                ? Table.INCIDENTS.list(reader, "").reversed().stream()
                                        .limit(LISTED)
                                        .map(Table.Row::value)
                                        .toList()
                                : Incidents.open(reader),
                        null)));
    }

    private Answer show(Call call) {
        return Answer.json(200, store.read(reader -> find(reader, call).value()));
    }

    private Answer open(Call call) {
        var bytes = call.bytes();
        var wanted = Call.json(bytes, Wanted.class);
        if (wanted.severity() < 0 || wanted.severity() > 4) {
            throw new ApiException(ErrorCode.INVALID, "severity: " + wanted.severity() + " (expected: 0 to 4)");
        }
        if (!Objects.requireNonNullElse(wanted.key(), "").matches("[0-9A-Za-z._/:\\-]{1,200}")
                || Objects.requireNonNullElse(wanted.summary(), "").isBlank()
                || wanted.summary().length() > SUMMARY_LIMIT) {
            throw new ApiException(
                    ErrorCode.INVALID,
                    "incident: key " + wanted.key() + " (expected: a key of letters, digits and ._/:- and a summary of"
                            + " at most " + SUMMARY_LIMIT + " characters)");
        }
        return commands.change(
                call,
                bytes,
                tx -> new Commands.Result(
                        201,
                        Incidents.open(
                                tx,
                                new Incidents.Report(
                                        wanted.key(),
                                        Objects.toString(wanted.extension(), ""),
                                        Objects.toString(wanted.environment(), ""),
                                        Objects.toString(wanted.region(), ""),
                                        wanted.severity(),
                                        wanted.summary(),
                                        Objects.requireNonNullElse(wanted.evidence(), Map.of())),
                                call.actor(),
                                clock.instant())));
    }

    private Answer move(Call call, Incidents.State state) {
        var bytes = call.bytes();
        var reason = bytes.length == 0
                ? ""
                : Objects.requireNonNullElse(Call.json(bytes, Why.class).reason(), "");
        return commands.change(
                call,
                bytes,
                tx -> new Commands.Result(
                        200, Incidents.move(tx, find(tx, call), state, call.actor(), reason, clock.instant())));
    }

    private static Table.Row<Records.Incident> find(Reader reader, Call call) {
        var id = call.parameter("id");
        return Table.INCIDENTS
                .get(reader, Table.incidentKey(id))
                .orElseThrow(() -> new ApiException(ErrorCode.NOT_FOUND, "incident " + id + ": there is none"));
    }
}
