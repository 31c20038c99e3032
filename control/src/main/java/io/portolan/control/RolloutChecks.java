package io.portolan.control;

import io.portolan.model.RegionName;
import io.portolan.planner.capacity.CapacityPolicy;
import io.portolan.planner.capacity.CapacityRule;
import io.portolan.planner.capacity.CapacityVerdict;
import io.portolan.planner.rollout.Checking;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.Rollout;
import io.portolan.planner.rollout.Scene;
import io.portolan.protocol.rest.Page;
import io.portolan.protocol.rest.RolloutBody;
import io.portolan.protocol.rest.RolloutCheckBody;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Check-only runs: what a rollout would meet if it were started now. Each is recorded, with a row of the log; no rollout, deployment or
 * revision comes of it. Thread-safe.
 */
final class RolloutChecks {
    /** Most checks that one list shows, the latest. */
    private static final int MOST_LISTED = 100;

    private final StateStore store;
    private final Commands commands;
    private final RolloutRequests requests;
    private final Scenes scenes;
    private final RegionsApi regions;
    private final InstantSource clock;

    /** The stored form. */
    record Recorded(int schema, RolloutCheckBody check) {}

    RolloutChecks(
            StateStore store,
            Commands commands,
            RolloutRequests requests,
            Scenes scenes,
            RegionsApi regions,
            InstantSource clock) {
        this.store = store;
        this.commands = commands;
        this.requests = requests;
        this.scenes = scenes;
        this.regions = regions;
        this.clock = clock;
    }

    void addTo(Routes routes) {
        routes.add("POST", "/v1/rollout-checks", this::check);
        routes.add("GET", "/v1/rollout-checks", this::list);
        routes.add("GET", "/v1/rollout-checks/{id}", this::show);
        routes.add("GET", "/v1/rollout-checks/{id}/explain", this::explain);
    }

    private Answer check(Call call) {
        var bytes = call.bytes();
        var wanted = Call.json(bytes, RolloutBody.Start.class);
        return commands.change(call, bytes, tx -> {
            var asked = requests.read(tx, wanted);
            var now = clock.instant();
            var id = "ck-" + Table.next(tx, "rollout-check");
            // Behind all that was started: nothing that comes later is before it. Not taken, as no rollout has it.
            long lineage = Table.COUNTERS
                            .get(tx, "rollout")
                            .map(row -> row.value().value())
                            .orElse(0L)
                    + 1;
            var request = asked.request(id, lineage, call.actor(), now);
            var rollout = Checking.planned(request, asked.deployment().value(), RolloutsApi::hash);
            var look = look(tx, rollout, asked, now);
            var body = body(Checking.report(request, rollout, look, now), look.scene(), now);
            var recorded = new Recorded(Records.SCHEMA, body);
            var key = Table.checkKey(id);
            Table.ROLLOUT_CHECKS.put(tx, key, Writer.ABSENT, recorded);
            commands.log(
                    tx,
                    call,
                    "portolan.rollout.checked",
                    "rollout-check/" + id,
                    sentence(body),
                    Map.of("check", id, "outcome", body.outcome()),
                    Table.ROLLOUT_CHECKS,
                    recorded);
            return new Commands.Result(201, body);
        });
    }

    private Checking.Look look(Reader reader, Rollout rollout, RolloutRequests.Asked asked, Instant now) {
        var deployment = asked.deployment();
        var scene = scenes.of(reader, rollout, deployment, now);
        var capacities = regions.capacities(reader, asked.environment());
        return new Checking.Look(
                exposed(scene, rollout),
                scenes.served(reader, rollout, deployment, now),
                isGiven(deployment.value(), scene, rollout),
                validation(reader, rollout),
                wave -> capacity(CapacityRule.decide(capacities, wave, CapacityPolicy.PERSON.spare(0))));
    }

    /** A rollout of the same version is what is asked about, not something that is before it. */
    private static Scene exposed(Scene scene, Rollout rollout) {
        return new Scene(
                scene.deployment(),
                scene.observed(),
                scene.gate(),
                scene.others().stream()
                        .filter(other -> !other.version().equals(rollout.version()))
                        .toList(),
                scene.windows(),
                scene.blockers(),
                scene.wayBack(),
                scene.joining(),
                scene.gone());
    }

    /** Whether revisions name the version, so that nodes fetch it and tell what they lack of it. */
    private static boolean isGiven(Deployment deployment, Scene scene, Rollout rollout) {
        var version = rollout.version();
        return Stream.of(
                        deployment.regions().values().stream().map(Deployment.Pointer::version),
                        deployment.ofStages().stream(),
                        deployment.names().values().stream().map(Deployment.FriendlyName::version),
                        deployment.slots().values().stream(),
                        deployment.good().stream(),
                        scene.others().stream().map(Rollout::version))
                .flatMap(named -> named)
                .anyMatch(version::equals);
    }

