package io.portolan.region;

import java.util.List;

/**
 * A request of the comparison. Immutable.
 *
 * @param path       below the version
 * @param coding     value of {@code Accept-Encoding}, empty text for none
 * @param conditions other headers
 */
record Asked(String method, String path, String coding, List<String> conditions) {
    /** Value of a header among the conditions, empty text for none. */
    String condition(String name) {
        return conditions.stream()
                .filter(header -> header.startsWith(name + ": "))
                .map(header -> header.substring(name.length() + 2))
                .findFirst()
                .orElse("");
    }
}
