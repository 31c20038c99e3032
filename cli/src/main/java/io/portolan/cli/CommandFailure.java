package io.portolan.cli;

import io.portolan.protocol.Problem;
import java.util.List;

/** Ends a command with a message for a person and an exit code. */
public final class CommandFailure extends RuntimeException {
    private final int exitCode;
    private final List<String> details;

    CommandFailure(int exitCode, String message, List<String> details) {
        super(message);
        this.exitCode = exitCode;
        this.details = List.copyOf(details);
    }

    /** A failure that one line explains. */
    public CommandFailure(int exitCode, String message) {
        this(exitCode, message, List.of());
    }

    /** What the server refused, with every violation. */
    static CommandFailure of(Problem problem) {
        var message = problem.detail().isEmpty() ? problem.title() : problem.detail();
        var details = problem.violations().stream()
                .map(violation -> {
                    var place = violation.entry() != null ? violation.entry() : violation.pointer();
                    return (place == null || place.isEmpty() ? "" : place + ": ")
                            + violation.message()
                            + (violation.code().isEmpty() ? "" : " [" + violation.code() + "]");
                })
                .toList();
        return new CommandFailure(
                ExitCode.of(problem),
                problem.code().isEmpty() ? message : message + " [" + problem.code() + "]",
                details);
    }

    /** What the process ends with. */
    public int exitCode() {
        return exitCode;
    }

    /** Further lines: each violation, what to do next. */
    public List<String> details() {
        return details;
    }
}
