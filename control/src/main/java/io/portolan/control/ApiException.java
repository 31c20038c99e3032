package io.portolan.control;

import io.portolan.protocol.Problem;
import java.util.List;

/** A request that is answered with a problem. */
final class ApiException extends RuntimeException {
    private final ErrorCode code;
    private final transient List<Problem.Violation> violations;

    ApiException(ErrorCode code, String detail) {
        this(code, detail, List.of());
    }

    ApiException(ErrorCode code, String detail, List<Problem.Violation> violations) {
        super(detail);
        this.code = code;
        this.violations = List.copyOf(violations);
    }

    ErrorCode code() {
        return code;
    }

    Problem problem() {
        return new Problem(
                "about:blank", code.title(), code.status(), String.valueOf(getMessage()), code.word(), violations);
    }
}
