package io.portolan.control;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.planner.rollout.RunningVersions;
import io.portolan.protocol.DocumentTree;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a publisher remembers of an environment between two looks, so that a look costs what has changed and not what there is. Only a
 * memory: without it everything is compiled again, with the same result. Immutable; nobody changes its maps.
 *
 * @param seen     number of the newest change of the state that is in it, -1 for none
 * @param digests  of all documents; their bytes are stored
 * @param tree     over them, stored too; empty before the first look
 * @param notes    what is noted of documents, by key of the note
 * @param rollouts rollouts of the environment that are not final, by key
 * @param expiries when the next name of an extension expires, of those that have one
 * @param joining  regions on their way, as the documents of extensions know them
 */
record CompiledState(
        long seen,
        Map<DocumentTree.Key, Digest> digests,
        Optional<DocumentTree> tree,
        Map<String, Records.Compiled> notes,
        Map<String, Active> rollouts,
        Map<ExtensionName, Instant> expiries,
        Set<RegionName> joining) {
    static final CompiledState NONE =
            new CompiledState(-1, Map.of(), Optional.empty(), Map.of(), Map.of(), Map.of(), Set.of());

    /** What a document has to know of a rollout: what it holds never changes, where controllers are to run does. */
    record Active(ExtensionName extension, RunningVersions.Need need) {}

    /** A copy that its maker may change. */
    CompiledState copy() {
        return new CompiledState(
                seen,
                new HashMap<>(digests),
                tree,
                new HashMap<>(notes),
                new HashMap<>(rollouts),
                new HashMap<>(expiries),
                new HashSet<>(joining));
    }

    /** The same at another change, with a tree. */
    CompiledState at(long change, DocumentTree newTree) {
        return new CompiledState(change, digests, Optional.of(newTree), notes, rollouts, expiries, joining);
    }

    /** What rollouts of an extension ask for. */
    List<RunningVersions.Need> rollingOut(ExtensionName extension) {
        return rollouts.entrySet().stream()
                .filter(entry -> entry.getValue().extension().equals(extension))
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> entry.getValue().need())
                .toList();
    }

    static String note(EnvironmentName environment, DocumentTree.Key key) {
        return environment + "/" + key;
    }
}
