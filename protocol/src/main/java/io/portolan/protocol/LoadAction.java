package io.portolan.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;

/**
 * What became of something that comes up. The start of an extension is followed by one {@code COMPLETE} or {@code CANCEL}, with one
 * {@code ERRORED} for each way in which it failed between; that of a blade or part by one of the three. A browser that ended first tells
 * of none.
 */
public enum LoadAction {
    START,
    COMPLETE,
    CANCEL,
    ERRORED;

    /** Its name on the wire and in metrics. */
    @JsonValue
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The action of that name. */
    @JsonCreator
    public static LoadAction of(String label) {
        return Arrays.stream(values())
                .filter(each -> each.label().equals(label))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("action: " + Beacon.shortened(label) + " (expected: one of "
                                + Arrays.stream(values()).map(LoadAction::label).toList() + ")"));
    }
}
