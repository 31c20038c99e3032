package io.portolan.protocol;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * RFC 9457 problem details. Immutable.
 *
 * @param type   {@code about:blank} or a page that explains {@code code}
 * @param title  short, the same for every problem of this code
 * @param detail what was being done, to which thing, the offending value, what was expected
 * @param code   stable word, see {@code ErrorCode} of the control plane
 * @param violations every rule that the input breaks, empty unless there are several
 */
public record Problem(String type, String title, int status, String detail, String code, List<Violation> violations) {
    /** Media type of problems. */
    public static final String TYPE = "application/problem+json";

    public Problem {
        violations = violations == null ? List.of() : List.copyOf(violations);
    }

    /**
     * One broken rule.
     *
     * @param code    stable word
     * @param entry   entry of the package, if it is about one
     * @param pointer JSON pointer into the body, if it is about one
     * @param limit   the limit that was broken, if it is one
     * @param actual  the value found
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Violation(
            String code,
            @Nullable String entry,
            @Nullable String pointer,
            String message,
            @Nullable Long limit,
            @Nullable Long actual) {}

    /** A problem with no list of violations. */
    public static Problem of(int status, String code, String title, String detail) {
        return new Problem("about:blank", title, status, detail, code, List.of());
    }
}
