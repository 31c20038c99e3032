package io.portolan.protocol;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.Slot;
import java.time.Instant;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * What an operator orders nodes or directors to do without a control plane; signed, in an {@link Envelope} of {@link #TYPE}.
 * Immutable.
 *
 * <p>It names nothing that a node does not have: a slot of the revision that the node has applied, a region that a director knows, or
 * another override. The type of the envelope is part of what is signed, so that no other signature of the same key passes for one.
 *
 * @param schema      version of this form, {@link #SCHEMA}
 * @param id          fresh for each override, lower-case letters, digits and hyphens, 8 to 64
 * @param environment the only environment in which it counts
 * @param extension   for {@link Action#ROLLBACK}, else empty text
 * @param slot        label of a {@link Slot}, for {@link Action#ROLLBACK}, else empty text
 * @param region      for {@link Action#DRAIN}, else empty text
 * @param lifts       id of another override, for {@link Action#LIFT}, else empty text
 * @param issuer      who orders it, as the operator's command says, 1 to 64 characters
 * @param reason      1 to 512 characters
 * @param issuedAt    by the clock of the operator's command
 */
public record OperatorOverride(
        int schema,
        String id,
        EnvironmentName environment,
        Action action,
        String extension,
        String slot,
        String region,
        String lifts,
        String issuer,
        String reason,
        Instant issuedAt) {
    /** Schema number that this build writes. */
    public static final int SCHEMA = 1;

    /** Payload type of an override's envelope. */
    public static final String TYPE = "application/vnd.portolan.override+json";

    /** Path, under a node's or director's own address, that takes overrides and lists them. */
    public static final String PATH = "/-/override";

    /** Longest envelope. */
    public static final int ENVELOPE_LIMIT_BYTES = 16 << 10;

    /** Longest reason. */
    public static final int REASON_LIMIT = 512;

    /** Longest name of an issuer. */
    public static final int ISSUER_LIMIT = 64;

    private static final Pattern ID = Pattern.compile("[0-9a-z][0-9a-z\\-]{7,63}");

    /** What is ordered. */
    public enum Action {
        /** Region nodes serve the slot's version of the extension. */
        ROLLBACK,
        /** Directors do not answer the region while another one is able. */
        DRAIN,
        /** Another override counts no more. */
        LIFT
    }

    public OperatorOverride {
        if (schema != SCHEMA) {
            throw new IllegalArgumentException("override: schema: " + schema + " (expected: " + SCHEMA + ")");
        }
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(environment, "environment");
        Objects.requireNonNull(action, "action");
        Objects.requireNonNull(extension, "extension");
        Objects.requireNonNull(slot, "slot");
        Objects.requireNonNull(region, "region");
        Objects.requireNonNull(lifts, "lifts");
        Objects.requireNonNull(issuer, "issuer");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(issuedAt, "issuedAt");
        requireId("id", id);
        requireText("issuer", issuer, ISSUER_LIMIT);
        requireText("reason", reason, REASON_LIMIT);
        only(action, Action.ROLLBACK, "extension", extension);
        only(action, Action.ROLLBACK, "slot", slot);
        only(action, Action.DRAIN, "region", region);
        only(action, Action.LIFT, "lifts", lifts);
        switch (action) {
            case ROLLBACK -> {
                new ExtensionName(extension);
                slot(slot);
            }
            case DRAIN -> new RegionName(region);
            case LIFT -> requireId("lifts", lifts);
        }
    }

    /** Where an order comes from. */
    public record Order(String id, EnvironmentName environment, String issuer, String reason, Instant issuedAt) {}

    /** Orders an extension back to a slot. */
    public static OperatorOverride rollback(Order order, ExtensionName extension, Slot slot) {
        return of(order, Action.ROLLBACK, extension.value(), slot.label(), "", "");
    }

    /** Orders a region out of the answers. */
    public static OperatorOverride drain(Order order, RegionName region) {
        return of(order, Action.DRAIN, "", "", region.value(), "");
    }

    /** Ends another override. */
    public static OperatorOverride lift(Order order, String lifted) {
        return of(order, Action.LIFT, "", "", "", lifted);
    }

    private static OperatorOverride of(
            Order order, Action action, String extension, String slot, String region, String lifts) {
        return new OperatorOverride(
                SCHEMA,
                order.id(),
                order.environment(),
                action,
                extension,
                slot,
                region,
                lifts,
                order.issuer(),
                order.reason(),
                order.issuedAt());
    }

    /** What it is about: two overrides of the same subject cannot both be in force. */
    public String subject() {
        return switch (action) {
            case ROLLBACK -> "extension " + extension;
            case DRAIN -> "region " + region;
            case LIFT -> "override " + lifts;
        };
    }

    /** The slot that a rollback goes to. */
    public Slot target() {
        return slot(slot);
    }

    private static Slot slot(String label) {
        for (var slot : Slot.values()) {
            if (slot.label().equals(label)) {
                return slot;
            }
        }
        throw new IllegalArgumentException(
                "override: slot: " + label + " (expected: lkg, previous-lkg, last-hotfix or previous-hotfix)");
    }

    private static void requireId(String field, String value) {
        if (!ID.matcher(value).matches()) {
            throw new IllegalArgumentException("override: " + field + ": " + value
                    + " (expected: 8 to 64 lower-case letters, digits and hyphens)");
        }
    }

    private static void requireText(String field, String value, int limit) {
        if (value.isBlank() || value.length() > limit || value.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("override: " + field + ": " + value.length()
                    + " characters (expected: 1 to " + limit + ", none of them a control character)");
        }
    }

    private static void only(Action action, Action wanted, String field, String value) {
        if (action != wanted && !value.isEmpty()) {
            throw new IllegalArgumentException(
                    "override: " + field + ": " + value + " (expected: empty text for " + action + ")");
        }
    }
}
