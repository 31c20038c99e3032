package io.portolan.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.List;

/** What comes up in a browser, and the states in which that can fail, in the words of the reference. */
public enum LoadEvent {
    EXTENSION_LOAD(
            "ExtensionLoad",
            "FirstResponseNotReceived",
            "HomePageTimedOut",
            "ManifestNotReceived",
            "InvalidExtensionName",
            "InvalidIndicateLoaded",
            "InvalidManifest",
            "InvalidDefinition",
            "FailedToInitialize",
            "TooManyRefreshes",
            "TooManyBootGets",
            "TimedOut",
            "MaxRetryAttemptsExceeded"),
    BLADE_LOADED("BladeLoaded", Blades.STATES),
    BLADE_FULL_READY("BladeFullReady", Blades.STATES),
    PART_LOADED(
            "PartLoaded",
            "TransitionedToErrorState",
            "ErrorLocatingPartDefinition",
            "ErrorAcquiringViewModel",
            "ErrorLoadingControl",
            "ErrorCreatingWidget",
            "OldInputsNotHandled");

    private final String label;
    private final List<String> states;

    LoadEvent(String label, String... states) {
        this.label = label;
        this.states = List.of(states);
    }

    /** Constants of an enum cannot share one that stands in the enum. */
    private static final class Blades {
        static final String[] STATES = {
            "ErrorInitializing",
            "ErrorLoadingExtension",
            "ErrorLoadingDefinition",
            "ErrorLoadingExtensionAndDefinition",
            "ErrorUnrecoverable"
        };
    }

    /** Its name on the wire and in metrics. */
    @JsonValue
    public String label() {
        return label;
    }

    /** The states in which it can fail. */
    public List<String> states() {
        return states;
    }

    /** The event of that name. */
    @JsonCreator
    public static LoadEvent of(String label) {
        return Arrays.stream(values())
                .filter(each -> each.label.equals(label))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("event: " + Beacon.shortened(label) + " (expected: one of "
                                + Arrays.stream(values()).map(LoadEvent::label).toList() + ")"));
    }
}
