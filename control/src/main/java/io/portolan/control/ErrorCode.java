package io.portolan.control;

/** Stable words of problems, with their HTTP status. */
enum ErrorCode {
    BAD_REQUEST(400, "the request cannot be read"),
    FORBIDDEN_ORIGIN(403, "a change from a foreign origin"),
    UNAUTHORIZED(401, "a token is needed"),
    NOT_FOUND(404, "there is no such thing"),
    NOT_YET(404, "there is none yet"),
    METHOD_NOT_ALLOWED(405, "the method is not offered here"),
    CONFLICT(409, "the state does not allow it"),
    VERSION_EXISTS(409, "the version exists with other content"),
    ROLLOUT_IN_PROGRESS(409, "another rollout is under way"),
    HELD(409, "a hold stands"),
    POLICY(409, "a policy does not allow it"),
    WRONG_STATE(409, "the rollout's state does not allow it"),
    NOTHING_TO_CHANGE(409, "nothing would change"),
    NOTHING_TO_ROLL_BACK_TO(409, "there is no version to roll back to"),
    STILL_LIVE(409, "the version is still served"),
    IDEMPOTENCY_MISMATCH(409, "the Idempotency-Key was used for another request"),
    PRECONDITION_FAILED(412, "it was changed by someone else"),
    TOO_LARGE(413, "the package breaks a size limit"),
    UNKNOWN_HOST(421, "the host name is not one of this control plane"),
    PACKAGE_REJECTED(422, "the package breaks rules"),
    INVALID(422, "a value breaks a rule"),
    INTERNAL(500, "a fault of ours"),
    DIRECTOR_UNREACHABLE(502, "no director answers"),
    NODES_UNREACHABLE(502, "no node gives its records"),
    STORAGE_UNAVAILABLE(503, "the database does not answer"),
    DISK_FULL(507, "no room for the upload");

    private final int status;
    private final String title;

    ErrorCode(int status, String title) {
        this.status = status;
        this.title = title;
    }

    int status() {
        return status;
    }

    String title() {
        return title;
    }

    /** The word on the wire, such as {@code version-exists}. */
    String word() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}
