package io.portolan.control;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.model.RevisionId;
import io.portolan.model.VersionLabel;
import io.portolan.planner.rollout.Deployment;
import io.portolan.protocol.DocumentTree;
import io.portolan.protocol.Envelope;
import io.portolan.protocol.Json;
import io.portolan.protocol.Revision;
import io.portolan.protocol.Signer;
import io.portolan.storage.LogEntry;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import io.portolan.storage.StoredRevision;
import io.portolan.storage.Writer;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compiles the present intent of an environment and, where it differs from the newest revision, signs and stores the next one,
 * all in one transaction; doing it again changes nothing. Thread-safe.
 */
final class RevisionPublisher {
    private static final Logger LOG = LoggerFactory.getLogger(RevisionPublisher.class);
    private static final long EPOCH = 1;

    private final StateStore store;
    private final Signer signer;
    private final DocumentFilter filter;
    private final InstantSource clock;
    private final FailPoints failPoints;

    RevisionPublisher(
            StateStore store, Signer signer, DocumentFilter filter, InstantSource clock, FailPoints failPoints) {
        this.store = store;
        this.signer = signer;
        this.filter = filter;
        this.clock = clock;
        this.failPoints = failPoints;
    }

    /**
     * What would be stored.
     *
     * @param same  whether the newest revision has the same documents
     * @param id    of the newest revision if it is the same, else the next one
     * @param notes what is to be noted about documents, by key of the note
     * @param changed names of the documents that differ
     */
    private record Draft(
            Map<DocumentTree.Key, byte[]> documents,
            DocumentTree tree,
            Digest root,
            Optional<StoredRevision> newest,
            boolean same,
            RevisionId id,
            Map<String, Records.Compiled> notes,
            List<String> changed) {
        boolean isNothing() {
            return same && notes.isEmpty();
        }
    }

    /** Publishes the intent as it is now; empty when the newest revision says the same. */
    Optional<StoredRevision> publish(EnvironmentName environment) {
        // Looked at first without writing: a commit is an event, and most looks find nothing to say.
        boolean nothing = store.read(reader -> draft(reader, environment).isNothing());
        if (nothing) {
            return Optional.empty();
        }
        var published = store.write(tx -> store(tx, environment, draft(tx, environment)));
        published.ifPresent(revision -> {
            failPoints.reached(FailPoint.COMPILE_STORED);
            LOG.info("revision environment={} number={} cause=\"{}\"", environment, revision.id(), revision.cause());
        });
        return published;
    }

    private Draft draft(Reader reader, EnvironmentName environment) {
        var facts = Table.ENVIRONMENTS
                .get(reader, environment.value())
                .orElseThrow()
                .value()
                .facts();
        var generations = new HashMap<DocumentTree.Key, Long>();
        var documents = filtered(Compiler.compile(facts, intents(reader, environment, generations), clock.instant()));
        var digests = new TreeMap<DocumentTree.Key, Digest>();
        documents.forEach((key, bytes) -> digests.put(key, Digest.of(bytes)));
        var tree = DocumentTree.of(digests);
        var root = Digest.of(Json.bytes(tree.root()));
        var newest = reader.newestRevision(environment);
        boolean same = newest.map(present -> Revisions.payload(present).root().equals(root))
                .orElse(false);
        var id = newest.map(present -> same
                        ? present.id()
                        : new RevisionId(present.id().epoch(), present.id().number() + 1))
                .orElse(new RevisionId(EPOCH, 1));
        var notes = new TreeMap<String, Records.Compiled>();
        var changed = new ArrayList<String>();
        digests.forEach((key, hash) -> {
            var name = environment + "/" + key;
            long generation = generations.getOrDefault(key, 0L);
            var noted = Table.COMPILED.get(reader, name).map(Table.Row::value);
            if (noted.isEmpty() || !noted.get().hash().equals(hash)) {
                changed.add(key.name());
                notes.put(name, new Records.Compiled(Records.SCHEMA, hash, id.epoch(), id.number(), generation));
            } else if (noted.get().generation() != generation) {
                var known = noted.get();
                notes.put(name, new Records.Compiled(Records.SCHEMA, hash, known.epoch(), known.number(), generation));
            }
        });
        return new Draft(documents, tree, root, newest, same, id, notes, changed);
    }

