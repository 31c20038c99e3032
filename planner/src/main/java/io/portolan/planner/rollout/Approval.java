package io.portolan.planner.rollout;

import java.time.Instant;

/**
 * A person's consent to one stage of one plan. Immutable.
 *
 * @param planHash  of the plan that was approved; another plan needs another approval
 * @param expiresAt does not count from here on
 */
public record Approval(String stage, String planHash, String actor, Instant at, Instant expiresAt) {}
