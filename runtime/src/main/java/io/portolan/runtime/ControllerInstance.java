package io.portolan.runtime;

import io.portolan.model.Digest;
import io.portolan.model.controller.ControllerSpec;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A controller that a region is to run. Immutable; equal instances are run alike, so one that is already running so needs nothing.
 *
 * @param files         files of the package that belong to it, empty for what is not a process
 * @param configuration values that its environment may refer to, by key; nested keys joined by dots
 */
public record ControllerInstance(
        ControllerId id, ControllerSpec spec, List<File> files, Map<String, String> configuration) {
    public ControllerInstance {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(spec, "spec");
        files = List.copyOf(files);
        configuration = Map.copyOf(configuration);
    }

    /**
     * A file of a controller.
     *
     * @param path   where it lies in the working directory, with {@code /} between folders
     * @param digest name of its content
     */
    public record File(String path, Digest digest, long sizeBytes) {
        public File {
            Objects.requireNonNull(path, "path");
            Objects.requireNonNull(digest, "digest");
        }
    }
}