    private Optional<StoredRevision> store(Writer tx, EnvironmentName environment, Draft draft) {
        draft.notes().forEach((name, note) -> Table.COMPILED.put(tx, name, Writer.ANY, note));
        if (draft.same()) {
            return Optional.empty();
        }
        var id = draft.id();
        var revision = sign(environment, id, draft.newest(), draft.root(), cause(draft.changed()));
        failPoints.reached(FailPoint.COMPILE_SIGNED);
        draft.documents().values().forEach(tx::putObject);
        draft.tree().buckets().values().forEach(bucket -> tx.putObject(Json.bytes(bucket)));
        tx.putObject(Json.bytes(draft.tree().root()));
        tx.putRevision(revision);
        tx.append(new LogEntry(
                "portolan.revision.created",
                "environment/" + environment,
                "compiler",
                "control",
                revision.cause(),
                Json.text(Map.of(
                        "environment", environment.value(),
                        "epoch", id.epoch(),
                        "number", id.number(),
                        "digest", revision.digest().value())),
                revision.createdAt()));
        return Optional.of(revision);
    }

    private Map<DocumentTree.Key, byte[]> filtered(Map<DocumentTree.Key, byte[]> documents) {
        var filtered = new TreeMap<DocumentTree.Key, byte[]>();
        documents.forEach((key, bytes) -> filtered.put(key, filter.filter(key, bytes)));
        return filtered;
    }

    private static List<Compiler.Intent> intents(
            Reader tx, EnvironmentName environment, Map<DocumentTree.Key, Long> generations) {
        var rollingOut = new HashMap<String, List<VersionLabel>>();
        for (var row : Rollouts.active(tx)) {
            var rollout = row.value();
            if (rollout.environment().equals(environment)) {
                rollingOut
                        .computeIfAbsent(rollout.extension().value(), none -> new ArrayList<>())
                        .add(rollout.version());
            }
        }
        var intents = new ArrayList<Compiler.Intent>();
        for (var row : Table.EXTENSIONS.list(tx, "")) {
            var extension = row.value();
            var deployment = Table.DEPLOYMENTS.get(tx, Table.key(environment, extension.name()));
            generations.put(
                    Compiler.key(extension.name()),
                    deployment.map(Table.Row::generation).orElse(0L));
            intents.add(new Compiler.Intent(
                    extension,
                    deployment.map(Table.Row::value).orElse(Deployment.none(extension.name(), environment)),
                    Table.VERSIONS.list(tx, extension.name() + "/").stream()
                            .map(Table.Row::value)
                            .toList(),
                    rollingOut.getOrDefault(extension.name().value(), List.of())));
        }
        return intents;
    }

    private StoredRevision sign(
            EnvironmentName environment, RevisionId id, Optional<StoredRevision> parent, Digest root, String cause) {
        var now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        var payload = new Revision(
                Revision.SCHEMA,
                environment,
                id.epoch(),
                id.number(),
                parent.map(present -> present.digest().value()).orElse(""),
                now,
                cause,
                List.of(signer.publicKeyText()),
                List.of(),
                List.of(),
                root);
        var bytes = Json.bytes(payload);
        var envelope = Envelope.sign(Revision.TYPE, bytes, signer);
        return new StoredRevision(
                environment, id, Digest.of(bytes), payload.parent(), signer.keyId(), cause, now, Json.bytes(envelope));
    }

    private static String cause(List<String> changed) {
        if (changed.isEmpty()) {
            return "documents were removed";
        }
        int shown = Math.min(5, changed.size());
        return "changed: " + String.join(", ", changed.subList(0, shown))
                + (changed.size() > shown ? " and " + (changed.size() - shown) + " more" : "");
    }
}
