package io.portolan.control;

import io.portolan.model.Digest;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.model.RolloutKind;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import io.portolan.planner.rollout.Approvals;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.RollingBack;
import io.portolan.planner.rollout.Rollout;
import io.portolan.planner.rollout.RolloutPlan;
import io.portolan.planner.rollout.Starting;
import io.portolan.planner.rollout.Steering;
import io.portolan.planner.rollout.Step;
import io.portolan.protocol.Json;
import io.portolan.protocol.rest.RolloutBody;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Starting and steering of rollouts, and rollbacks. Thread-safe. */
final class RolloutsApi {
    /** Severity of the incident that tells of a break-glass rollout: one that blocks no rollout. */
    private static final int GLASS_BROKEN = 3;

    private final Commands commands;
    private final Engine engine;
    private final FleetObserver observer;
    private final RolloutBodies bodies;
    private final RolloutLog rolloutLog = new RolloutLog();
    private final StartedRollouts startedRollouts = new StartedRollouts();
    private final RolloutRequests requests;
    private final RolloutReading reading;
    private final InstantSource clock;
    private final FailPoints failPoints;

    RolloutsApi(
            StateStore store,
            Commands commands,
            Engine engine,
            FleetObserver observer,
            RolloutBodies bodies,
            Changes changes,
            Duration defaultBake,
            InstantSource clock,
            FailPoints failPoints) {
        this.commands = commands;
        this.engine = engine;
        this.observer = observer;
        this.bodies = bodies;
        this.requests = new RolloutRequests(defaultBake);
        this.reading = new RolloutReading(store, bodies, changes, clock);
        this.clock = clock;
        this.failPoints = failPoints;
    }

    void addTo(Routes routes) {
        reading.addTo(routes);
        routes.add("POST", "/v1/rollouts", this::start);
        routes.add("POST", "/v1/rollbacks", this::rollback);
        routes.add("POST", "/v1/rollouts/{id}/approve", this::approve);
        steer(routes, "pause", Steering::pause);
        steer(routes, "resume", Steering::resume);
        steer(routes, "advance", (rollout, deployment, reason, now) -> Steering.advance(rollout, deployment, reason));
        steer(routes, "abort", Steering::abort);
        steer(routes, "halt", Steering::halt);
    }

    @FunctionalInterface
    private interface Verb {
        Step.Change apply(Rollout rollout, Deployment deployment, String reason, Instant now);
    }

    private void steer(Routes routes, String word, Verb verb) {
        routes.add("POST", "/v1/rollouts/{id}/" + word, call -> {
            var bytes = call.bytes();
            var reason = bytes.length == 0
                    ? ""
                    : text(Call.json(bytes, RolloutBody.Verb.class).reason());
            var answer = commands.change(call, bytes, tx -> {
                var row = Lookup.rollout(tx, call.parameter("id"));
                ifMatch(call, row);
                var deployment = Lookup.deployment(
                        tx, row.value().environment(), row.value().extension());
                var change = verb.apply(row.value(), deployment.value(), reason, clock.instant());
                record(tx, call, change, row, deployment);
                return new Commands.Result(200, bodies.body(change.rollout(), change.deployment()));
            });
            engine.hurry();
            return answer;
        });
    }

    private Answer approve(Call call) {
        var bytes = call.bytes();
        var wanted =
                bytes.length == 0 ? new RolloutBody.Approve(null, null) : Call.json(bytes, RolloutBody.Approve.class);
        var answer = commands.change(call, bytes, tx -> {
            var row = Lookup.rollout(tx, call.parameter("id"));
            ifMatch(call, row);
            var rollout = row.value();
            var deployment = Lookup.deployment(tx, rollout.environment(), rollout.extension());
            var now = clock.instant();
            var stage = wanted.stage() == null || wanted.stage().isBlank()
                    ? Approvals.awaited(rollout, now)
                    : wanted.stage();
            var change =
                    Approvals.approve(rollout, deployment.value(), stage, text(wanted.planHash()), call.actor(), now);
            record(tx, call, change, row, deployment);
            return new Commands.Result(200, bodies.body(change.rollout(), change.deployment()));
        });
        engine.hurry();
        return answer;
    }

    private static void ifMatch(Call call, Table.Row<Rollout> row) {
        call.header().apply("If-Match").ifPresent(match -> {
            if (!match.equals(RolloutReading.etag(row))) {
                throw new ApiException(
                        ErrorCode.PRECONDITION_FAILED,
                        "steering " + row.value().id() + ": If-Match: " + match + " (it is " + RolloutReading.etag(row)
                                + ")");
            }
        });
    }

