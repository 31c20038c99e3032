package io.portolan.runtime;

import io.portolan.model.controller.Resources;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Limits by cgroup v2, one group a replica. Thread-safe. Where no group can be written, there are none, and {@link #why} says so: it
 * stands in the state of every controller that asks for limits.
 */
final class ControlGroups {
    private static final Logger LOG = LoggerFactory.getLogger(ControlGroups.class);
    private static final Path MOUNT = Path.of("/sys/fs/cgroup");
    private static final long PERIOD_MICROS = 100_000;

    private final Optional<Path> parent;
    private final String why;

    private ControlGroups(Optional<Path> parent, String why) {
        this.parent = parent;
        this.why = why;
    }

    /** Finds out whether groups can be made; {@code auto} looks for the node's own. */
    static ControlGroups open(String setting) {
        if (setting.isEmpty()) {
            return new ControlGroups(Optional.empty(), "limits are not enforced: control groups are off at this node");
        }
        var base = setting.equals("auto") ? own() : Optional.of(Path.of(setting));
        if (base.isEmpty() || !Files.isRegularFile(base.get().resolve("cgroup.controllers"))) {
            return new ControlGroups(Optional.empty(), "limits are not enforced: this node has no cgroup v2");
        }
        try {
            var offered = Files.readString(base.get().resolve("cgroup.controllers"), StandardCharsets.UTF_8)
                    .strip()
                    .split(" ", -1);
            if (!Arrays.asList(offered).containsAll(List.of("cpu", "memory"))) {
                return new ControlGroups(
                        Optional.empty(), "limits are not enforced: cgroup v2 here offers no cpu and memory");
            }
            var parent = base.get().resolve("portolan-controllers");
            write(base.get(), "cgroup.subtree_control", "+cpu +memory");
            Files.createDirectories(parent);
            write(parent, "cgroup.subtree_control", "+cpu +memory");
            return new ControlGroups(Optional.of(parent), "");
        } catch (IOException e) {
            LOG.info("cgroup={} cannot be used: {}", base.get(), e.toString());
            return new ControlGroups(
                    Optional.empty(), "limits are not enforced: cgroup v2 is not writable for this node");
        }
    }

    /** Why there are no limits, empty text where there are. */
    String why() {
        return why;
    }

    /** Makes the group of a replica; empty where there are no groups. */
    Optional<Path> create(String name, Resources resources) throws IOException {
        if (parent.isEmpty()) {
            return Optional.empty();
        }
        var group = parent.get().resolve(name);
        Files.createDirectories(group);
        if (resources.cpuMillis() > 0) {
            write(group, "cpu.max", resources.cpuMillis() * PERIOD_MICROS / 1000 + " " + PERIOD_MICROS);
        }
        if (resources.memoryBytes() > 0) {
            write(group, "memory.max", String.valueOf(resources.memoryBytes()));
        }
        return Optional.of(group);
    }

    /** Ends what is left in a group, and removes it. */
    void remove(Path group) {
        try {
            if (Files.exists(group.resolve("cgroup.kill"))) {
                write(group, "cgroup.kill", "1");
            }
            Files.deleteIfExists(group);
        } catch (IOException e) {
            LOG.debug("cgroup={} is left behind: {}", group, e.toString());
        }
    }

    private static Optional<Path> own() {
        try {
            return Files.readAllLines(Path.of("/proc/self/cgroup")).stream()
                    .filter(line -> line.startsWith("0::/"))
                    .map(line -> MOUNT.resolve(line.substring("0::/".length())))
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static void write(Path group, String file, String value) throws IOException {
        Files.writeString(group.resolve(file), value);
    }
}
