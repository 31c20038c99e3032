package io.portolan.runtime;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * How a node runs controllers as processes. Immutable.
 *
 * @param folder     the runtime's own folder: {@code work/}, {@code logs/}, {@code running/}
 * @param region     name of the region, told to the processes
 * @param allow      extensions whose processes may run here, {@code *} for all, empty for none
 * @param java       program that runs {@code jvm} controllers
 * @param node       program that runs {@code node} controllers
 * @param user       user that processes run as, where the node runs as root; empty text for the node's own
 * @param cgroup     folder of cgroup v2 below which each replica gets its own, {@code auto} for the node's own, empty text for none
 * @param logBytes   length of a replica's log at which it is rotated, 64 KiB or more
 * @param logFiles   logs kept of a replica, the current one among them, 1 or more
 * @param backOff    pause before a replica is started again for the first time; doubled each time
 * @param longestBackOff longest such pause
 * @param crashLoop  starts in a row that fail before a controller counts as looping, 2 or more
 * @param settled    how long a replica has to be ready before its earlier failures are forgotten
 * @param grace      from asking a process to end to ending it
 * @param secretsEvery how often secrets are looked at again
 */
public record ProcessSettings(
        Path folder,
        String region,
        List<String> allow,
        String java,
        String node,
        String user,
        String cgroup,
        long logBytes,
        int logFiles,
        Duration backOff,
        Duration longestBackOff,
        int crashLoop,
        Duration settled,
        Duration grace,
        Duration secretsEvery) {
    public ProcessSettings {
        Objects.requireNonNull(folder, "folder");
        Objects.requireNonNull(region, "region");
        allow = List.copyOf(allow);
        Objects.requireNonNull(java, "java");
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(user, "user");
        Objects.requireNonNull(cgroup, "cgroup");
        if (logBytes < 64 << 10) {
            throw new IllegalArgumentException("logBytes: " + logBytes + " (expected: at least 65536)");
        }
        if (logFiles < 1) {
            throw new IllegalArgumentException("logFiles: " + logFiles + " (expected: 1 or more)");
        }
        if (crashLoop < 2) {
            throw new IllegalArgumentException("crashLoop: " + crashLoop + " (expected: 2 or more)");
        }
        Objects.requireNonNull(backOff, "backOff");
        Objects.requireNonNull(longestBackOff, "longestBackOff");
        Objects.requireNonNull(settled, "settled");
        Objects.requireNonNull(grace, "grace");
        Objects.requireNonNull(secretsEvery, "secretsEvery");
    }

    /** Settings with the defaults: nobody's processes may run. */
    public static ProcessSettings of(Path folder, String region) {
        return new ProcessSettings(
                folder,
                region,
                List.of(),
                "java",
                "node",
                "",
                "auto",
                10L << 20,
                3,
                Duration.ofMillis(500),
                Duration.ofMinutes(1),
                5,
                Duration.ofMinutes(1),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5));
    }

    /** The same with others allowed. */
    public ProcessSettings allowing(List<String> extensions) {
        return new ProcessSettings(
                folder,
                region,
                extensions,
                java,
                node,
                user,
                cgroup,
                logBytes,
                logFiles,
                backOff,
                longestBackOff,
                crashLoop,
                settled,
                grace,
                secretsEvery);
    }

    /** Whether processes of an extension may run here. */
    boolean allows(String extension) {
        return allow.contains("*") || allow.contains(extension);
    }
}
