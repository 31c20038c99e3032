package io.portolan.cli;

import io.portolan.protocol.Problem;

/** Exit codes of every command. */
public final class ExitCode {
    public static final int DONE = 0;
    public static final int FAILED = 1;
    public static final int USAGE = 2;
    /** A gate or a person's abort took the change back. */
    public static final int REVERTED = 3;
    /** Conflict, hold, policy, or nothing to roll back to. */
    public static final int CONFLICT = 4;

    public static final int NEEDS_APPROVAL = 5;
    public static final int UNREACHABLE = 6;
    public static final int TIMED_OUT = 7;
    public static final int WAITS_FOR_PERSON = 8;

    private ExitCode() {}

    /** The code for what the server answered. */
    static int of(Problem problem) {
        if (problem.code().contains("approval")) {
            return NEEDS_APPROVAL;
        }
        if (problem.code().contains("gate")) {
            return REVERTED;
        }
        return switch (problem.status()) {
            case 409, 412, 423 -> CONFLICT;
            case 502, 503 -> UNREACHABLE;
            case 408, 504 -> TIMED_OUT;
            default -> FAILED;
        };
    }
}
