package io.portolan.runtime;

import io.portolan.model.controller.ControllerRuntimeKind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Words and variables that start a replica. Immutable. */
final class ProcessCommand {
    private static final Path SETPRIV = Path.of("/usr/bin/setpriv");
    private static final Path SETSID = Path.of("/usr/bin/setsid");
    private static final long MIB = 1L << 20;

    private final ProcessSettings settings;
    private final boolean privileges;
    private final String group;

    private ProcessCommand(ProcessSettings settings, boolean privileges, String group) {
        this.settings = settings;
        this.privileges = privileges;
        this.group = group;
    }

    /**
     * For this machine.
     *
     * @throws IOException when there is no such user, or no way to become it
     */
    static ProcessCommand of(ProcessSettings settings) throws IOException {
        boolean privileges = Files.isExecutable(SETPRIV);
        var user = settings.user();
        if (!user.isEmpty() && !privileges) {
            throw new IOException("controllers-user: " + user + ": " + SETPRIV + " is not installed");
        }
        return new ProcessCommand(settings, privileges, user.isEmpty() ? "" : groupOf(user));
    }

    /** Number of a user's own group. */
    private static String groupOf(String user) throws IOException {
        var asked = new ProcessBuilder("id", "-g", "--", user)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (var out = asked.getInputStream()) {
            var group = new String(out.readAllBytes(), StandardCharsets.UTF_8).strip();
            if (asked.waitFor() != 0 || group.isEmpty()) {
                throw new IOException("controllers-user: " + user + ": there is no such user");
            }
            return group;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("controllers-user: " + user + ": interrupted");
        }
    }

    /** Why a child may outlive a node that is killed, empty text where the kernel ends it. */
    String why() {
        return privileges ? "" : "setpriv is not installed: processes end by the end of their standard input only";
    }

    /**
     * The words.
     *
     * @param cgroup group of the replica, if it gets one: the process enters it before it becomes the program
     */
    List<String> words(ControllerInstance instance, Path app, int port, Optional<Path> cgroup) {
        var words = new ArrayList<String>();
        cgroup.ifPresent(folder -> words.addAll(List.of(
                "/bin/sh",
                "-c",
                "echo $$ > \"$0\" && exec \"$@\"",
                folder.resolve("cgroup.procs").toString())));
        if (Files.isExecutable(SETSID)) {
            // Ctrl-C at the node's terminal is the node's: it ends its children itself, when their calls have ended.
            words.add(SETSID.toString());
        }
        if (privileges) {
            words.add(SETPRIV.toString());
            if (!settings.user().isEmpty()) {
                words.addAll(List.of("--reuid", settings.user(), "--regid", group, "--init-groups"));
            }
            // The node cannot end its children when it is killed; the kernel can.
            words.addAll(List.of("--no-new-privs", "--pdeathsig", "KILL", "--"));
        }
        words.addAll(program(instance, app));
        var command = instance.spec().process().command();
        boolean named = instance.spec().process().runtime() == ControllerRuntimeKind.NATIVE;
        command.stream().skip(named ? 1 : 0).forEach(word -> words.add(word.replace("${PORT}", String.valueOf(port))));
        return words;
    }

    private List<String> program(ControllerInstance instance, Path app) {
        long memory = instance.spec().resources().memoryBytes();
        return switch (instance.spec().process().runtime()) {
            case JVM ->
                memory > 0 ? List.of(settings.java(), "-XX:MaxRAM=" + memory / MIB + "m") : List.of(settings.java());
            case NODE ->
                memory > 0
                        ? List.of(settings.node(), "--max-old-space-size=" + Math.max(16, memory / MIB * 3 / 4))
                        : List.of(settings.node());
            case NATIVE ->
                List.of(app.resolve(instance.spec().process().command().getFirst())
                        .toString());
        };
    }

    /** The variables: few of the node's own, those of the controller, and what Portolan tells it. */
    Map<String, String> variables(
            ControllerInstance instance, String replica, Path folder, String host, int port, Environment environment) {
        var variables = new TreeMap<String, String>();
        for (var kept : List.of("PATH", "LANG", "LC_ALL", "TZ")) {
            var value = System.getenv(kept);
            if (value != null) {
                variables.put(kept, value);
            }
        }
        var own = folder.resolve("tmp").toString();
        variables.put("HOME", own);
        variables.put("TMPDIR", own);
        variables.putAll(environment.variables());
        variables.put("HOST", host);
        variables.put("PORT", String.valueOf(port));
        variables.put("PORTOLAN_EXTENSION", instance.id().extension().value());
        variables.put("PORTOLAN_VERSION", instance.id().version().value());
        variables.put("PORTOLAN_CONTROLLER", instance.id().name());
        variables.put("PORTOLAN_REGION", settings.region());
        variables.put("PORTOLAN_REPLICA", replica);
        return variables;
    }
}
