package io.portolan.it;

import io.portolan.control.ControlPlane;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.region.RegionNode;
import io.portolan.testkit.HaltingFailPoints;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/**
 * One component of a {@link WorldSettings world} as a process: {@code FOLDER CONTROL_PORT NODE_PORT REGION,REGION COMPONENT DATABASE},
 * where the component is {@link #CONTROL} or a region, and the database {@link #EMBEDDED} or the URL of one.
 *
 * <p>Says {@link #READY} once it listens. A line on its input names a fail point that it is to halt at from then on, as
 * {@link HaltingFailPoints#parse} reads it; the system property names one from the start. It ends with its input, so that none is
 * left over by a test that was ended.
 */
final class CrashMain {
    static final String CONTROL = "control";
    static final String EMBEDDED = "embedded";
    static final String READY = "ready";
    static final String ARMED = "armed";

    /** A control plane that is started again takes the engine over after this. */
    private static final Duration LEASE_TTL = Duration.ofSeconds(1);

    private CrashMain() {}

    /** Fail points that can be exchanged while the component runs. Thread-safe. */
    private static final class Armed implements FailPoints {
        private volatile FailPoints points = HaltingFailPoints.fromProperty();

        void arm(String text) {
            points = HaltingFailPoints.parse(text);
        }

        @Override
        public void reached(FailPoint point) {
            points.reached(point);
        }
    }

    public static void main(String[] args) throws IOException {
        var settings = new WorldSettings(
                Path.of(args[0]),
                Integer.parseInt(args[1]),
                Integer.parseInt(args[2]),
                List.of(args[3].split(",", -1)));
        var points = new Armed();
        var component = args[5].equals(EMBEDDED)
                ? start(settings, args[4], points)
                : ControlPlane.start(
                        ClusterMain.settings(settings, args[4], args[5], LEASE_TTL), InstantSource.system(), points);
        System.out.println(READY);
        try (component;
                var commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (var line = commands.readLine(); line != null; line = commands.readLine()) {
                points.arm(line);
                System.out.println(ARMED);
            }
        } catch (Exception e) {
            throw new IOException("stopping " + args[4], e);
        }
    }

    /** Starts a component in this process. */
    static AutoCloseable start(WorldSettings settings, String component, FailPoints points) throws IOException {
        return component.equals(CONTROL)
                ? ControlPlane.start(settings.control(), InstantSource.system(), points)
                : RegionNode.start(settings.node(component), InstantSource.system(), points);
    }
}
