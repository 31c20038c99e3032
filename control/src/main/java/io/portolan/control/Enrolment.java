package io.portolan.control;

import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.model.RegionState;
import io.portolan.planner.bringup.Check;
import io.portolan.protocol.Join;
import io.portolan.protocol.Json;
import io.portolan.storage.LogEntry;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/**
 * Lets a node of an added region in: its token is bound to the region and to the first key that shows it, its facts are looked at, and
 * only then is it given its identity. A node that is not let in yet is told why, and asks again. Thread-safe.
 */
final class Enrolment {
    /** A node that wants to join says so again well within this. */
    private static final Duration ASKING = Duration.ofSeconds(60);

    private final StateStore store;
    private final FailPoints failPoints;
    private final InstantSource clock;

    Enrolment(StateStore store, FailPoints failPoints, InstantSource clock) {
        this.store = store;
        this.failPoints = failPoints;
        this.clock = clock;
    }

    /** What became of a request to join. */
    private sealed interface Verdict {
        record Enrolled() implements Verdict {}

        record NotYet(String why) implements Verdict {}

        record Refused(String why) implements Verdict {}
    }

    /**
     * Enrols the node if it is its turn; whether the token is one of an added region.
     *
     * @throws ApiException when it is not let in, now or for ever
     */
    boolean join(Call call, Join.Request wanted, String token) {
        var key = NodeTokens.key(token);
        var known = store.read(reader -> Table.NODE_TOKENS.get(reader, key));
        if (known.isEmpty()) {
            return false;
        }
        var verdict = store.write(tx -> verdict(tx, call, wanted, key));
        switch (verdict) {
            case Verdict.Enrolled enrolled -> {
                failPoints.reached(FailPoint.REGION_ENROLLED);
                return true;
            }
            case Verdict.NotYet later ->
                throw new ApiException(ErrorCode.CONFLICT, "joining " + wanted.id() + ": not yet: " + later.why());
            case Verdict.Refused refused ->
                throw new ApiException(ErrorCode.UNAUTHORIZED, "joining " + wanted.id() + ": " + refused.why());
        }
    }

    private Verdict verdict(Writer tx, Call call, Join.Request wanted, String key) {
        var token = Table.NODE_TOKENS.get(tx, key).orElseThrow();
        var region = BringUps.get(tx, token.value().environment(), token.value().region());
        var refused = refusal(wanted, token.value(), region);
        if (refused.isPresent()) {
            tx.append(new LogEntry(
                    "portolan.node.refused",
                    token.value().subject(),
                    wanted.id(),
                    call.origin(),
                    refused.get(),
                    Json.text(Map.of(
                            "id", wanted.id(),
                            "region", wanted.region(),
                            "url", wanted.url(),
                            "publicKey", wanted.publicKey())),
                    clock.instant()));
            return new Verdict.Refused(refused.get());
        }
        if (token.value().usedBy().isEmpty()) {
            var used = token.value().used(wanted.publicKey());
            Table.NODE_TOKENS.put(tx, key, token.generation(), used);
            tx.append(new LogEntry(
                    "portolan.node.token-used",
                    token.value().subject(),
                    wanted.id(),
                    call.origin(),
                    "",
                    Json.text(Map.of(
                            LogReplay.RECORD_KEY,
                            key,
                            "id",
                            wanted.id(),
                            "record",
                            Map.of(Table.NODE_TOKENS.kind(), used))),
                    clock.instant()));
        }
        return token.value().isForDirector()
                ? admitDirector(tx, call, wanted)
                : admit(tx, call, wanted, region.orElseThrow());
    }

    private Optional<String> refusal(
            Join.Request wanted, Records.NodeToken token, Optional<Table.Row<Records.BringingUp>> region) {
        boolean director = token.isForDirector();
        if (!wanted.kind().equals(director ? "director" : "region")
                || !wanted.region().equals(token.region())
                || !wanted.environment().equals(token.environment())) {
            return Optional.of("the token is one for a " + (director ? "director" : "region node of " + token.region())
                    + " in " + token.environment());
        }
        if (!token.usedBy().isEmpty() && !token.usedBy().equals(wanted.publicKey())) {
            return Optional.of("the token was used by another node");
        }
        if (token.usedBy().isEmpty() && !clock.instant().isBefore(token.expiresAt())) {
            return Optional.of("the token expired at " + token.expiresAt());
        }
        if (director) {
            return Optional.empty();
        }
        if (region.isEmpty()
                || region.get().value().way().state() == RegionState.RETIRED
                || region.get().value().way().incarnation() != token.incarnation()) {
            return Optional.of("the region it was made for is retired");
        }
        return region.get().value().revokedKeys().contains(wanted.publicKey())
                ? Optional.of("its key was revoked when " + token.region() + " was retired")
                : Optional.empty();
    }

