package io.portolan.control;

import io.portolan.artifact.BlobStore;
import io.portolan.artifact.DiskReserve;
import io.portolan.artifact.IngestedPackage;
import io.portolan.artifact.PackageIngest;
import io.portolan.artifact.PackageLimits;
import io.portolan.artifact.PackageRejected;
import io.portolan.artifact.ValidPackage;
import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import io.portolan.planner.rollout.Revoking;
import io.portolan.protocol.Problem;
import io.portolan.protocol.rest.Page;
import io.portolan.protocol.rest.VersionBody;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** Publishing and revoking of versions. Thread-safe. */
final class VersionsApi {
    private static final Pattern LENGTH = Pattern.compile("[0-9]{1,18}");

    private final StateStore store;
    private final Commands commands;
    private final PackageIngest ingest;
    private final PackageLimits limits;
    private final Room room;
    private final InstantSource clock;
    private final FailPoints failPoints;

    VersionsApi(
            StateStore store,
            Commands commands,
            PackageIngest ingest,
            PackageLimits limits,
            Room room,
            InstantSource clock,
            FailPoints failPoints) {
        this.store = store;
        this.commands = commands;
        this.ingest = ingest;
        this.limits = limits;
        this.room = room;
        this.clock = clock;
        this.failPoints = failPoints;
    }

    void addTo(Routes routes) {
        routes.add("PUT", "/v1/extensions/{name}/versions/{version}", this::publish);
        routes.add("GET", "/v1/extensions/{name}/versions", this::list);
        routes.add("GET", "/v1/extensions/{name}/versions/{version}", this::show);
        routes.add("POST", "/v1/extensions/{name}/versions/{version}/revoke", this::revoke);
    }

    private Answer publish(Call call) {
        var name = Call.identifier(ExtensionName::new, call.parameter("name"));
        var version = Call.identifier(VersionLabel::new, call.parameter("version"));
        store.read(reader -> {
            Lookup.extension(reader, name);
            checkLabel(reader, version);
            return true;
        });
        var upload = claim(call, name, version);
        try {
            return publish(call, name, version, receive(call));
        } finally {
            upload.close();
        }
    }

    private Answer publish(Call call, ExtensionName name, VersionLabel version, Path zip) {
        try {
            failPoints.reached(FailPoint.PUBLISH_UPLOADED);
            var content = take(zip, name, version, call.dryRun());
            var answer = commands.change(call, new byte[0], tx -> record(tx, call, name, version, content));
            failPoints.reached(FailPoint.PUBLISH_RECORDED);
            return answer;
        } finally {
            delete(zip);
        }
    }

    /** Room for the upload, as long as it says how long it is: refused before its first byte is read. */
    private DiskReserve.Claim claim(Call call, ExtensionName name, VersionLabel version) {
        long length = call.header()
                .apply("Content-Length")
                .filter(text -> LENGTH.matcher(text).matches())
                .map(Long::parseLong)
                .orElse(0L);
        try {
            return room.uploadsReserve().claim("receiving the upload", DiskReserve.onDisk(length));
        } catch (IOException e) {
            throw cannotPersist(name, version, e);
        }
    }

    private static ApiException cannotPersist(ExtensionName name, VersionLabel version, IOException e) {
        return new ApiException(
                ErrorCode.DISK_FULL,
                "publishing " + name + " " + version + ": cannot persist: " + e.getMessage()
                        + "; what is published already goes on being served");
    }

    /** Where uploads and blobs go, and what must stay free there. */
    record Room(Path uploads, DiskReserve uploadsReserve, BlobStore store, DiskReserve storeReserve) {
        /** Claims room for the files that are not stored yet, and half as much for their compressed variants. */
        DiskReserve.Claim claim(ValidPackage content) throws IOException {
            long absent = content.files().stream()
                    .filter(file -> !store.has(file.hash()))
                    .mapToLong(file -> DiskReserve.onDisk(file.sizeBytes()))
                    .sum();
            return storeReserve.claim("storing " + content.files().size() + " files", absent + absent / 2);
        }
    }

    /** The upload, as a file of its own, for the time of the publish. */
    private Path receive(Call call) {
        try {
            var zip = Files.createTempFile(room.uploads(), "upload-", ".zip");
            try (var out = FileChannel.open(zip, StandardOpenOption.WRITE)) {
                long limit = limits.unpackedBytes();
                var buffer = new byte[1 << 16];
                long total = 0;
                for (int n; (n = call.body().read(buffer)) >= 0; ) {
                    total += n;
                    if (total > limit) {
                        throw new ApiException(ErrorCode.TOO_LARGE, "upload: more than " + limit + " bytes");
                    }
                    var chunk = java.nio.ByteBuffer.wrap(buffer, 0, n);
                    while (chunk.hasRemaining()) {
                        out.write(chunk);
                    }
                }
                return zip;
            } catch (IOException | RuntimeException e) {
                delete(zip);
                throw e;
            }
        } catch (IOException e) {
            throw new ApiException(ErrorCode.DISK_FULL, "receiving the upload: " + e.getMessage());
        }
    }

