package io.portolan.planner.rollout;

/** A command that the rules refuse; the message says why and what would be possible. */
public final class Refusal extends RuntimeException {
    private final Code code;

    public Refusal(Code code, String message) {
        super(message);
        this.code = code;
    }

    /** Which rule. */
    public Code code() {
        return code;
    }

    /** Rules that refuse commands. */
    public enum Code {
        /** Another rollout of the extension is under way. */
        ROLLOUT_IN_PROGRESS,
        /** A hold stands. */
        HELD,
        /** The rollout's state does not allow the verb. */
        WRONG_STATE,
        /** Nothing would change. */
        NOTHING_TO_CHANGE,
        /** No version to roll back to. */
        NOTHING_TO_ROLL_BACK_TO,
        /** A named thing does not exist. */
        UNKNOWN,
        /** A value breaks a rule. */
        INVALID,
        /** What the caller saw is not what is there. */
        CONFLICT,
        /** A policy does not allow it to this person, or now. */
        POLICY
    }
}
