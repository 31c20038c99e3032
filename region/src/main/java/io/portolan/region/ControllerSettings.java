package io.portolan.region;

import io.portolan.runtime.ProcessSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * How a node runs controllers. Immutable.
 *
 * @param allow     extensions whose processes may run here, {@code *} for all; empty, which is the default: none
 * @param folder    where processes work and write their logs; a relative one lies below the node's own folder
 * @param secrets   folder of secrets, {@code <folder>/<extension>/<name>}; empty text for none
 * @param java      program that runs controllers of the runtime {@code jvm}
 * @param node      program that runs controllers of the runtime {@code node}
 * @param user      user that processes run as where the node runs as root; empty text for the node's own
 * @param cgroup    folder of cgroup v2 for their groups, {@code auto} for the node's own group, empty text for none
 * @param logBytes  length at which the log of a replica is rotated
 * @param logFiles  logs kept of a replica
 * @param grace     from asking a process to end to ending it
 * @param readyWait longest that a starting node waits for the controllers of what it serves before it is ready
 */
public record ControllerSettings(
        List<String> allow,
        Path folder,
        String secrets,
        String java,
        String node,
        String user,
        String cgroup,
        long logBytes,
        int logFiles,
        Duration grace,
        Duration readyWait) {
    /** Nobody's processes may run. */
    public static final ControllerSettings DEFAULTS = new ControllerSettings(
            List.of(),
            Path.of("controllers"),
            "",
            "java",
            "node",
            "",
            "auto",
            10L << 20,
            3,
            Duration.ofSeconds(10),
            Duration.ofSeconds(20));

    public ControllerSettings {
        allow = List.copyOf(allow);
        Objects.requireNonNull(folder, "folder");
        Objects.requireNonNull(secrets, "secrets");
        Objects.requireNonNull(java, "java");
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(user, "user");
        Objects.requireNonNull(cgroup, "cgroup");
        Objects.requireNonNull(grace, "grace");
        Objects.requireNonNull(readyWait, "readyWait");
    }

    /** The same with others allowed, as {@code dev} allows all. */
    public ControllerSettings allowing(List<String> extensions) {
        return new ControllerSettings(
                extensions, folder, secrets, java, node, user, cgroup, logBytes, logFiles, grace, readyWait);
    }

    /** The same with another program for controllers in Java. */
    public ControllerSettings withJava(String program) {
        return new ControllerSettings(
                allow, folder, secrets, program, node, user, cgroup, logBytes, logFiles, grace, readyWait);
    }

    /** Settings of the runtime for processes. */
    ProcessSettings processes(Path nodeFolder, String region) {
        var standard = ProcessSettings.of(nodeFolder.resolve(folder), region);
        return new ProcessSettings(
                standard.folder(),
                region,
                allow,
                java,
                node,
                user,
                cgroup,
                logBytes,
                logFiles,
                standard.backOff(),
                standard.longestBackOff(),
                standard.crashLoop(),
                standard.settled(),
                grace,
                standard.secretsEvery());
    }
}
