package io.portolan.region;

import io.portolan.artifact.ServedManifest;
import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.document.ExtensionDocument.Pointer;
import java.util.HashMap;
import java.util.Map;

/**
 * Which versions' controllers a region is to run, from what its revision says. Pure.
 *
 * <p>At once: those that the revision names for the region ({@code running}), and of the version that it serves, which an operator's order
 * may have chosen. A control plane of before names none: then those of the version that the region was given, of the one before it (a
 * rollback goes there), and of one that a rollout brings, so that they are ready before the first page is. On first use: those of every other version that is held, which only
 * the pages of aliases and old pages call. Never: those of a revoked version.
 */
final class ControllerWants {
    /** Why a version is kept whose rollout is under way. */
    private static final String ROLLOUT = "rollout";

    private ControllerWants() {}

    /** A version of an extension. */
    record Key(ExtensionName extension, VersionLabel version) {}

    /** How much a version's controllers are wanted. */
    enum Want {
        AT_ONCE,
        ON_USE
    }

    /** A version with controllers that lies here in full. */
    record Known(ServedManifest manifest, Want want) {}

    /** All versions with controllers that may run, with how much they are wanted. */
    static Map<Key, Known> of(ServingState state) {
        var wants = new HashMap<Key, Known>();
        for (var extension : state.routes().values()) {
            var pointer = extension.document().pointer(state.region());
            for (var version : extension.versions().values()) {
                if (!version.isRevoked()
                        && version.holding() instanceof Holding.Complete complete
                        && !complete.manifest().controllers().isEmpty()) {
                    boolean shown = extension
                            .serving()
                            .filter(serving -> serving.label().equals(version.label()))
                            .isPresent();
                    boolean atOnce = shown
                            || (extension.document().running().isEmpty()
                                    ? pointer.filter(given -> isGiven(given, version))
                                            .isPresent()
                                    : extension
                                            .document()
                                            .running(state.region())
                                            .contains(version.label()));
                    wants.put(
                            new Key(version.extension(), version.label()),
                            new Known(complete.manifest(), atOnce ? Want.AT_ONCE : Want.ON_USE));
                }
            }
        }
        return wants;
    }

    private static boolean isGiven(Pointer given, ServedVersion version) {
        return given.version().equals(version.label())
                || given.previousVersion().filter(version.label()::equals).isPresent()
                || version.document().keptFor().contains(ROLLOUT);
    }
}
