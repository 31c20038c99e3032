package io.portolan.control;

import io.portolan.artifact.BlobStore;
import io.portolan.artifact.DiskReserve;
import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.planner.routing.LatencyMapFormat;
import io.portolan.protocol.rest.LocationBody;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.Semaphore;

/**
 * Latency maps of environments: an import compiles one, stores it by its digest and names it in the environment's next revision.
 * Thread-safe.
 *
 * <p>The blob goes first, then the record with its log row: a crash between leaves a blob that nobody names.
 */
final class LocationApi {
    /** Imports that are compiled at a time: each may take some hundred megabytes for a large database. */
    private static final int AT_ONCE = 1;

    private final StateStore store;
    private final Commands commands;
    private final BlobStore blobs;
    private final Path uploads;
    private final DiskReserve room;
    private final InstantSource clock;
    private final Semaphore turn = new Semaphore(AT_ONCE);

    LocationApi(
            StateStore store, Commands commands, BlobStore blobs, Path uploads, DiskReserve room, InstantSource clock) {
        this.store = store;
        this.commands = commands;
        this.blobs = blobs;
        this.uploads = uploads;
        this.room = room;
        this.clock = clock;
    }

    void addTo(Routes routes) {
        routes.add("GET", "/v1/environments/{environment}/location", this::show);
        routes.add("PUT", "/v1/environments/{environment}/location", this::replace);
        routes.add("DELETE", "/v1/environments/{environment}/location", this::remove);
    }

    private static EnvironmentName name(Call call) {
        return Call.identifier(EnvironmentName::new, call.parameter("environment"));
    }

    private static LocationBody present(Reader reader, EnvironmentName environment) {
        return Table.LATENCY_MAPS
                .get(reader, environment.value())
                .map(row -> row.value().map())
                .orElse(LocationBody.none(environment, ""));
    }

    private Answer show(Call call) {
        return Answer.json(200, store.read(reader -> {
            var environment = Lookup.environment(reader, name(call));
            return present(reader, environment.name());
        }));
    }

    private Answer replace(Call call) {
        var environment = store.read(reader -> Lookup.environment(reader, name(call)));
        if (!turn.tryAcquire()) {
            throw new ApiException(ErrorCode.CONFLICT, "location import: another one is under way");
        }
        try (var upload = LocationUpload.receive(call.body(), uploads)) {
            var compiled = compile(upload, call, environment);
            var bytes = write(compiled);
            var digest = Digest.of(bytes);
            if (!call.dryRun()) {
                keep(digest, bytes);
            }
            var sizes = compiled.map().sizes();
            return commands.change(call, new byte[0], tx -> {
                var body = new LocationBody(
                        environment.name(),
                        digest.value(),
                        present(tx, environment.name()).map(),
                        bytes.length,
                        compiled.map().origin(),
                        compiled.networks(),
                        sizes.ranges4(),
                        sizes.ranges6(),
                        sizes.rows(),
                        sizes.orders(),
                        compiled.table(),
                        compiled.measurements(),
                        clock.instant(),
                        call.actor());
                return record(tx, call, environment.name(), "portolan.location.imported", body);
            });
        } finally {
            turn.release();
        }
    }

    private static LocationCompiler.Compiled compile(
            LocationUpload upload, Call call, ControlSettings.Environment environment) {
        var table = call.query().getOrDefault("table", "");
        var example =
                switch (table) {
                    case "", LocationCompiler.EXAMPLE -> LocationCompiler.UseOfExample.WHERE_IT_FITS;
                    case "none" -> LocationCompiler.UseOfExample.NEVER;
                    default ->
                        throw new ApiException(
                                ErrorCode.BAD_REQUEST,
                                "table: " + table + " (expected: none or " + LocationCompiler.EXAMPLE + ")");
                };
        var name = call.query().getOrDefault("name", "locations");
        if (!name.matches("[^\\p{Cntrl}]{1,200}")) {
            throw new ApiException(ErrorCode.BAD_REQUEST, "name: (expected: 1 to 200 characters)");
        }
        try {
            return LocationCompiler.compile(upload, name, environment, example);
        } catch (IllegalArgumentException e) {
            throw new ApiException(ErrorCode.INVALID, "location import: " + e.getMessage());
        }
    }

    private static byte[] write(LocationCompiler.Compiled compiled) {
        try {
            return LatencyMapFormat.write(compiled.map());
        } catch (IllegalArgumentException e) {
            throw new ApiException(ErrorCode.TOO_LARGE, "location import: " + e.getMessage());
        }
    }

    private void keep(Digest digest, byte[] bytes) {
        try {
            var claim = room.claim("storing the latency map", DiskReserve.onDisk(bytes.length));
            try {
                blobs.put(digest, new ByteArrayInputStream(bytes));
            } finally {
                claim.close();
            }
        } catch (IOException e) {
            throw new ApiException(
                    ErrorCode.DISK_FULL,
                    "location import: cannot persist: " + e.getMessage() + "; the map before stays");
        }
    }

    private Answer remove(Call call) {
        var environment =
                store.read(reader -> Lookup.environment(reader, name(call))).name();
        return commands.change(call, new byte[0], tx -> {
            var before = present(tx, environment);
            if (before.map().isEmpty()) {
                throw new ApiException(
                        ErrorCode.NOTHING_TO_CHANGE, "location of " + environment + ": no map is imported");
            }
            return record(
                    tx, call, environment, "portolan.location.removed", LocationBody.none(environment, before.map()));
        });
    }

    private Commands.Result record(Writer tx, Call call, EnvironmentName environment, String type, LocationBody body) {
        var record = new Records.LatencyMapInUse(Records.SCHEMA, body.map(), body);
        Table.LATENCY_MAPS.put(tx, environment.value(), Writer.ANY, record);
        commands.log(
                tx,
                call,
                type,
                "environment/" + environment,
                call.query().getOrDefault("reason", ""),
                java.util.Map.of("before", body.previous(), "after", body.map(), "origin", body.origin()),
                Table.LATENCY_MAPS,
                environment.value(),
                record);
        return new Commands.Result(200, body);
    }
}
