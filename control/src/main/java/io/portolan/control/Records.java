package io.portolan.control;

import io.portolan.artifact.ServedFile;
import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.Route;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import io.portolan.model.controller.ControllerPlacement;
import io.portolan.model.document.Delivery;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.Profile;
import io.portolan.planner.bringup.BringUp;
import io.portolan.planner.cdn.Breaker;
import io.portolan.planner.rollout.Window;
import io.portolan.protocol.Join;
import io.portolan.protocol.NodeStatus;
import io.portolan.protocol.OperatorOverride;
import io.portolan.protocol.rest.LocationBody;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Stored forms of what the control plane knows beside rollouts; each carries its schema. All immutable. */
final class Records {
    /** Schema number that this build writes. */
    static final int SCHEMA = 1;

    private Records() {}

    /**
     * A registered extension.
     *
     * @param placement regions by environment name; an environment that is absent counts as all regions
     */
    record Extension(
            int schema,
            ExtensionName name,
            Route route,
            List<String> owners,
            Map<String, List<String>> placement,
            Instant createdAt) {}

    /**
     * A backend of a version: what rollouts and bring-ups have to know of it.
     *
     * @param mount  path below {@code /R/@V/api} that its calls come to, empty text for all that no other takes; null in state of a
     *               build that did not keep it
     * @param health path of its health check, with its leading slash; null in such state
     */
    record Controller(
            String name,
            int replicas,
            ControllerPlacement placement,
            @Nullable String mount,
            @Nullable String health) {}

    /**
     * A published version.
     *
     * @param manifest digest of the served manifest
     * @param identity digest of the canonical manifest
     * @param order    rises with each publish
     * @param controllers backends that move with it
     */
    record Version(
            int schema,
            ExtensionName extension,
            VersionLabel version,
            Digest manifest,
            Digest identity,
            long sizeBytes,
            int fileCount,
            Instant publishedAt,
            String publishedBy,
            VersionState state,
            List<String> warnings,
            long order,
            List<Controller> controllers) {
        Version {
            // Of a build that knew no controllers.
            controllers = List.copyOf(Objects.requireNonNullElse(controllers, List.of()));
        }

        /** A version without controllers. */
        Version(
                int schema,
                ExtensionName extension,
                VersionLabel version,
                Digest manifest,
                Digest identity,
                long sizeBytes,
                int fileCount,
                Instant publishedAt,
                String publishedBy,
                VersionState state,
                List<String> warnings,
                long order) {
            this(
                    schema,
                    extension,
                    version,
                    manifest,
                    identity,
                    sizeBytes,
                    fileCount,
                    publishedAt,
                    publishedBy,
                    state,
                    warnings,
                    order,
                    List.of());
        }

        Version in(VersionState next) {
            return new Version(
                    schema,
                    extension,
                    version,
                    manifest,
                    identity,
                    sizeBytes,
                    fileCount,
                    publishedAt,
                    publishedBy,
                    next,
                    warnings,
                    order,
                    controllers);
        }
    }

    /** How browsers get the assets of an environment, as somebody set it; its key is the environment's name. */
    record Delivered(int schema, Delivery delivery) {}

    /**
     * What was last said of a CDN beside its address; its key names environment and CDN. It holds whatever else is set of the
     * environment, also when the CDN is taken out and put in again under the same name.
     *
     * @param share      percent of browsers that ask it
     * @param reason     in words, empty for none
     * @param since      when it was said
     * @param by         who said it; null from a build in which only people did
     * @param automation what the breaker goes on from; null from such a build
     * @param evidence   what its last step rests on; null from such a build
     */
    record CdnBreaker(
            int schema,
            String cdn,
            int share,
            String reason,
            Instant since,
            @Nullable String by,
            @Nullable Breaker automation,
            @Nullable List<String> evidence) {
        /** What a person said. */
        static CdnBreaker said(String cdn, int share, String reason, String by, Instant now) {
            return new CdnBreaker(SCHEMA, cdn, share, reason, now, by, Breaker.said(share, now), List.of());
        }

        /** What the breaker goes on from. */
        Breaker breaker() {
            return automation == null ? Breaker.said(share, since) : automation;
        }
    }

    /**
     * A node or director that joined.
     *
     * @param unverified whether it joined a region that has users and was not compared with the others yet; null for one that is part of
     *                   its region, and from a build of before
     */
    record Node(
            int schema,
            String id,
            String kind,
            EnvironmentName environment,
            RegionName region,
            String publicKey,
            String url,
            Instant joinedAt,
            @Nullable Boolean unverified) {
        /** One that is part of its region from the start. */
        Node(
                int schema,
                String id,
                String kind,
                EnvironmentName environment,
                RegionName region,
                String publicKey,
                String url,
                Instant joinedAt) {
            this(schema, id, kind, environment, region, publicKey, url, joinedAt, null);
        }

        /** Whether it counts as one of its region: directors and rollouts may know of it. */
        boolean isPart() {
            return unverified == null || !unverified;
        }

        Node verified(boolean is) {
            return new Node(schema, id, kind, environment, region, publicKey, url, joinedAt, is ? null : true);
        }
    }