    private List<Checking.Finding> validation(Reader reader, Rollout rollout) {
        var hosts = WaysBack.hosts(reader, rollout);
        var portals = scenes.portals(reader, rollout);
        if (portals.isEmpty()) {
            return List.of(new Checking.Finding(
                    "validation",
                    Checking.Outcome.FAIL,
                    "the configuration of " + rollout.version() + " cannot be read"));
        }
        var without = new TreeSet<>(hosts);
        without.removeAll(portals.get());
        if (without.isEmpty()) {
            return List.of(new Checking.Finding(
                    "validation", Checking.Outcome.PASS, "published, with a page for every portal host"));
        }
        boolean none = portals.get().isEmpty();
        return List.of(new Checking.Finding(
                "validation",
                none ? Checking.Outcome.FAIL : Checking.Outcome.NOTE,
                rollout.version() + " has no page for portal host " + String.join(", ", without)));
    }

    private static Checking.Finding capacity(CapacityVerdict verdict) {
        return new Checking.Finding(
                "capacity",
                verdict.allowed() ? Checking.Outcome.PASS : Checking.Outcome.NOTE,
                (verdict.allowed()
                                ? "if a wave failed and were taken away: "
                                : "if a wave failed, its regions could not be taken away: ")
                        + verdict.sentence());
    }

    private static RolloutCheckBody body(Checking.Report report, Scene scene, Instant now) {
        var rollout = report.rollout();
        return new RolloutCheckBody(
                rollout.id(),
                rollout.extension(),
                rollout.environment(),
                rollout.version(),
                rollout.kind(),
                outcome(report.outcome()),
                rollout.reason(),
                rollout.planHash(),
                RolloutBodies.plan(rollout, scene.windows()),
                findings(report.findings()),
                report.stages().stream()
                        .map(stage -> new RolloutCheckBody.StageCheck(
                                stage.name(), stage.regions(), outcome(stage.outcome()), findings(stage.findings())))
                        .toList(),
                now,
                rollout.actor());
    }

    private static RolloutCheckBody.Outcome outcome(Checking.Outcome outcome) {
        return switch (outcome) {
            case PASS -> RolloutCheckBody.Outcome.PASS;
            case NOTE -> RolloutCheckBody.Outcome.NOTE;
            case WAIT -> RolloutCheckBody.Outcome.WAIT;
            case FAIL -> RolloutCheckBody.Outcome.FAIL;
        };
    }

    private static List<RolloutCheckBody.Finding> findings(List<Checking.Finding> findings) {
        return findings.stream()
                .map(each -> new RolloutCheckBody.Finding(each.check(), outcome(each.outcome()), each.reason()))
                .toList();
    }

    private Answer list(Call call) {
        var wanted = call.query().get("extension");
        return Answer.json(
                200,
                store.read(reader -> new Page<>(
                        Table.ROLLOUT_CHECKS.list(reader, "").reversed().stream()
                                .map(row -> row.value().check())
                                .filter(check -> wanted == null
                                        || check.extension().value().equals(wanted))
                                .limit(MOST_LISTED)
                                .toList(),
                        null)));
    }

    private RolloutCheckBody find(Call call) {
        var id = call.parameter("id");
        return store.read(reader -> Table.ROLLOUT_CHECKS.get(reader, Table.checkKey(id)))
                .map(row -> row.value().check())
                .orElseThrow(() -> new ApiException(ErrorCode.NOT_FOUND, "check " + id + ": there is none"));
    }

    private Answer show(Call call) {
        return Answer.json(200, find(call));
    }

    private Answer explain(Call call) {
        var check = find(call);
        return Answer.json(200, new RolloutBody.WaitingFor(sentence(check), check.checkedAt(), null, List.of()));
    }

    /** What came of it: the worst findings, with their stages. */
    private static String sentence(RolloutCheckBody check) {
        var what = "a rollout of " + check.version() + " to " + place(check);
        var worst = new ArrayList<String>();
        check.findings().stream()
                .filter(finding -> finding.outcome() == check.outcome())
                .forEach(finding -> worst.add(finding.check() + ": " + finding.reason()));
        check.stages().forEach(stage -> stage.findings().stream()
                .filter(finding -> finding.outcome() == check.outcome())
                .forEach(finding -> worst.add(stage.name() + ", " + finding.check() + ": " + finding.reason())));
        var why = worst.stream().distinct().collect(Collectors.joining("; "));
        return switch (check.outcome()) {
            case PASS -> what + " would have begun, and nothing stood against it";
            case NOTE -> what + " would have begun; worth knowing: " + why;
            case WAIT -> what + " would have waited: " + why;
            case FAIL -> what + " would have failed: " + why;
        };
    }

    private static String place(RolloutCheckBody check) {
        var regions = check.stages().stream()
                .flatMap(stage -> stage.regions().stream())
                .map(RegionName::value)
                .toList();
        return regions.isEmpty() ? "no region" : String.join(", ", regions);
    }
}
