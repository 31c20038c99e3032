package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.planner.rollout.Rollout;
import io.portolan.planner.rollout.Step;
import io.portolan.storage.Conflict;
import io.portolan.storage.StateStore;
import io.portolan.storage.StorageFailure;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that moves things: compiles intent into revisions and takes rollouts from step to step.
 *
 * <p>No state is kept here but for display: {@link RolloutSteps} reads and records it.
 */
final class Engine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    /** Changes of intent that come within this time share a revision. */
    private static final Duration COALESCE = Duration.ofMillis(50);

    /** Looks again at least so often: names expire, silent nodes leave the rotation. */
    private static final Duration IDLE = Duration.ofSeconds(1);

    private static final List<String> FAULT_ACTORS = List.of("anyone who may abort it", "the developers of Portolan");

    private final StateStore store;
    private final EngineLease lease;
    private final RevisionPublisher publisher;
    private final RevisionPublisher anyReplica;
    private final RolloutSteps steps;
    private final BringUpSteps bringUps;
    private final CdnSteps cdns;
    private final Changes changes;
    private final InstantSource clock;
    private final Map<String, Waiting> waiting = new ConcurrentHashMap<>();
    private final Thread thread;
    private volatile boolean urgent;
    private volatile boolean compileHere;
    private volatile boolean intentChanged = true;
    private Instant publishedAt = Instant.EPOCH;

    /**
     * What a rollout waits for, and since when.
     *
     * @param stateKey of the rollout as it was looked at
     * @param alarmed  whether somebody was told that it stands
     */
    record Waiting(String stateKey, Instant since, Step.Wait step, boolean alarmed) {
        /** Whether that is still what it waits for: a person may have changed it since the engine looked. */
        boolean isOf(Rollout rollout) {
            return stateKey.equals(stateKey(rollout));
        }

        private static String stateKey(Rollout rollout) {
            return rollout.state() + "/" + rollout.advance() + "/"
                    + rollout.approvals().size() + "/"
                    + rollout.stages().stream()
                            .map(stage -> stage.state().name())
                            .toList();
        }
    }

    Engine(
            StateStore store,
            EngineLease lease,
            RevisionPublisher publisher,
            RevisionPublisher anyReplica,
            RolloutSteps steps,
            BringUpSteps bringUps,
            CdnSteps cdns,
            Changes changes,
            InstantSource clock) {
        this.store = store;
        this.lease = lease;
        this.publisher = publisher;
        this.anyReplica = anyReplica;
        this.steps = steps;
        this.bringUps = bringUps;
        this.cdns = cdns;
        this.changes = changes;
        this.clock = clock;
        this.thread = Thread.ofPlatform().name("engine").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Something was committed: the next turn compiles. */
    void committed() {
        intentChanged = true;
        changes.signal();
    }

    /**
     * The next change is away from danger: it is not held back to share a revision, nor does it wait for the process that runs the
     * engine. Whoever recorded it compiles it: numbers are taken by compare-and-set, and the same intent gives the same documents.
     */
    void hurry() {
        compileHere = true;
        urgent = true;
        changes.signal();
    }

    /** What a rollout waits for, if it was looked at and waits. */
    Optional<Waiting> waiting(String rolloutId) {
        return Optional.ofNullable(waiting.get(rolloutId));
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (!Thread.currentThread().isInterrupted() && !changes.closed()) {
            long seen = changes.count();
            var pause = IDLE;
            try {
                pause = turn();
                seen = changes.await(seen, pause);
                if (intentChanged && !urgent) {
                    Changes.rest(COALESCE);
                }
                urgent = false;
            } catch (InterruptedException e) {
                return;
            } catch (Conflict lost) {
                LOG.info("engine turn given up reason={}", lost.getMessage());
            } catch (StorageFailure e) {
                LOG.warn("engine turn failed, trying again reason={}", e.getMessage());
                if (!rested()) {
                    return;
                }
            } catch (RuntimeException e) {
                LOG.error("engine turn failed, trying again", e);
                if (!rested()) {
                    return;
                }
            }
        }
    }

    private boolean rested() {
        try {
            changes.await(changes.count(), IDLE);
            return true;
        } catch (InterruptedException closing) {
            return false;
        }
    }

    /**
     * Publishes what changed, then takes every rollout as far as it goes; gives the time until it should look again. Where another
     * process runs the engine it only looks, so that every process can tell what a rollout waits for.
     */
    Duration turn() {
        compile();
        if (lease.held()) {
            steps.adoptOverrides(clock.instant()).forEach(publisher::publish);
        }
        var next = clock.instant().plus(IDLE);
        var active = store.read(Rollouts::active);
        waiting.keySet().retainAll(active.stream().map(row -> row.value().id()).collect(Collectors.toSet()));
        // All rollouts that can move make one revision: compiling after each step would cost a revision a step.
        for (var moving = active; !moving.isEmpty(); ) {
            var moved = new ArrayList<Table.Row<Rollout>>();
            for (var rollout : moving) {
                if (compileHere) {
                    compile();
                }
                var look = run(rollout);
                next = look.next().isBefore(next) ? look.next() : next;
                if (look.moved()) {
                    moved.add(rollout);
                }
            }
            moved.stream().map(row -> row.value().environment()).distinct().forEach(publisher::publish);
            moving = moved;
        }
        if (lease.held()) {
            catchUp();
            bringUps.turn(clock.instant()).forEach(publisher::publish);
            cdns.turn(clock.instant()).forEach(publisher::publish);
        }
        var pause = Duration.between(clock.instant(), next);
        return pause.isNegative() ? Duration.ZERO : pause;
    }

    private void compile() {
        boolean hurried = compileHere;
        compileHere = false;
        if (lease.held()) {
            publishAll(publisher::publish);
        } else {
            // Looking keeps it quick for when it has to compile.
            publishAll(hurried ? anyReplica::publish : anyReplica::look);
        }
    }

    private void catchUp() {
        for (var row : store.read(Deployments::owing)) {
            while (steps.catchUp(row.key(), clock.instant())) {
                publisher.publish(row.value().environment());
            }
        }
    }

    private void publishAll(Consumer<EnvironmentName> each) {
        var now = clock.instant();
        // Without any change it still looks now and then: friendly names expire by the clock alone.
        if (!intentChanged && Duration.between(publishedAt, now).abs().compareTo(IDLE) < 0) {
            return;
        }
        intentChanged = false;
        publishedAt = now;
        for (var environment : store.read(reader -> Table.ENVIRONMENTS.list(reader, ""))) {
            each.accept(new EnvironmentName(environment.key()));
        }
    }

    /**
     * How far a rollout went.
     *
     * @param next  time of the next look
     * @param moved whether there is something to compile, after which it may go on
     */
    private record Look(Instant next, boolean moved) {}

    /** Takes one rollout as far as it goes without waiting. One with which there is a fault of ours keeps no other from going on. */
    private Look run(Table.Row<Rollout> row) {
        var key = row.key();
        boolean moved = false;
        while (true) {
            var now = clock.instant();
            var doing = "decided";
            try {
                var step = steps.decide(key, now);
                doing = "taken on";
                switch (step) {
                    case Step.Wait wait -> {
                        remember(row.value().id(), wait, key, now);
                        var check = wait.nextCheck();
                        return new Look(check == null ? now.plus(IDLE) : check, moved);
                    }
                    case Step.Done() -> {
                        waiting.remove(row.value().id());
                        return new Look(now.plus(IDLE), moved);
                    }
                    case Step.Change change -> {
                        if (!lease.held()) {
                            return new Look(now.plus(IDLE), moved);
                        }
                        if (!steps.record(change, key, now)) {
                            return new Look(now, moved);
                        }
                        moved |= change.kind() != Step.Kind.TICKED;
                    }
                }
            } catch (StorageFailure | Conflict e) {
                throw e;
            } catch (RuntimeException e) {
                LOG.error("rollout key={} cannot be {}", key, doing, e);
                var why = "it cannot be " + doing + ", by a fault of Portolan's: " + e;
                remember(row.value().id(), new Step.Wait(why, null, null, FAULT_ACTORS), present(key), now, false);
                return new Look(now.plus(IDLE), moved);
            }
        }
    }

    private Optional<Rollout> present(String key) {
        return store.read(reader -> Table.ROLLOUTS.get(reader, key)).map(Table.Row::value);
    }

    private void remember(String id, Step.Wait wait, String key, Instant now) {
        remember(id, wait, present(key), now, true);
    }

    /** {@code alarming}: whether somebody is told when it stands for too long; not of a fault, which telling could be a part of. */
    private void remember(String id, Step.Wait wait, Optional<Rollout> rollout, Instant now, boolean alarming) {
        var stateKey = rollout.map(Waiting::stateKey).orElse("");
        var before = Optional.ofNullable(waiting.get(id))
                .filter(known -> known.stateKey().equals(stateKey));
        var since = before.map(Waiting::since).orElse(now);
        // Said once for each wait: whoever resolves it has seen it.
        boolean alarmed = before.map(Waiting::alarmed).orElse(false)
                || (alarming
                        && lease.held()
                        && rollout.filter(standing -> steps.alarm(standing, wait, since, now))
                                .isPresent());
        waiting.put(id, new Waiting(stateKey, since, wait, alarmed));
    }
}