    /** An environment with its regions, as the settings declare it. */
    record Environment(int schema, int order, ControlSettings.Environment facts) {}

    /**
     * What the newest revision holds of a deployment.
     *
     * @param hash       digest of the extension's document
     * @param epoch      of the revision in which the document last changed
     * @param number     of that revision
     * @param generation generation of the deployment that was compiled
     */
    record Compiled(int schema, Digest hash, long epoch, long number, long generation) {}

    /** A number that rises. */
    record Counter(int schema, long value) {}

    /** An answer that is given again to the same Idempotency-Key. */
    record Answered(int schema, Digest request, int status, String body) {}

    /**
     * The right to do what one process may do at a time.
     *
     * @param holder name of the process, empty text for none
     * @param fence  rises with each acquisition
     */
    record Lease(int schema, String holder, long fence) {}

    /** The last status of a node that differed from the one before in something that matters. */
    record NodeReport(int schema, NodeStatus status) {}

    /** Signs of life that one process heard from nodes lately, by node. */
    record Heard(int schema, Map<String, Sign> nodes) {
        Heard {
            nodes = Map.copyOf(nodes);
        }
    }

    /** What moves in every status of a node. */
    record Sign(String bootId, long sequence, long blobsFetched) {}

    /** The key with which every process on this state signs revisions. */
    record SigningKey(int schema, String keyId) {}

    /** A key with which an operator may sign overrides; {@code name}: of whom it is. */
    record OperatorKey(int schema, String publicKey, String name, String addedBy, Instant addedAt) {}

    /** Kind of the marks of overrides that are not settled. */
    static final String PENDING_OVERRIDE = "pending-override";

    /** What became of an override that a node or director told of. */
    enum OverrideState {
        /** Nodes or directors obey it. */
        REPORTED,
        /** Taken over here; nodes drop it. */
        ADOPTED,
        /** Not taken over, for what was decided here since; nodes drop it. */
        REFUSED,
        /** Ended by an operator before it was taken over. */
        LIFTED
    }

    /**
     * An override that a node or director told of.
     *
     * @param version    that nodes serve by it, empty text for none
     * @param keyId      of the operator's key
     * @param reportedAt when it was first told of
     * @param settledAt  since when revisions list it as settled, null before
     * @param rollout    rollback that took it over, empty text for none
     * @param detail     why it is in its state, empty text for nothing to say
     * @param nodes      who told of it first
     */
    record Override(
            int schema,
            EnvironmentName environment,
            OperatorOverride order,
            String version,
            String keyId,
            OverrideState state,
            Instant reportedAt,
            @Nullable Instant settledAt,
            String rollout,
            String detail,
            List<String> nodes) {
        Override {
            nodes = List.copyOf(nodes);
        }

        /** When it was settled; the beginning of time before. */
        Instant settledTime() {
            return settledAt == null ? Instant.EPOCH : settledAt;
        }

        Override ended(OverrideState last, String by, String why, Instant now) {
            return new Override(schema, environment, order, version, keyId, last, reportedAt, now, by, why, nodes);
        }

        Override detailed(String why) {
            return new Override(
                    schema, environment, order, version, keyId, state, reportedAt, settledAt, rollout, why, nodes);
        }

        Override settled(Instant again) {
            return new Override(
                    schema, environment, order, version, keyId, state, reportedAt, again, rollout, detail, nodes);
        }
    }

    /** Variants that were made of some content. */
    record Variants(int schema, List<ServedFile.Variant> variants) {}

    /**
     * Routing method of an extension in an environment, where it is not the default.
     *
     * @param replaced the profile that it replaces step by step, one at most; records of earlier builds have none
     */
    record RoutingProfile(int schema, Profile profile, List<ExtensionDocument.Replaced> replaced) {
        RoutingProfile {
            replaced = List.copyOf(Objects.requireNonNullElse(replaced, List.of()));
        }

        /** Of an extension that nobody gave another one. */
        static final RoutingProfile STANDARD = new RoutingProfile(SCHEMA, Profile.standard(), List.of());
    }

