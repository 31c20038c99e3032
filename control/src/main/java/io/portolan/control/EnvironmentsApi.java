package io.portolan.control;

import io.portolan.artifact.BlobStore;
import io.portolan.artifact.PackageConfiguration;
import io.portolan.artifact.PackageConfiguration.Lookup.Found;
import io.portolan.artifact.ServedManifest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.Route;
import io.portolan.model.VersionState;
import io.portolan.planner.bringup.BringUpPlan;
import io.portolan.planner.rollout.Deployment;
import io.portolan.protocol.BringUpPlanBody;
import io.portolan.protocol.EnvironmentBundle;
import io.portolan.protocol.Json;
import io.portolan.protocol.Signer;
import io.portolan.protocol.rest.BaselineBody;
import io.portolan.protocol.rest.NewEnvironmentBody;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Environments that are made while the control plane runs: what one of them has in all its stages, and a new one of such a bundle.
 * Thread-safe.
 *
 * <p>A new environment has no regions. Each that is added is seeded with what its stage has, which is the bundle's version.
 */
final class EnvironmentsApi {
    /** As at nodes. */
    private static final int MANIFEST_LIMIT_BYTES = 64 << 20;

    private static final Pattern ZONE =
            Pattern.compile("(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    private final StateStore store;
    private final Commands commands;
    private final BlobStore blobs;

    EnvironmentsApi(StateStore store, Commands commands, BlobStore blobs) {
        this.store = store;
        this.commands = commands;
        this.blobs = blobs;
    }

    void addTo(Routes routes) {
        routes.add("GET", "/v1/environments/{environment}/baseline", this::baseline);
        routes.add("POST", "/v1/environments", this::create);
    }

    private Answer baseline(Call call) {
        var name = Call.identifier(EnvironmentName::new, call.parameter("environment"));
        return Answer.json(200, store.read(reader -> {
            var environment = Lookup.environment(reader, name);
            var last = environment.stages().stages().getLast().name();
            var extensions = new ArrayList<BaselineBody.Extension>();
            var without = new ArrayList<BaselineBody.Without>();
            for (var row : Table.EXTENSIONS.list(reader, "")) {
                var extension = row.value();
                var deployment =
                        Lookup.deployment(reader, name, extension.name()).value();
                var version = deployment.versionOf(last).orElse(null);
                if (version == null) {
                    without.add(new BaselineBody.Without(
                            extension.name(), "no version has completed " + last + " of " + name));
                    continue;
                }
                var published =
                        Lookup.version(reader, extension.name(), version).value();
                if (published.state() != VersionState.PUBLISHED) {
                    without.add(new BaselineBody.Without(
                            extension.name(), "version " + version + " is " + published.state()));
                    continue;
                }
                extensions.add(new BaselineBody.Extension(
                        extension.name(), extension.route(), extension.owners(), version, published.identity()));
            }
            return new BaselineBody(
                    name,
                    environment.zone(),
                    environment.portalHosts(),
                    environment.stages(),
                    environment.minimumBake(),
                    environment.frameAncestors(),
                    body(environment.bringUp()),
                    extensions,
                    without);
        }));
    }

    private Answer create(Call call) {
        var bytes = call.bytes();
        var wanted = Call.json(bytes, NewEnvironmentBody.class);
        var signed = signed(wanted);
        // Content never changes under its digest, so it is read before the transaction, which holds up every other
        // writer.
        var hosts = configured(signed.bundle(), portalHosts(wanted, signed.bundle()));
        return commands.change(call, bytes, tx -> {
            var facts = facts(tx, wanted, signed.bundle());
            var order = Table.ENVIRONMENTS.list(tx, "").stream()
                    .mapToInt(row -> row.value().order() + 1)
                    .max()
                    .orElse(0);
            var record = new Records.Environment(Records.SCHEMA, order, facts);
            Table.ENVIRONMENTS.put(tx, facts.name().value(), Writer.ABSENT, record);
            var reason = Objects.requireNonNullElse(wanted.reason(), "");
            commands.log(
                    tx,
                    call,
                    "portolan.environment.created",
                    "environment/" + facts.name(),
                    reason,
                    Map.of("takenFrom", signed.bundle().environment(), "keyId", signed.keyId()),
                    Table.ENVIRONMENTS,
                    record);
            var enabled = new ArrayList<NewEnvironmentBody.Enabled>();
            var notEnabled = new ArrayList<NewEnvironmentBody.NotEnabled>();
            for (var extension : signed.bundle().extensions()) {
                requirePublished(tx, extension);
                var loading = hosts.getOrDefault(extension.name(), List.of());
                if (loading.isEmpty()) {
                    notEnabled.add(new NewEnvironmentBody.NotEnabled(
                            extension.name(),
                            extension.version(),
                            "it has no configuration for " + String.join(", ", facts.portalHosts())
                                    + " (publish a version with Content/Config/HOST.json and roll it out here)"));
                    continue;
                }
                enabled.add(new NewEnvironmentBody.Enabled(extension.name(), extension.version(), loading));
                var row = Lookup.deployment(tx, facts.name(), extension.name());
                var based = Deployment.based(extension.name(), facts.name(), facts.stages(), extension.version());
                Deployments.save(tx, row, based);
                commands.log(
                        tx,
                        call,
                        "portolan.deployment.based",
                        extension.name().value(),
                        reason,
                        Map.of("environment", facts.name(), "version", extension.version()),
                        Table.DEPLOYMENTS,
                        based);
            }
            return new Commands.Result(
                    201,
                    new NewEnvironmentBody.Made(
                            facts.name(), facts.zone(), facts.portalHosts(), signed.keyId(), enabled, notEnabled));
        });
    }

    /** A bundle that its key has signed. */
    private record Signed(EnvironmentBundle bundle, String keyId) {}

    private static Signed signed(NewEnvironmentBody wanted) {
        try {
            var key = Signer.publicKey(wanted.publicKey());
            var payload = wanted.bundle()
                    .verify(EnvironmentBundle.TYPE, Map.of(Signer.keyId(key), key))
                    .orElseThrow(() -> new ApiException(
                            ErrorCode.INVALID,
                            "bundle: not signed with key " + Signer.keyId(key)
                                    + " (expected: the key of whoever made it, and the bytes as they were signed)"));
            return new Signed(Json.read(payload, EnvironmentBundle.class), Signer.keyId(key));
        } catch (IllegalArgumentException e) {
            throw new ApiException(ErrorCode.INVALID, "bundle: " + e.getMessage());
        }
    }

    private static ControlSettings.Environment facts(
            Reader reader, NewEnvironmentBody wanted, EnvironmentBundle bundle) {
        var zone = Objects.requireNonNullElse(wanted.zone(), bundle.zone());
        if (!ZONE.matcher(zone).matches()) {
            throw new ApiException(
                    ErrorCode.INVALID, "zone: " + zone + " (expected: a DNS name in lower case, no trailing dot)");
        }
        for (var other : Lookup.environments(reader)) {
            if (other.name().equals(wanted.name())) {
                throw new ApiException(ErrorCode.CONFLICT, "environment " + wanted.name() + ": it exists");
            }
            if (other.zone().equals(zone)) {
                throw new ApiException(
                        ErrorCode.CONFLICT,
                        "zone: " + zone + " is that of environment " + other.name() + " (name another with zone)");
            }
        }
        return new ControlSettings.Environment(
                        wanted.name(),
                        zone,
                        portalHosts(wanted, bundle),
                        bundle.stages(),
                        bundle.minimumBake(),
                        List.of(),
                        bundle.frameAncestors(),
                        Objects.requireNonNullElse(wanted.nameServers(), List.of()),
                        List.of(),
                        List.of(),
                        List.of())
                .withBringUp(bundle.bringUp() == null ? BringUpPlan.STANDARD : plan(bundle.bringUp()));
    }

    private static BringUpPlanBody body(BringUpPlan plan) {
        return new BringUpPlanBody(
                plan.dark(),
                plan.vantagePoints(),
                plan.canary(),
                plan.shares(),
                plan.soak(),
                plan.drain(),
                plan.leaveDark(),
                plan.clockSkew(),
                plan.timeout(),
                plan.weekdaysOnly(),
                plan.critical());
    }

    private static BringUpPlan plan(BringUpPlanBody body) {
        try {
            return new BringUpPlan(
                    body.dark(),
                    body.vantagePoints(),
                    body.canary(),
                    body.shares(),
                    body.soak(),
                    body.drain(),
                    body.leaveDark(),
                    body.clockSkew(),
                    body.timeout(),
                    body.weekdaysOnly(),
                    body.critical());
        } catch (IllegalArgumentException e) {
            throw new ApiException(ErrorCode.INVALID, "bundle: " + e.getMessage());
        }
    }

    private static List<String> portalHosts(NewEnvironmentBody wanted, EnvironmentBundle bundle) {
        var hosts = Objects.requireNonNullElse(wanted.portalHosts(), bundle.portalHosts());
        if (hosts.isEmpty()) {
            throw new ApiException(ErrorCode.INVALID, "portalHosts: none (expected: at least one)");
        }
        return hosts;
    }

    /** An error where this control plane has not the bundle's version, or has other files under its name. */
    private static Records.Version requirePublished(Reader reader, EnvironmentBundle.Extension wanted) {
        checkRoute(reader, wanted.name(), wanted.route());
        var version = Lookup.version(reader, wanted.name(), wanted.version()).value();
        if (!version.identity().equals(wanted.identity())) {
            throw new ApiException(
                    ErrorCode.CONFLICT,
                    "version " + wanted.version() + " of " + wanted.name()
                            + ": published here with other files than the" + " bundle's");
        }
        if (version.state() != VersionState.PUBLISHED) {
            throw new ApiException(
                    ErrorCode.CONFLICT,
                    "version " + wanted.version() + " of " + wanted.name() + ": it is " + version.state());
        }
        return version;
    }

    private static void checkRoute(Reader reader, ExtensionName name, Route route) {
        var present = Lookup.extension(reader, name).value().route();
        if (!present.equals(route)) {
            throw new ApiException(
                    ErrorCode.CONFLICT,
                    "extension " + name + ": its route here is " + present + ", the bundle's is " + route);
        }
    }

    /**
     * Portal hosts for which a page of each extension has a configuration, by extension: the rule by which a node answers it or 400.
     */
    private Map<ExtensionName, List<String>> configured(EnvironmentBundle bundle, List<String> portalHosts) {
        var versions = store.read(reader -> bundle.extensions().stream()
                .collect(Collectors.toMap(
                        EnvironmentBundle.Extension::name,
                        extension -> requirePublished(reader, extension).manifest())));
        var configured = new HashMap<ExtensionName, List<String>>();
        try {
            for (var version : versions.entrySet()) {
                var configuration = PackageConfiguration.load(
                        ServedManifest.parse(blobs.read(version.getValue(), MANIFEST_LIMIT_BYTES)), blobs);
                configured.put(
                        version.getKey(),
                        portalHosts.stream()
                                .filter(host -> configuration.lookup(PortalHosts.host(host)) instanceof Found)
                                .toList());
            }
            return configured;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
