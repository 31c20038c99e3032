package io.portolan.artifact;

import java.io.IOException;

/** Content of an entry that is not what its headers say; found while it is read. */
final class EntryBroken extends IOException {
    private final ViolationCode code;

    EntryBroken(ViolationCode code, String message) {
        super(message);
        this.code = code;
    }

    ViolationCode code() {
        return code;
    }
}
