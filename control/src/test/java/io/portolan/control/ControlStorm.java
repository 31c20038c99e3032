package io.portolan.control;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutState;
import io.portolan.planner.rollout.Refusal;
import io.portolan.planner.rollout.Rollout;
import io.portolan.protocol.Signer;
import io.portolan.storage.Conflict;
import io.portolan.storage.LogRow;
import io.portolan.storage.StateStore;
import io.portolan.testkit.MutableClock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Random rollouts through the real routes, engine and embedded store in virtual time: the process crashes at commits, an old one wakes
 * up, requests come twice, late and in another order, clocks jump, gates flap, nodes lag and are lost, regions join and leave. In the
 * end all is made well, and everything must end. A {@link Witness} looks after each turn. One thread at a time.
 */
final class ControlStorm implements StormProcess {
    private static final Signer SIGNER = Signer.generate();
    private static final int CHAOS = 250;
    /** So many quiet turns without an end, and the hours by which the clock was set back go by faster. */
    private static final int SET_BACK = 500;
    /** One commit in so many is the last one of its process. */
    private static final int ONE_IN = 40;

    private final StateStore real;
    private final StormDisk disk;
    private final CrashingStore store;
    private final Random random;
    private final Parts parts;
    private final MutableClock clock = new MutableClock(Instant.parse("2026-11-23T00:00:00Z"));
    private final SimulatedFleet fleet;
    private final StormRequests requests;
    private final StormJoins joins;
    private final Witness witness;
    private final Set<RegionName> regions = new TreeSet<>(StormWorld.REGIONS);
    private SimulatedControl process;
    private @Nullable SimulatedControl old;
    private Duration elapsed = Duration.ZERO;
    private int jumps;
    private int turns;
    private int restarts;

    ControlStorm(StormDisk disk, Random random, Parts parts) {
        this.disk = disk;
        real = disk;
        this.random = random;
        this.parts = parts;
        store = new CrashingStore(real, random);
        // Two regions of six come later.
        regions.removeAll(Set.of(StormWorld.REGIONS.get(1), StormWorld.REGIONS.get(4)));
        fleet = new SimulatedFleet(real, StormWorld.PROD, StormWorld.EXTENSION, StormWorld.all(), random);
        real.write(tx -> {
            StormWorld.declare(tx, regions, clock.instant());
            regions.forEach(region -> StormWorld.join(tx, region, clock.instant()));
            return true;
        });
        regions.forEach(fleet::join);
        process = new SimulatedControl(store, SIGNER, clock, parts, fleet::fault);
        requests = new StormRequests(random, this, parts, fleet);
        requests.listKey();
        joins = new StormJoins(real, random, this, fleet);
        witness = new Witness(real, fleet);
    }

    int turns() {
        return turns;
    }

    /** Overrides that became a rollback. */
    int adopted() {
        return witness.adopted();
    }

    /** Overrides that were taken over for regions that told of them late. */
    int extended() {
        return witness.extended();
    }

    /** How often a joining region was given a version. */
    int given() {
        return witness.given();
    }

    /** How often a joining region came to all of its users. */
    int lives() {
        return witness.lives();
    }

    int crashes() {
        return store.crashes() + restarts;
    }

    @Override
    public SimulatedControl now() {
        return process;
    }

    @Override
    public InstantSource clock() {
        return clock;
    }

    @Override
    public int rollouts() {
        return real.read(reader -> Table.COUNTERS
                .get(reader, "rollout")
                .map(row -> (int) row.value().value())
                .orElse(0));
    }

    @Override
    public List<Rollout> active() {
        return real.read(
                reader -> Rollouts.active(reader).stream().map(Table.Row::value).toList());
    }

    @Override
    public Rollout rollout(String id) {
        return real.read(reader -> Lookup.rollout(reader, id).value());
    }

    ControlStorm play() {
        return play(CHAOS);
    }

    /** {@code chaos}: turns in which anything may happen, before all is made well. */
    ControlStorm play(int chaos) {
        store.crashing(ONE_IN);
        for (int i = 0; i < chaos; i++) {
            if (random.nextInt(3) == 0) {
                living(this::act);
            }
            living(joins::knock);
            living(() -> fleet.report(process, clock.instant()));
            dieKnowing();
            turn();
        }
        store.crashing(0);
        old = null;
        makeWell();
        witness.lookAtAll();
        return this;
    }

    /** Does something that a crash may end; the next process goes on from what is recorded. Whether it was done to the end. */
    private boolean living(Runnable action) {
        try {
            action.run();
            return true;
        } catch (CrashingStore.Crash crash) {
            restart();
        } catch (ApiException | Refusal | Conflict refused) {
            if (refused.getMessage() == null) {
                throw new Broken("words: a refusal without any");
            }
        }
        return false;
    }

    @Override
    public void restart() {
        var before = old;
        if (before != null) {
            before.forget();
        }
        old = process;
        disk.powerLost();
        while (true) {
            try {
                process = new SimulatedControl(store, SIGNER, clock, parts, fleet::fault);
                return;
            } catch (CrashingStore.Crash again) {
                restarts++;
            }
        }
    }

    /** Operators go to nodes because the control plane is ill: what was told late must outlive all who heard it. */
    private void dieKnowing() {
        if (fleet.relies() && random.nextInt(4) != 0) {
            restart();
        }
    }

