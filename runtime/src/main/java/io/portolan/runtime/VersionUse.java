package io.portolan.runtime;

import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;

/**
 * Is told that somebody has a page of a version: by each of its pages, by each call of its controllers, by each beacon. Thread-safe,
 * lock-free and cheap: called on the way of requests.
 *
 * <p>Controllers of a version that is replaced stay while it is used, and for its drain time afterwards. Those of one that is held and
 * does not run are started by its first use.
 */
@FunctionalInterface
public interface VersionUse {
    /** Nobody wants to know. */
    VersionUse NONE = (extension, version) -> {};

    /** Notes a use now. */
    void used(ExtensionName extension, VersionLabel version);
}
