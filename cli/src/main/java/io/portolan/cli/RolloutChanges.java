package io.portolan.cli;

import io.portolan.model.RegionName;
import io.portolan.model.RolloutState;
import io.portolan.model.StageState;
import io.portolan.protocol.rest.RolloutBody;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Tells what is new in a rollout since it was last looked at, a line for each change. One thread at a time. */
final class RolloutChanges {
    private final Map<String, StageState> stages = new HashMap<>();
    private @Nullable RolloutState state;

    /** Lines for what changed; none when nothing did. */
    List<String> since(RolloutBody body) {
        var lines = new ArrayList<String>();
        if (state == null) {
            lines.add(body.id() + "  " + RolloutView.title(body));
        }
        for (var stage : body.stages()) {
            var before = stages.put(stage.name(), stage.state());
            if (stage.state() != before && stage.state() != StageState.PENDING) {
                lines.add(body.id() + "  " + stage.name() + "  "
                        + Paint.state(stage.state().name()) + regions(stage.regions()));
            }
        }
        if (body.state() != state) {
            lines.add(body.id() + "  " + Paint.state(body.state().name()));
            state = body.state();
        }
        return lines;
    }

    private static String regions(List<RegionName> regions) {
        return regions.isEmpty()
                ? ""
                : "  " + regions.stream().map(RegionName::value).collect(Collectors.joining(", "));
    }
}
