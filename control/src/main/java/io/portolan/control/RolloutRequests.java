package io.portolan.control;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutKind;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.PlanSpec;
import io.portolan.planner.rollout.Plans;
import io.portolan.planner.rollout.Starting;
import io.portolan.protocol.rest.RolloutBody;
import io.portolan.storage.Reader;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads what is asked of a rollout that is to be started or checked, and what it is asked of. Stateless. */
final class RolloutRequests {
    private final Duration defaultBake;

    RolloutRequests(Duration defaultBake) {
        this.defaultBake = defaultBake;
    }

    /** A request with everything that it names. */
    record Asked(
            ControlSettings.Environment environment,
            Table.Row<Deployment> deployment,
            Records.Version version,
            RolloutKind kind,
            PlanSpec plan,
            Plans.Facts facts,
            List<VersionLabel> contains,
            String reason) {
        Starting.Request request(String id, long lineage, String actor, Instant now) {
            return new Starting.Request(
                    id, lineage, version.version(), kind, plan, facts, contains, reason, actor, now);
        }
    }

    /** Finds what it names, or says in a problem what there is instead. */
    Asked read(Reader reader, RolloutBody.Start wanted) {
        var extension = Lookup.extension(reader, wanted.extension()).value();
        var environment = Lookup.environment(reader, wanted.environment());
        var version =
                Lookup.version(reader, wanted.extension(), wanted.version()).value();
        if (version.state() != VersionState.PUBLISHED) {
            throw new ApiException(ErrorCode.CONFLICT, "starting " + version.version() + ": it is " + version.state());
        }
        var kind = wanted.kind() == null ? RolloutKind.SAFE : wanted.kind();
        if (kind == RolloutKind.ROLLBACK || kind == RolloutKind.JOIN) {
            throw new ApiException(
                    ErrorCode.INVALID, "kind: " + kind.label() + " (expected: safe, hotfix, break-glass)");
        }
        return new Asked(
                environment,
                Lookup.deployment(reader, environment.name(), wanted.extension()),
                version,
                kind,
                plan(wanted),
                facts(reader, extension, environment),
                Objects.requireNonNullElse(wanted.contains(), List.of()),
                text(wanted.reason()));
    }

    private static PlanSpec plan(RolloutBody.Start wanted) {
        var spec = PlanRequests.read(wanted.plan(), wanted.bake())
                .reaching(reach(text(wanted.stage()), text(wanted.through())));
        return wanted.checks() == null ? spec : spec.checked(wanted.checks());
    }

    private static PlanSpec.Reach reach(String stage, String through) {
        if (!stage.isEmpty() && !through.isEmpty()) {
            throw new ApiException(
                    ErrorCode.INVALID,
                    "stage: " + stage + ", through: " + through + " (expected: one of them, stage for that one only)");
        }
        return !stage.isEmpty()
                ? new PlanSpec.Reach.Only(stage)
                : through.isEmpty() ? new PlanSpec.Reach.All() : new PlanSpec.Reach.Through(through);
    }

    private Plans.Facts facts(Reader reader, Records.Extension extension, ControlSettings.Environment environment) {
        var pairs = new HashMap<RegionName, List<RegionName>>();
        environment.regions().forEach(region -> pairs.put(region.name(), region.pairs()));
        return new Plans.Facts(
                environment.stages(),
                BringUps.live(reader, environment, Lookup.placed(extension, environment)),
                pairs,
                environment.minimumBake(),
                defaultBake);
    }

    private static String text(@Nullable String text) {
        return text == null ? "" : text.strip();
    }
}
