package io.portolan.control;

import io.portolan.planner.rollout.Deployment;
import io.portolan.planner.rollout.Rollout;
import io.portolan.storage.Reader;
import java.util.List;

/**
 * Entity tag of an extension's deployment in one environment: it changes when what regions serve or may serve changes, and when a
 * rollout begins or ends, but not while one bakes. Whoever looked at {@code …/status} sends it as {@code If-Match} when starting or
 * rolling back, and is refused if somebody else was first.
 */
final class DeploymentTag {
    private DeploymentTag() {}

    /** The tag now, in quotes. */
    static String of(Reader reader, Table.Row<Deployment> deployment) {
        return of(
                deployment,
                Rollouts.active(
                        reader,
                        deployment.value().environment(),
                        deployment.value().extension()));
    }

    private static String of(Table.Row<Deployment> deployment, List<Table.Row<Rollout>> running) {
        var tag = new StringBuilder("\"").append(deployment.generation());
        running.forEach(rollout -> tag.append('.').append(rollout.value().id()));
        return tag.append('"').toString();
    }

    /**
     * Refuses a change for which the caller named another tag than the present one; nothing when it named none.
     *
     * @param running rollouts of the extension that are not final, oldest first
     * @param what    what is being done, for the message
     */
    static void require(Call call, Table.Row<Deployment> deployment, List<Table.Row<Rollout>> running, String what) {
        var present = of(deployment, running);
        call.header().apply("If-Match").filter(match -> !match.equals(present)).ifPresent(match -> {
            throw new ApiException(
                    ErrorCode.PRECONDITION_FAILED,
                    what + ": If-Match: " + match + " (it is " + present + ": "
                            + deployment.value().extension() + " in "
                            + deployment.value().environment() + " has changed since you looked)");
        });
    }
}
