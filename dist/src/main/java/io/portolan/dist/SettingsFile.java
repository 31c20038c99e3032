package io.portolan.dist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/** A YAML settings file while it is read; ends with all its faults at once, each with its line. One thread at a time. */
final class SettingsFile {
    private final Path path;
    private final List<String> faults = new ArrayList<>();

    private SettingsFile(Path path) {
        this.path = path;
    }

    /**
     * Reads a file.
     *
     * @param read makes the settings of the file's keys; what it returns is used only when there was no fault
     * @throws BadSettings with every fault
     */
    static <T> T read(Path path, Function<Section, T> read) {
        var file = new SettingsFile(path.toAbsolutePath());
        var section = new Section(file, "", file.parse());
        @Nullable T settings = null;
        try {
            settings = read.apply(section);
        } catch (IllegalArgumentException | NullPointerException e) {
            // A record refused what the faults above left empty, or its parts do not fit together.
            if (file.faults.isEmpty()) {
                file.faults.add(String.valueOf(e.getMessage()));
            }
        }
        section.checkKeys();
        if (settings == null || !file.faults.isEmpty()) {
            throw new BadSettings(path, file.faults);
        }
        return settings;
    }

    Path folder() {
        var parent = path.getParent();
        return parent == null ? path : parent;
    }

    void fault(String line, String name, String message) {
        faults.add("line " + line + ": " + name + ": " + message);
    }

    private Node parse() {
        try {
            var text = Files.readString(path);
            Optional<Node> root = new Compose(LoadSettings.builder()
                            .setLabel(path.getFileName().toString())
                            .build())
                    .composeString(text);
            return root.orElseThrow(() -> new BadSettings(path, List.of("the file is empty")));
        } catch (MarkedYamlEngineException e) {
            var line = e.getProblemMark()
                    .map(mark -> "line " + (mark.getLine() + 1) + ": ")
                    .orElse("");
            throw new BadSettings(path, List.of(line + e.getProblem()));
        } catch (IOException e) {
            throw new BadSettings(path, List.of("cannot be read: " + e));
        }
    }

    /** The file cannot be used. */
    static final class BadSettings extends RuntimeException {
        private final List<String> faults;

        BadSettings(Path path, List<String> faults) {
            super("reading settings " + path + ": " + String.join("; ", faults));
            this.faults = List.copyOf(faults);
        }

        /** Every fault, with its line. */
        List<String> faults() {
            return faults;
        }
    }
}
