package io.portolan.it;

import io.portolan.control.ControlPlane;
import io.portolan.control.ControlSettings;
import io.portolan.control.StateDatabase;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.storage.PostgresSettings;
import io.portolan.testkit.PostgresServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/**
 * One of several control planes of a {@link WorldSettings world} as a process: {@code FOLDER PORT NODE_PORT REGION,REGION NAME
 * DATABASE_URL LEASE_TTL}.
 *
 * <p>A line {@code SIGNAL POINT} on its input lets it send itself that signal when it next arrives at that point. It ends with its
 * input, so that none is left over by a test that was ended.
 */
final class ClusterMain {
    private static final Duration LEASE_RENEW = Duration.ofMillis(300);
    /** Short, since tests freeze a process inside a transaction; a starved machine loads classes for more than 3 s in one. */
    private static final Duration STILL_STAND = Duration.ofSeconds(6);

    private ClusterMain() {}

    /** Sends this process a signal at one point, once. Thread-safe. */
    private static final class Signals implements FailPoints {
        private volatile String armed = "";

        @Override
        public void reached(FailPoint point) {
            var words = armed.split(" ", -1);
            if (words.length == 2 && words[1].equals(point.name())) {
                armed = "";
                signal(words[0]);
            }
        }

        private static void signal(String name) {
            try {
                var kill = new ProcessBuilder(
                                "kill", "-" + name, "" + ProcessHandle.current().pid())
                        .inheritIO()
                        .start();
                kill.waitFor();
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException("signalling " + name, e);
            }
        }
    }

    public static void main(String[] args) throws IOException {
        var world = new WorldSettings(
                Path.of(args[0]),
                Integer.parseInt(args[1]),
                Integer.parseInt(args[2]),
                List.of(args[3].split(",", -1)));
        var signals = new Signals();
        var control = ControlPlane.start(
                settings(world, args[4], args[5], Duration.parse(args[6])), InstantSource.system(), signals);
        try (control;
                var commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            System.out.println(CrashMain.READY);
            for (var line = commands.readLine(); line != null; line = commands.readLine()) {
                signals.armed = line;
                System.out.println(CrashMain.ARMED);
            }
        }
    }

    /** Of one of several control planes: its own data folder, the same store, key and database as the others. */
    static ControlSettings settings(WorldSettings world, String name, String database, Duration leaseTtl) {
        var alone = world.control();
        var postgres = PostgresSettings.of(database, PostgresServer.user(), "");
        return new ControlSettings(
                world.folder().resolve(name),
                alone.storeFolder(),
                alone.listenHost(),
                alone.listenPort(),
                alone.hosts(),
                alone.environments(),
                alone.defaultBake(),
                new StateDatabase.Shared(
                        new PostgresSettings(
                                postgres.url(),
                                postgres.user(),
                                postgres.password(),
                                postgres.readers(),
                                postgres.patience(),
                                STILL_STAND),
                        LEASE_RENEW,
                        leaseTtl),
                world.folder().resolve("keys").resolve("revision.key"));
    }
}
