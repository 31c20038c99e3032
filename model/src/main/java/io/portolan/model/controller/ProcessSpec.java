package io.portolan.model.controller;

import java.util.List;
import java.util.Objects;

/**
 * Files of a package and the command that starts them. Immutable.
 *
 * @param runtime what starts them
 * @param archive a file of the package ({@code controllers/orders.jar}), or a folder with a final slash ({@code controllers/orders/},
 *                and {@code controllers/orders.zip/} for the files of a zip of that name, which was opened when it was published);
 *                what lies there is the working directory of each replica, and is never served to browsers
 * @param command see {@link ControllerRuntimeKind}; at least one word. {@code ${PORT}} stands for the port
 */
public record ProcessSpec(ControllerRuntimeKind runtime, String archive, List<String> command) {
    /** Nothing to start. */
    public static final ProcessSpec NONE = new ProcessSpec(ControllerRuntimeKind.NATIVE, "", List.of());

    public ProcessSpec {
        Objects.requireNonNull(runtime, "runtime");
        Objects.requireNonNull(archive, "archive");
        command = List.copyOf(command);
        if (archive.isEmpty() != command.isEmpty()) {
            throw new IllegalArgumentException("process: archive and command are there both, or none is");
        }
    }

    /** Whether a file of the package belongs to it. */
    public boolean holds(String path) {
        return !archive.isEmpty() && (archive.endsWith("/") ? path.startsWith(archive) : path.equals(archive));
    }

    /** Where a file that belongs to it lies in the working directory. */
    public String placeOf(String path) {
        return archive.endsWith("/") ? path.substring(archive.length()) : path.substring(path.lastIndexOf('/') + 1);
    }
}
