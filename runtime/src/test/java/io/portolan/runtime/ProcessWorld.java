package io.portolan.runtime;

import io.portolan.model.Digest;
import io.portolan.model.controller.ControllerRuntimeKind;
import io.portolan.model.controller.HealthCheck;
import io.portolan.model.controller.Resources;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/** A runtime for processes on a folder of its own, with the files of the echo controllers. One thread at a time. */
final class ProcessWorld {
    final Path folder;
    final Map<String, String> secrets = new ConcurrentHashMap<>();
    final Map<String, Integer> calls;
    final ProcessRuntime runtime;
    private final Map<Digest, byte[]> content = new ConcurrentHashMap<>();

    ProcessWorld(Path folder, Map<String, Integer> calls, List<String> allow, String cgroup) {
        this(folder, calls, allow, cgroup, "");
    }

    ProcessWorld(Path folder, Map<String, Integer> calls, List<String> allow, String cgroup, String user) {
        this.folder = folder;
        this.calls = calls;
        this.runtime = ProcessRuntime.open(
                settings(folder, allow, cgroup, user),
                digest -> {
                    var bytes = content.get(digest);
                    if (bytes == null) {
                        throw new NoSuchFileException(digest.value());
                    }
                    return new ByteArrayInputStream(bytes);
                },
                (extension, name) -> java.util.Optional.ofNullable(secrets.get(name)),
                replica -> calls.getOrDefault(replica, 0),
                InstantSource.system());
    }

    private static ProcessSettings settings(Path folder, List<String> allow, String cgroup, String user) {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return new ProcessSettings(
                folder,
                "westus",
                allow,
                java,
                "node",
                user,
                cgroup,
                64 << 10,
                2,
                Duration.ofMillis(20),
                Duration.ofMillis(200),
                3,
                Duration.ofMinutes(1),
                Duration.ofSeconds(3),
                Duration.ofMillis(100));
    }

    ControllerInstance echo(
            String version,
            ControllerRuntimeKind kind,
            Map<String, String> environment,
            Map<String, String> configuration,
            int replicas,
            Duration drain) {
        return echo(version, kind, environment, configuration, replicas, drain, Resources.UNLIMITED);
    }

    ControllerInstance echo(
            String version,
            ControllerRuntimeKind kind,
            Map<String, String> environment,
            Map<String, String> configuration,
            int replicas,
            Duration drain,
            Resources resources) {
        var file = kind == ControllerRuntimeKind.JVM ? "io/portolan/runtime/EchoController.class" : "echo.mjs";
        var command = kind == ControllerRuntimeKind.JVM
                ? List.of("-Xmx32m", "-XX:TieredStopAtLevel=1", "-cp", ".", EchoController.class.getName())
                : List.of(file);
        return new ControllerInstance(
                Specs.id(version, "echo"),
                Specs.process("echo", kind, command, environment, replicas, drain, resources),
                List.of(file(file, resource("/io/portolan/runtime/" + file.substring(file.lastIndexOf('/') + 1)))),
                configuration);
    }

    /** The same, looked at so often and given up after two looks of a second each without an answer. */
    ControllerInstance frozenSoon(ControllerInstance instance, Duration every) {
        var health = instance.spec().health();
        return new ControllerInstance(
                instance.id(),
                Specs.withHealth(
                        instance.spec(),
                        new HealthCheck(
                                health.path(), every, Duration.ofSeconds(1), health.failures(), health.startup())),
                instance.files(),
                instance.configuration());
    }

    ControllerInstance.File file(String path, byte[] bytes) {
        var digest = Digest.of(bytes);
        content.put(digest, bytes);
        return new ControllerInstance.File(path, digest, bytes.length);
    }

    /** Takes over what another world was given: its secrets and files. */
    void inherit(ProcessWorld before) {
        secrets.putAll(before.secrets);
        content.putAll(before.content);
    }

    /** What comes instead of the content that was asked for. */
    void damage(ControllerInstance.File file) {
        content.put(file.digest(), new byte[] {1});
    }

    private static byte[] resource(String name) {
        try (var in = Objects.requireNonNull(ProcessWorld.class.getResourceAsStream(name), name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