    /** It serves no content, so there is nothing to seed or to verify. */
    private Verdict admitDirector(Writer tx, Call call, Join.Request wanted) {
        var present = Table.NODES.get(tx, wanted.id());
        if (present.isPresent()) {
            var node = present.get().value();
            if (!node.region().equals(wanted.region()) || !node.environment().equals(wanted.environment())) {
                return new Verdict.Refused(
                        "that name belongs to a node of " + node.region() + " in " + node.environment());
            }
            if (node.publicKey().equals(wanted.publicKey()) && node.url().equals(wanted.url())) {
                return new Verdict.Enrolled();
            }
        }
        record(tx, call, wanted, false);
        return new Verdict.Enrolled();
    }

    private Verdict admit(Writer tx, Call call, Join.Request wanted, Table.Row<Records.BringingUp> row) {
        var region = row.value();
        var way = region.way();
        var now = clock.instant();
        var present = Table.NODES.get(tx, wanted.id());
        if (present.isPresent()) {
            var node = present.get().value();
            if (!node.region().equals(wanted.region())) {
                return new Verdict.Refused("that name belongs to a node of " + node.region());
            }
            if (node.publicKey().equals(wanted.publicKey()) && node.url().equals(wanted.url())) {
                return new Verdict.Enrolled();
            }
        }
        var facts = wanted.facts();
        if (facts == null) {
            return new Verdict.Refused("it says nothing of its machine (expected: a node of this build)");
        }
        var ask = new Records.Ask(wanted.id(), wanted.publicKey(), wanted.url(), facts, now);
        switch (way.way()) {
            case DECLARED, PREFLIGHT -> {
                var first = region.ask();
                // Several nodes may come at once: one is looked at after the other, and one that is gone waits for
                // nobody.
                if (first != null
                        && way.state() != RegionState.HELD
                        && !first.publicKey().equals(ask.publicKey())
                        && now.isBefore(first.receivedAt().plus(ASKING))) {
                    return new Verdict.NotYet(first.id() + " came first and is being looked at");
                }
                Table.BRING_UPS.put(tx, row.key(), row.generation(), region.asked(ask));
                return new Verdict.NotYet(way.region() + " is " + way.state()
                        + (way.state() == RegionState.HELD ? ": " + way.reason() : ""));
            }
            case ENROLLING -> {
                var asked = region.ask();
                if (asked == null || !asked.publicKey().equals(wanted.publicKey())) {
                    return new Verdict.NotYet("another node passed the preflight");
                }
            }
            default -> {
                if (way.leaving()) {
                    return new Verdict.NotYet(way.region() + " is on its way out");
                }
                var environment = Lookup.environment(tx, way.environment());
                var failed = Preflight.facts(tx, environment, region, ask).stream()
                        .filter(check -> check.result() == Check.Result.FAIL)
                        .findFirst();
                if (failed.isPresent()) {
                    return new Verdict.NotYet("preflight: " + failed.get());
                }
            }
        }
        enrol(tx, call, wanted, row, ask);
        return new Verdict.Enrolled();
    }

    private void record(Writer tx, Call call, Join.Request wanted, boolean late) {
        var now = clock.instant();
        var node = new Records.Node(
                        Records.SCHEMA,
                        wanted.id(),
                        wanted.kind(),
                        wanted.environment(),
                        wanted.region(),
                        wanted.publicKey(),
                        wanted.url(),
                        now)
                .verified(!late);
        Table.NODES.put(tx, wanted.id(), Writer.ANY, node);
        tx.append(new LogEntry(
                "portolan.node.joined", "node/" + wanted.id(), wanted.id(), call.origin(), "", Json.text(node), now));
    }

    private void enrol(Writer tx, Call call, Join.Request wanted, Table.Row<Records.BringingUp> row, Records.Ask ask) {
        var now = clock.instant();
        // One that comes when its region has passed its verification is verified alone before anybody is told of it.
        boolean late = LateNodes.isLate(row.value().way().way());
        record(tx, call, wanted, late);
        var facts = row.value().facts();
        var more = late || facts.probeUrls().contains(wanted.url())
                ? facts
                : facts.withNode(Preflight.host(wanted.url()), wanted.url());
        var next = row.value().asked(ask).being(more);
        Table.BRING_UPS.put(tx, row.key(), row.generation(), next);
        BringUpWriting.append(
                tx,
                next,
                row.value().way().state(),
                "ENROLLED",
                wanted.id() + " has its identity" + (late ? "; it is verified before it has its part" : ""),
                java.util.List.of(wanted.url()),
                wanted.id(),
                call.origin(),
                now);
    }
}
