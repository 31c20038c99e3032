package io.portolan.region;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Content that came and is not what it should be: fetching it again is not likely to cure it. */
final class RefusedContent extends IOException {
    RefusedContent(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
