package io.portolan.runtime;

import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.controller.ControllerSpec;
import io.portolan.model.controller.ControllerState;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Where the controllers of versions are to be found, as of now. Thread-safe and lock-free: one volatile read of an immutable value.
 *
 * <p>Versions whose controllers may run here are in it, whether they run or not ({@code STOPPED}: its first use starts them); one that the
 * revision names no more is in it as long as it runs. A controller whose placement leaves this region out is in it too, with the state
 * {@code NOT_PLACED}: other regions have it.
 */
public interface ControllerDirectory {
    /** A directory of nothing. */
    ControllerDirectory EMPTY = new ControllerDirectory() {
        @Override
        public List<Service> of(ExtensionName extension, VersionLabel version) {
            return List.of();
        }
    };

    /** The controllers of a version, the longest mount first; empty when it has none, or none that are known here. */
    List<Service> of(ExtensionName extension, VersionLabel version);

    /** The controller that calls of a path come to: the path below {@code /R/api/}, decoded or not, without a leading slash or query. */
    default Optional<Service> find(ExtensionName extension, VersionLabel version, String path) {
        for (var service : of(extension, version)) {
            if (service.spec().takes(path)) {
                return Optional.of(service);
            }
        }
        return Optional.empty();
    }

    /** The controller of that name. */
    default Optional<Service> named(ExtensionName extension, VersionLabel version, String name) {
        for (var service : of(extension, version)) {
            if (service.spec().name().equals(name)) {
                return Optional.of(service);
            }
        }
        return Optional.empty();
    }

    /**
     * One controller. Immutable.
     *
     * @param ready replicas that take calls; one that is about to end is gone from here before
     */
    record Service(ControllerId id, ControllerSpec spec, List<Replica> ready, ControllerState state) {
        public Service {
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(spec, "spec");
            ready = List.copyOf(ready);
            Objects.requireNonNull(state, "state");
        }
    }
}