    private IngestedPackage take(Path zip, ExtensionName name, VersionLabel version, boolean dryRun) {
        try {
            var valid = ingest.validate(zip, name, version);
            store.read(reader -> {
                checkUnchanged(Table.VERSIONS.get(reader, Table.key(name, version)), valid.identity());
                return true;
            });
            if (dryRun) {
                var manifest = valid.served(name, version);
                return new IngestedPackage(
                        Digest.of(manifest.toJson()),
                        valid.identity(),
                        valid.sizeBytes(),
                        valid.files().size(),
                        manifest,
                        valid.warnings());
            }
            var claimed = room.claim(valid);
            try {
                return ingest.store(zip, valid, name, version);
            } finally {
                claimed.close();
            }
        } catch (DiskReserve.Short e) {
            throw cannotPersist(name, version, e);
        } catch (PackageRejected e) {
            throw new ApiException(
                    e.isOnlyTooBig() ? ErrorCode.TOO_LARGE : ErrorCode.PACKAGE_REJECTED,
                    "publishing " + name + " " + version + ": the package breaks " + e.total() + " rule"
                            + (e.total() == 1 ? "" : "s"),
                    e.violations().stream()
                            .map(violation -> new Problem.Violation(
                                    violation.code().text(),
                                    violation.entry().isEmpty() ? null : violation.entry(),
                                    null,
                                    violation.message(),
                                    boxed(violation.limit()),
                                    boxed(violation.actual())))
                            .toList());
        } catch (IOException e) {
            if (String.valueOf(e.getMessage()).contains("No space left on device")) {
                throw cannotPersist(name, version, e);
            }
            throw new UncheckedIOException("publishing " + name + " " + version, e);
        }
    }

    private static @org.jspecify.annotations.Nullable Long boxed(OptionalLong value) {
        return value.isPresent() ? value.getAsLong() : null;
    }

    private Commands.Result record(
            Writer tx, Call call, ExtensionName name, VersionLabel version, IngestedPackage content) {
        var present = Table.VERSIONS.get(tx, Table.key(name, version));
        checkUnchanged(present, content.identity());
        if (present.isPresent()) {
            return new Commands.Result(200, body(tx, present.get().value()));
        }
        checkLabel(tx, version);
        var record = new Records.Version(
                Records.SCHEMA,
                name,
                version,
                content.manifestDigest(),
                content.identity(),
                content.sizeBytes(),
                content.fileCount(),
                clock.instant(),
                call.actor(),
                VersionState.PUBLISHED,
                content.warnings(),
                Table.next(tx, "publish"),
                content.manifest().controllers().stream()
                        .map(spec -> new Records.Controller(
                                spec.name(),
                                spec.replicas().min(),
                                spec.placement(),
                                spec.mount(),
                                spec.health().path()))
                        .toList());
        Table.VERSIONS.put(tx, Table.key(name, version), Writer.ABSENT, record);
        commands.log(tx, call, "portolan.version.published", name.value(), "", record);
        return new Commands.Result(201, body(tx, record));
    }

    private static void checkUnchanged(Optional<Table.Row<Records.Version>> present, Digest identity) {
        present.map(Table.Row::value)
                .filter(known -> !known.identity().equals(identity))
                .ifPresent(known -> {
                    throw new ApiException(
                            ErrorCode.VERSION_EXISTS,
                            "publishing " + known.extension() + " " + known.version() + ": digest: " + identity
                                    + " (expected: " + known.identity() + ", published " + known.publishedAt()
                                    + "; a version never changes, publish another)");
                });
    }

    /** A version must not hide a stage or a friendly name, nor be one of the reserved aliases. */
    private static void checkLabel(Reader reader, VersionLabel version) {
        if (List.of("Content", "api", "telemetry").contains(version.value())) {
            throw new ApiException(ErrorCode.INVALID, "version: " + version + " is a reserved alias");
        }
        for (var environment : Lookup.environments(reader)) {
            if (environment.stages().stage(version.value()).isPresent()) {
                throw new ApiException(
                        ErrorCode.INVALID, "version: " + version + " is a stage of " + environment.name());
            }
        }
    }