    private void turn() {
        turns++;
        var passed = Duration.ofMillis(random.nextInt(3000));
        elapsed = elapsed.plus(passed);
        clock.advance(passed);
        boolean whole = living(process.engine::turn);
        for (var rollout : active()) {
            process.engine.waiting(rollout.id()).ifPresent(waiting -> {
                if (waiting.step().text().contains("it would break")) {
                    throw new Broken(waiting.step().text());
                }
                if (waiting.step().text().isEmpty() || waiting.step().actors().isEmpty()) {
                    throw new Broken("words: " + rollout.id() + " waits without saying why or for whom");
                }
            });
        }
        var sleeper = old;
        if (sleeper != null && random.nextInt(20) == 0) {
            wake(sleeper);
        }
        witness.look(elapsed, jumps);
        if (whole) {
            witness.turned(process.registry);
        }
    }

    /** The process before this one goes on as if nothing had happened: it moves nothing; what is intended it may compile. */
    private void wake(SimulatedControl sleeper) {
        long last = lastRow();
        long change = real.read(reader -> reader.lastChange());
        fleet.report(sleeper, clock.instant(), false);
        store.crashing(0);
        living(sleeper.engine::turn);
        store.crashing(ONE_IN);
        var rows = real.read(reader -> reader.log(last, 100)).stream()
                .map(row -> row.entry().type())
                .filter(type -> !type.equals("portolan.revision.created"))
                .toList();
        var changed = real.read(reader -> Replayed.TABLES.stream()
                .filter(table -> !reader.changed(table.kind(), change).isEmpty())
                .map(Table::kind)
                .toList());
        if (!rows.isEmpty() || !changed.isEmpty()) {
            throw new Broken("fence: a process without the lease recorded " + rows + " and changed " + changed);
        }
    }

    private long lastRow() {
        return real.read(reader -> reader.lastLogRow().map(LogRow::id).orElse(0L));
    }

    private void act() {
        switch (random.nextInt(16)) {
            case 14, 15 -> joins.act();
            case 0 -> {
                jumps++;
                clock.advance(Duration.ofSeconds(random.nextInt(-3000, 3000)));
            }
            case 1 -> restart();
            case 2 -> resolve();
            case 3, 4 -> fleet.trouble();
            case 5 -> member();
            default -> requests.one();
        }
    }

    /** A region joins the environment, or leaves it; its node comes with it, or later. */
    private void member() {
        var region = StormWorld.REGIONS.get(random.nextInt(StormWorld.REGIONS.size()));
        if (random.nextInt(3) == 0) {
            if (regions.size() > 4) {
                regions.remove(region);
            }
        } else {
            regions.add(region);
        }
        store.write(tx -> {
            StormWorld.regions(tx, regions, clock.instant());
            if (random.nextBoolean()) {
                StormWorld.join(tx, region, clock.instant());
            }
            return true;
        });
        if (real.read(reader -> Table.NODES.get(reader, "node-" + region)).isPresent()) {
            fleet.join(region);
        }
    }

    private void resolve() {
        for (var incident : real.read(Incidents::open)) {
            process.post(
                    "/v1/incidents/" + incident.id() + "/resolve",
                    java.util.Map.of("reason", "done"),
                    java.util.Map.of());
        }
    }

    private void makeWell() {
        regions.addAll(StormWorld.REGIONS);
        real.write(tx -> {
            StormWorld.regions(tx, regions, clock.instant());
            regions.forEach(region -> StormWorld.join(tx, region, clock.instant()));
            return true;
        });
        fleet.makeWell();
        for (int i = 0; isUnfinished(); i++) {
            if (i > 2000) {
                throw new Broken("end: none at " + clock.instant() + (fleet.obeys() ? ", nodes obey an order" : "")
                        + (owes() ? ", regions are owed a version" : "")
                        + (pendingOverrides() ? ", overrides are pending" : "") + ": " + joins.onTheirWay() + " "
                        + active().stream()
                                .map(rollout -> rollout.id() + " " + rollout.state() + " "
                                        + process.engine.waiting(rollout.id()))
                                .toList());
            }
            living(this::resolve);
            for (var rollout : active()) {
                if (rollout.state() == RolloutState.PAUSED) {
                    living(() -> requests.verb(rollout.id(), "resume"));
                }
                if (i % 10 == 0) {
                    for (var stage : rollout.stages()) {
                        living(() -> requests.approve(rollout.id(), stage.name(), "grace"));
                    }
                }
            }
            if (active().isEmpty() || i > SET_BACK) {
                // A clock that was set back lets a region that leaves be dark for longer, and what waits for it too:
                // that does no harm, and takes time.
                var longer = Duration.ofSeconds(30);
                elapsed = elapsed.plus(longer);
                clock.advance(longer);
            }
            if (i % 10 == 0) {
                living(joins::goOn);
            }
            living(joins::knock);
            fleet.report(process, clock.instant());
            dieKnowing();
            old = null;
            turn();
        }
        var deployment = real.read(reader -> Lookup.deployment(reader, StormWorld.PROD, StormWorld.EXTENSION))
                .value();
        WitnessedJoins.settled(
                deployment,
                joins.live(),
                Map.of(StormWorld.COMING.getFirst(), "stage5", StormWorld.COMING.getLast(), "stage1"));
    }

    private boolean isUnfinished() {
        return !active().isEmpty()
                || owes()
                || fleet.obeys()
                || pendingOverrides()
                || !joins.onTheirWay().isEmpty();
    }

    private boolean pendingOverrides() {
        return real.<Boolean>read(
                reader -> !reader.list(Records.PENDING_OVERRIDE, "").isEmpty());
    }

    /** Something that can be paid: what was withdrawn is not. */
    private boolean owes() {
        return real.read(reader -> Deployments.owing(reader)).stream()
                .map(Table.Row::value)
                .anyMatch(deployment -> deployment.owed().values().stream()
                        .map(owed -> deployment.stages().get(owed.stage()))
                        .anyMatch(version ->
                                version != null && !deployment.withdrawn().contains(version)));
    }
}
