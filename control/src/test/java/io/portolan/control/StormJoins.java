package io.portolan.control;

import io.portolan.model.RegionName;
import io.portolan.model.RegionState;
import io.portolan.model.RolloutKind;
import io.portolan.protocol.Join;
import io.portolan.protocol.Json;
import io.portolan.protocol.rest.RolloutBody;
import io.portolan.storage.StateStore;
import java.time.zone.ZoneRulesProvider;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * Regions that are added while a storm is under way: somebody declares them, makes tokens, holds them, lets them go on, retires them; a
 * node comes with its token and knocks until it is let in. One of them belongs to a stage that has no other region. One thread at a
 * time.
 */
final class StormJoins {
    private static final Map<String, Object> BECAUSE = Map.of("reason", "because");

    private final StateStore store;
    private final Random random;
    private final StormProcess process;
    private final SimulatedFleet fleet;
    /** Tokens that the operators of a region's nodes have. */
    private final Map<RegionName, String> tokens = new HashMap<>();

    StormJoins(StateStore store, Random random, StormProcess process, SimulatedFleet fleet) {
        this.store = store;
        this.random = random;
        this.process = process;
        this.fleet = fleet;
    }

    private Optional<Records.BringingUp> row(RegionName region) {
        return store.read(reader -> BringUps.get(reader, StormWorld.PROD, region))
                .map(Table.Row::value);
    }

    private boolean isThere(RegionName region) {
        return row(region)
                .filter(row -> row.way().state() != RegionState.RETIRED)
                .isPresent();
    }

    private void post(RegionName region, String verb, Map<String, Object> body) {
        process.now().post("/v1/regions/" + region + verb, body, Map.of());
    }

    /** Somebody does something with one of them. */
    void act() {
        var region = StormWorld.COMING.get(random.nextInt(StormWorld.COMING.size()));
        if (!isThere(region)) {
            add(region);
            return;
        }
        switch (random.nextInt(10)) {
            case 0 -> post(region, "/hold", BECAUSE);
            case 1, 2, 3 -> post(region, "/resume", BECAUSE);
            case 4, 5 -> post(region, "/retire", BECAUSE);
            case 6, 7 -> post(region, "/retire", Map.of("last", true));
            default -> token(region);
        }
    }

    private void add(RegionName region) {
        tokens.remove(region);
        process.now()
                .post("/v1/regions", Map.of("name", region, "environment", "prod", "reason", "it is new"), Map.of());
        token(region);
    }

    private void token(RegionName region) {
        var answer = (Answer.Bytes) process.now().post("/v1/regions/" + region + "/tokens", Map.of(), Map.of());
        tokens.put(region, Json.mapper().readTree(answer.body()).path("token").asString());
    }

    /** Nodes that are not in yet ask to be let in; those of regions that are gone end. */
    void knock() {
        for (var region : StormWorld.COMING) {
            var row = row(region);
            if (row.filter(present ->
                            present.way().isEnrolled() || present.way().state() == RegionState.HELD)
                    .isEmpty()) {
                fleet.leave(region);
            }
            var token = tokens.get(region);
            if (token != null && isThere(region) && !fleet.isJoined(region)) {
                var now = process.clock().instant();
                var asked = new Join.Request(
                        "node-" + region,
                        "region",
                        StormWorld.PROD,
                        region,
                        "key of " + region + " " + row.orElseThrow().way().incarnation(),
                        "http://node-" + region,
                        new Join.Facts(now, ZoneRulesProvider.getVersions("UTC").lastKey(), 1L << 40));
                if (process.now().join(asked, token)) {
                    fleet.join(region);
                }
            }
        }
    }

    /** Nobody holds any of them any more; those that are declared get their node, those that leave are let go. */
    void goOn() {
        for (var region : StormWorld.COMING) {
            var row = row(region);
            if (row.isEmpty() || row.get().way().state() == RegionState.RETIRED) {
                continue;
            }
            var way = row.get().way();
            if (process.now().waits(region).contains("portolan rollout start")
                    && process.active().isEmpty()) {
                rollOut();
            }
            if (way.state() == RegionState.HELD) {
                post(region, "/resume", BECAUSE);
            } else if (way.leaving() && way.state() == RegionState.DARK) {
                post(region, "/retire", Map.of("last", true));
            } else if (!way.isEnrolled()) {
                token(region);
            }
        }
    }

    /** As the region's explanation says: its stage has no version of the extension, and somebody has to decide which. */
    private void rollOut() {
        process.now()
                .post(
                        "/v1/rollouts",
                        new RolloutBody.Start(
                                StormWorld.EXTENSION,
                                StormWorld.PROD,
                                StormWorld.version(random.nextInt(StormWorld.VERSIONS)),
                                RolloutKind.BREAK_GLASS,
                                null,
                                "a region waits for it",
                                null,
                                List.of(),
                                null,
                                null,
                                null),
                        Map.of());
    }

    /** Those that are not live and not gone. */
    List<String> onTheirWay() {
        var left = new ArrayList<String>();
        for (var region : StormWorld.COMING) {
            row(region)
                    .map(Records.BringingUp::way)
                    .filter(way -> way.state() != RegionState.LIVE && way.state() != RegionState.RETIRED)
                    .ifPresent(way -> left.add(region + " is " + way.state() + ": " + way.reason() + ", waits "
                            + process.now().waits(region)));
        }
        return left;
    }

    /** Those that are live. */
    List<RegionName> live() {
        return StormWorld.COMING.stream()
                .filter(region -> row(region)
                        .filter(row -> row.way().state() == RegionState.LIVE)
                        .isPresent())
                .toList();
    }
}
