package io.portolan.planner.routing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Remembers the steps of one decision. One thread at a time. */
final class RecordedTrace implements Trace {
    private final List<Step> taken = new ArrayList<>();
    private final Map<ProfileNode, Map<Integer, Why>> passed = new HashMap<>();
    private final List<Why> empty = new ArrayList<>();

    /** An endpoint that was taken. */
    record Step(ProfileNode node, int entry, Why why) {}

    @Override
    public void passed(ProfileNode node, int entry, Why why) {
        passed.computeIfAbsent(node, none -> new HashMap<>()).put(entry, why);
    }

    @Override
    public void took(ProfileNode node, int entry, Why why) {
        passed.getOrDefault(node, Map.of()).keySet().remove(entry);
        taken.add(new Step(node, entry, why));
    }

    @Override
    public void empty(ProfileNode node, Why why) {
        empty.add(why);
    }

    List<Step> taken() {
        return taken;
    }

    List<Why> empty() {
        return empty;
    }

    /** Why entries of a node were passed over. */
    Map<Integer, Why> passed(ProfileNode node) {
        return passed.getOrDefault(node, Map.of());
    }
}