    private Answer start(Call call) {
        var bytes = call.bytes();
        var wanted = Call.json(bytes, RolloutBody.Start.class);
        return commands.change(call, bytes, tx -> {
            var asked = requests.read(tx, wanted);
            var environment = asked.environment();
            var deployment = asked.deployment();
            var kind = asked.kind();
            var now = clock.instant();
            var running = Rollouts.active(tx, environment.name(), wanted.extension());
            DeploymentTag.require(call, deployment, running, "starting " + wanted.version());
            long number = Table.next(tx, "rollout");
            var started = Starting.start(
                    asked.request("ro-" + number, number, call.actor(), now),
                    deployment.value(),
                    running.stream().map(Table.Row::value).toList(),
                    RolloutsApi::hash);
            startedRollouts.record(tx, started, running, deployment, by(call), now);
            var change = started.started();
            if (kind == RolloutKind.BREAK_GLASS) {
                glassBroken(tx, change.rollout(), now);
            }
            return new Commands.Result(
                    201,
                    bodies.body(
                            change.rollout(),
                            change.deployment(),
                            WindowsApi.concerning(tx, environment.name(), wanted.extension())));
        });
    }

    /** Whoever is on call is to see it, though it stops nothing: what was skipped is made good by a person. */
    private static void glassBroken(Writer tx, Rollout rollout, Instant now) {
        Incidents.open(
                tx,
                new Incidents.Report(
                        "break-glass/" + rollout.id(),
                        rollout.extension().value(),
                        rollout.environment().value(),
                        "",
                        GLASS_BROKEN,
                        rollout.actor() + " rolls out " + rollout.version()
                                + " by break-glass, without bakes, windows and approvals: " + rollout.reason(),
                        Map.of(
                                "rollout",
                                rollout.id(),
                                "version",
                                rollout.version().value(),
                                "actor",
                                rollout.actor())),
                rollout.actor(),
                now);
    }

    private Answer rollback(Call call) {
        var received = clock.instant();
        var bytes = call.bytes();
        var wanted = Call.json(bytes, RolloutBody.Rollback.class);
        failPoints.reached(FailPoint.ROLLBACK_DECIDED);
        var id = new String[1];
        var answer = commands.change(call, bytes, tx -> {
            var extension = Lookup.extension(tx, wanted.extension()).value();
            var environment = Lookup.environment(tx, wanted.environment());
            var deployment = Lookup.deployment(tx, environment.name(), wanted.extension());
            var running = Rollouts.active(tx, environment.name(), wanted.extension());
            DeploymentTag.require(call, deployment, running, "rolling back " + wanted.extension());
            long number = Table.next(tx, "rollout");
            var regions = BringUps.serving(tx, environment, Lookup.placed(extension, environment));
            var look = observer.look(tx, environment.name(), wanted.extension(), deployment);
            var started = RollingBack.start(
                    new RollingBack.Request(
                                    "ro-" + number,
                                    number,
                                    wanted.to() == null ? RollingBack.AUTO : wanted.to(),
                                    Optional.ofNullable(wanted.region()),
                                    environment.stages(),
                                    regions,
                                    version -> published(tx, extension, version),
                                    observer.fetched(tx),
                                    text(wanted.reason()),
                                    call.actor(),
                                    received)
                            .warming(version -> FleetObserver.cold(look, regions, version, received)),
                    deployment.value(),
                    running.stream().map(Table.Row::value).toList(),
                    RolloutsApi::hash);
            startedRollouts.record(tx, started, running, deployment, by(call), received);
            id[0] = started.started().rollout().id();
            return new Commands.Result(
                    202,
                    bodies.body(started.started().rollout(), started.started().deployment()));
        });
        engine.hurry();
        failPoints.reached(FailPoint.ROLLBACK_RECORDED);
        var wait = call.preferredWait();
        if (call.dryRun() || wait.isZero() || id[0] == null) {
            return answer;
        }
        return reading.ended(id[0], wait).orElse(answer);
    }

    private static boolean published(Writer tx, Records.Extension extension, VersionLabel version) {
        return Table.VERSIONS
                .get(tx, Table.key(extension.name(), version))
                .filter(row -> row.value().state() == VersionState.PUBLISHED)
                .isPresent();
    }

    private static StartedRollouts.By by(Call call) {
        return new StartedRollouts.By(call.actor(), call.origin());
    }

    private void record(
            Writer tx, Call call, Step.Change change, Table.Row<Rollout> row, Table.Row<Deployment> deployment) {
        Rollouts.save(tx, row.key(), row.generation(), change.rollout());
        Deployments.save(tx, deployment, change.deployment());
        rolloutLog.append(tx, change, row.value(), deployment.value(), call.actor(), call.origin(), clock.instant());
    }

    static String hash(RolloutPlan plan) {
        return Digest.of(Json.bytes(plan)).value();
    }

    private static String text(@Nullable String text) {
        return text == null ? "" : text.strip();
    }

    /** A duration as people write it ({@code 30m}, {@code 6h}, {@code 1d}) or ISO-8601. */
    static Duration duration(String text) {
        var trimmed = text.strip().toUpperCase(Locale.ROOT);
        try {
            if (trimmed.startsWith("P")) {
                return Duration.parse(trimmed);
            }
            if (trimmed.matches("[0-9]{1,9}D")) {
                return Duration.parse("P" + trimmed);
            }
            return Duration.parse("PT" + trimmed);
        } catch (java.time.format.DateTimeParseException e) {
            throw new ApiException(
                    ErrorCode.INVALID, "duration: " + text + " (expected: such as 30s, 30m, 6h, 1d or PT30M)");
        }
    }
}