    /**
     * What people said of a region that is not simply live.
     *
     * @param state  {@code DRAINING}, or {@code RAMPING} on its way back
     * @param reason as given, empty text for none
     * @param at     when
     * @param ramp   how long the way back takes, zero while it is drained
     */
    record RegionIntent(
            int schema,
            RegionName region,
            EnvironmentName environment,
            RegionState state,
            String reason,
            Instant at,
            Duration ramp) {
        /** What it is at a time: a ramp ends by itself. */
        RegionState stateAt(Instant now) {
            return state == RegionState.RAMPING && !now.isBefore(at.plus(ramp)) ? RegionState.LIVE : state;
        }
    }

    /**
     * A region on its way to users or away from them, or one that came that way.
     *
     * @param facts       what it is; addresses and nodes are added as its nodes enrol
     * @param way         how far it is
     * @param ask         what its node said that wants to join, null before
     * @param revokedKeys public keys of nodes of earlier incarnations: refused for ever
     * @param standsIn    until when it stands in for regions that are down though it only gets its users, null for not at all
     */
    record BringingUp(
            int schema,
            ControlSettings.Region facts,
            BringUp way,
            @Nullable Ask ask,
            List<String> revokedKeys,
            @Nullable Instant standsIn) {
        BringingUp {
            revokedKeys = List.copyOf(revokedKeys);
        }

        /** One that stands in for nobody. */
        BringingUp(int schema, ControlSettings.Region facts, BringUp way, @Nullable Ask ask, List<String> revokedKeys) {
            this(schema, facts, way, ask, revokedKeys, null);
        }

        /** The same further on its way; it stands in only while it gets its users. */
        BringingUp at(BringUp next) {
            boolean gets = next.state() == RegionState.CANARY || next.state() == RegionState.RAMPING;
            return new BringingUp(schema, facts, next, ask, revokedKeys, gets ? standsIn : null);
        }

        BringingUp asked(Ask by) {
            return new BringingUp(schema, facts, way, by, revokedKeys, standsIn);
        }

        BringingUp being(ControlSettings.Region other) {
            return new BringingUp(schema, other, way, ask, revokedKeys, standsIn);
        }

        BringingUp standingIn(@Nullable Instant until) {
            return new BringingUp(schema, facts, way, ask, revokedKeys, until);
        }

        BringingUp revoking(List<String> keys) {
            return new BringingUp(schema, facts, way, null, keys, null);
        }
    }

    /** A node that wants to join. */
    record Ask(String id, String publicKey, String url, Join.Facts facts, Instant receivedAt) {}

    /**
     * Lets one node of one region join, once; its key is the digest of the token, which is nowhere.
     *
     * @param region      of the node, {@link NodeTokens#DIRECTOR} for a director
     * @param incarnation of the region
     * @param usedBy      public key of the node that used it, empty text before
     */
    record NodeToken(
            int schema,
            EnvironmentName environment,
            RegionName region,
            int incarnation,
            Instant expiresAt,
            String usedBy) {
        /** Whether it lets a director in, which is of no region. */
        boolean isForDirector() {
            return region.equals(NodeTokens.DIRECTOR);
        }

        /** What the log says it is about. */
        String subject() {
            return isForDirector() ? "environment/" + environment : "region/" + region;
        }

        NodeToken used(String publicKey) {
            return new NodeToken(schema, environment, region, incarnation, expiresAt, publicKey);
        }
    }

    /** A calendar window. */
    record CalendarWindow(int schema, Window window) {}

    /**
     * An incident.
     *
     * @param key        the same for the same trouble; at most one open incident has it
     * @param severity   0, the worst, to 4
     * @param resolvedAt null while it is open
     */
    record Incident(
            int schema,
            String id,
            String key,
            String service,
            String extension,
            String environment,
            String region,
            Incidents.State state,
            int severity,
            String summary,
            Instant openedAt,
            @Nullable Instant resolvedAt,
            Map<String, String> evidence) {
        Incident in(Incidents.State next, @Nullable Instant resolved) {
            return new Incident(
                    schema,
                    id,
                    key,
                    service,
                    extension,
                    environment,
                    region,
                    next,
                    severity,
                    summary,
                    openedAt,
                    resolved,
                    evidence);
        }

        Incident worse(int worst, String said) {
            return new Incident(
                    schema,
                    id,
                    key,
                    service,
                    extension,
                    environment,
                    region,
                    state,
                    worst,
                    said,
                    openedAt,
                    resolvedAt,
                    evidence);
        }
    }

    /** What was made of an incident that a node told: the incident here, and when the node says it began. */
    record NodeIncident(int schema, String incident, Instant openedAt) {}

    /**
     * The latency map that an environment's directors answer from.
     *
     * @param digest   of the blob, empty text for the directors' own
     * @param map      what the import told
     */
    record LatencyMapInUse(int schema, String digest, LocationBody map) {}
}
