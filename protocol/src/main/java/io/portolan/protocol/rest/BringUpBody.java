package io.portolan.protocol.rest;

import io.portolan.model.EnvironmentName;
import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A region on its way to users or away from them, as {@code GET /v1/regions/{region}} shows it. Immutable.
 *
 * @param stage        its stage
 * @param residency    class of the data that may stay in it, empty text for none
 * @param capacity     relative capacity
 * @param heldIn       state that it is held in, null unless it is HELD
 * @param reason       why it is in its state
 * @param incarnation  how often its code has been in use
 * @param leaving      whether it is on its way out
 * @param sharePermille share of its nearest clients that it takes, in thousandths
 * @param standsInUntil until when it takes clients of regions that are down though it only gets its users, null for not at all
 * @param since        when its state or share began
 * @param goodFor      good time counted since
 * @param waitingFor   what it waits for, null where it was not looked at yet
 * @param extensions   what it is to have, in order of names
 * @param missingBytes still to fetch
 * @param nodes        that have their identity
 * @param timeline     its steps, newest first
 */
public record BringUpBody(
        RegionName name,
        EnvironmentName environment,
        String stage,
        String residency,
        int capacity,
        RegionState state,
        @Nullable RegionState heldIn,
        String reason,
        int incarnation,
        boolean leaving,
        int sharePermille,
        @Nullable Instant standsInUntil,
        Instant since,
        Duration goodFor,
        @Nullable WaitingFor waitingFor,
        List<CellBody> extensions,
        long missingBytes,
        List<NodeBody> nodes,
        List<StepBody> timeline) {
    public BringUpBody {
        extensions = List.copyOf(extensions);
        nodes = List.copyOf(nodes);
        timeline = List.copyOf(timeline);
    }

    /** What it waits for, since when, until when, and who can act. */
    public record WaitingFor(
            String text, Instant since, @Nullable Instant until, List<String> actors) {}

    /** One extension; {@code state}: ABSENT, FETCHING, VERIFIED, SERVING or QUARANTINED. */
    public record CellBody(String extension, String state, String version, long missingBytes, String text) {}

    /**
     * One of its nodes.
     *
     * @param part whether directors and rollouts may know of it; one that came late is verified first
     * @param text what it waits for, empty text for nothing
     */
    public record NodeBody(String id, String url, boolean part, String text) {}

    /** One step of its way; {@code event}: id of its row of the log. */
    public record StepBody(long event, Instant at, String before, String after, String cause, List<String> evidence) {}

    /**
     * What adding a region will do.
     *
     * @param extensions how many it will have
     * @param bytes      to fetch
     * @param atLeast    time from its node's start to all of its users, by the plan and the bytes
     * @param assumedBytesPerSecond that the time of the bytes was worked out with
     * @param steps      in order, each with its least time
     */
    public record PlanBody(
            RegionName name,
            EnvironmentName environment,
            String stage,
            int extensions,
            long bytes,
            Duration atLeast,
            long assumedBytesPerSecond,
            List<String> steps) {}

    /** A token with which one node of one region joins once; it is shown here and never again. */
    public record TokenBody(String token, RegionName region, EnvironmentName environment, Instant expiresAt) {}
}
