package io.portolan.runtime;

import io.portolan.model.controller.ControllerKind;
import java.io.IOException;
import java.util.Map;
import java.util.Set;

/**
 * Something that runs controllers. Thread-safe; every method returns at once, what it asks for happens afterwards and is seen in
 * {@link #states}.
 *
 * <p>Every call says what is to be, and may be repeated: after a crash at any line the same calls lead to the same.
 */
public interface ControllerRuntime extends AutoCloseable {
    /** Whether controllers of that kind are run by this runtime. */
    boolean takes(ControllerKind kind);

    /**
     * Sees to it that the controller runs so, from now on: what ends is started again. One that runs otherwise is replaced a replica
     * at a time; one that runs so already, or that is being stopped, goes on. What cannot be run gets the state {@code REFUSED}.
     */
    void ensure(ControllerInstance wanted);

    /**
     * Lets a controller end: its replicas take no new calls from now on, calls in progress go on for at most its drain time, then its
     * processes end. Unknown ones are nothing to do. It is gone from {@link #states} when nothing of it runs.
     */
    void stop(ControllerId id);

    /**
     * These are all that this node wants: what earlier nodes left behind beside them may end. For runtimes whose controllers outlive
     * their node; others have nothing to do. An empty set says nothing: it may come from somebody who knows nothing yet.
     */
    default void keepOnly(Set<ControllerId> wanted) {}

    /** How each controller is. A snapshot, lock-free. */
    Map<ControllerId, ControllerStatus> states();

    /**
     * The last that replicas of a controller wrote, for people: at most about so many bytes of each, secrets taken out. Empty text
     * where nothing is kept here. Blocks.
     *
     * @throws IOException when what is kept cannot be read
     */
    default String log(ControllerId id, int mostBytes) throws IOException {
        return "";
    }

    /** Called after each change of {@link #states}; returns at once. Set once, before the first {@link #ensure}. */
    void whenChanged(Runnable told);

    /**
     * Lets go, within a bounded time; calls in progress are not waited for. What cannot outlive its node ends; what runs elsewhere goes
     * on, and is found again by the next runtime that is asked for it.
     */
    @Override
    void close();
}