    private Answer list(Call call) {
        var name = Call.identifier(ExtensionName::new, call.parameter("name"));
        return store.read(reader -> {
            Lookup.extension(reader, name);
            return Answer.json(
                    200,
                    new Page<>(
                            Table.VERSIONS.list(reader, name + "/").stream()
                                    .map(Table.Row::value)
                                    .sorted(Comparator.comparingLong(Records.Version::order)
                                            .reversed())
                                    .map(version -> body(reader, version))
                                    .toList(),
                            null));
        });
    }

    private Answer show(Call call) {
        var name = Call.identifier(ExtensionName::new, call.parameter("name"));
        var version = Call.identifier(VersionLabel::new, call.parameter("version"));
        return store.read(reader -> {
            Lookup.extension(reader, name);
            return Answer.json(
                    200, body(reader, Lookup.version(reader, name, version).value()));
        });
    }

    private Answer revoke(Call call) {
        var name = Call.identifier(ExtensionName::new, call.parameter("name"));
        var version = Call.identifier(VersionLabel::new, call.parameter("version"));
        var bytes = call.bytes();
        return commands.change(call, bytes, tx -> {
            var present = Lookup.version(tx, name, version);
            var body = body(tx, present.value());
            if (!body.live().isEmpty()) {
                throw new ApiException(
                        ErrorCode.STILL_LIVE,
                        "revoking " + name + " " + version + ": " + body.live().size()
                                + " region(s) serve it (first: portolan rollback " + name + ")");
            }
            for (var environment : Lookup.environments(tx)) {
                Rollouts.active(tx, environment.name(), name).stream()
                        .filter(row -> row.value().version().equals(version))
                        .findFirst()
                        .ifPresent(row -> {
                            throw new ApiException(
                                    ErrorCode.STILL_LIVE,
                                    "revoking " + name + " " + version + ": rollout "
                                            + row.value().id()
                                            + " is bringing it out (first: portolan rollout abort "
                                            + row.value().id() + ")");
                        });
                requireUnneeded(tx, environment, name, version);
            }
            var revoked = present.value().in(VersionState.REVOKED);
            Table.VERSIONS.put(tx, present.key(), present.generation(), revoked);
            commands.log(
                    tx,
                    call,
                    "portolan.version.revoked",
                    name.value(),
                    "",
                    Map.of("version", version),
                    Table.VERSIONS,
                    revoked);
            Lookup.environments(tx).forEach(environment -> forget(tx, call, environment, name, version));
            return new Commands.Result(200, body(tx, revoked));
        });
    }

    private static void requireUnneeded(
            Reader reader, ControlSettings.Environment environment, ExtensionName name, VersionLabel version) {
        var running = Rollouts.active(reader, environment.name(), name).stream()
                .map(Table.Row::value)
                .toList();
        Revoking.needed(Lookup.deployment(reader, environment.name(), name).value(), running, version)
                .ifPresent(why -> {
                    throw new ApiException(
                            ErrorCode.STILL_LIVE,
                            "revoking " + name + " " + version + ": " + "in " + environment.name() + " " + why);
                });
    }

    /** Whatever could lead there by itself later leads elsewhere: to slots, good versions, what regions had before. */
    private void forget(
            Writer tx, Call call, ControlSettings.Environment environment, ExtensionName name, VersionLabel version) {
        var row = Lookup.deployment(tx, environment.name(), name);
        var changed = row.value().without(version);
        if (changed.equals(row.value())) {
            return;
        }
        Deployments.save(tx, row, changed);
        commands.log(
                tx,
                call,
                "portolan.version.withdrawn",
                name.value(),
                "revoked",
                Map.of("version", version, "environment", environment.name()),
                Table.DEPLOYMENTS,
                changed);
    }

    private static VersionBody body(Reader reader, Records.Version version) {
        var live = Lookup.environments(reader).stream()
                .flatMap(environment -> environment.regions().stream()
                        .map(ControlSettings.Region::name)
                        .filter(region -> Lookup.deployment(reader, environment.name(), version.extension())
                                .value()
                                .versionIn(region)
                                .filter(version.version()::equals)
                                .isPresent())
                        .map(region -> new VersionBody.Live(environment.name(), region)))
                .toList();
        return new VersionBody(
                version.extension(),
                version.version(),
                version.identity(),
                version.sizeBytes(),
                version.fileCount(),
                version.publishedAt(),
                version.publishedBy(),
                version.state(),
                live,
                version.warnings());
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("removing upload " + file.getFileName(), e);
        }
    }
}
