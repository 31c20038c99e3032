package io.portolan.control;

import io.portolan.model.Digest;
import io.portolan.model.EnvironmentName;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import io.portolan.model.RegionName;
import io.portolan.model.RevisionId;
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
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compiles the present intent of an environment and, where it differs from the newest revision, signs and stores the next one,
 * all in one transaction; doing it again changes nothing. Thread-safe.
 *
 * <p>It compiles only what may have changed since it last looked ({@link CompiledState}), so that a look at an environment at rest is
 * one small query, however many extensions there are.
 */
final class RevisionPublisher {
    private static final Logger LOG = LoggerFactory.getLogger(RevisionPublisher.class);
    private static final long EPOCH = 1;

    private final StateStore store;
    private final Signer signer;
    private final DocumentFilter filter;
    private final InstantSource clock;
    private final FailPoints failPoints;
    private final Map<EnvironmentName, CompiledState> states = new ConcurrentHashMap<>();

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
     * @param next      what to remember once everything in it is stored
     * @param documents those that differ from what is stored, by key
     * @param buckets   those of the tree that differ
     * @param same      whether the newest revision has the same documents
     * @param id        of the newest revision if it is the same, else the next one
     * @param notes     what is to be noted about documents, by key of the note
     * @param changed   names of the documents that differ
     * @param beside    what the header says beside the documents
     */
    private record Draft(
            CompiledState next,
            Map<DocumentTree.Key, byte[]> documents,
            List<DocumentTree.Bucket> buckets,
            DocumentTree.Root root,
            Optional<StoredRevision> newest,
            boolean same,
            RevisionId id,
            Map<String, Records.Compiled> notes,
            List<String> changed,
            Beside beside) {
        boolean isNothing() {
            return same && notes.isEmpty();
        }
    }

    /** What the header of a revision says beside its documents. */
    private record Beside(List<String> operatorKeys, List<String> settledOverrides) {
        static Beside of(Reader reader, EnvironmentName environment) {
            return new Beside(OperatorKeys.texts(reader, environment), OverrideRecords.settled(reader, environment));
        }

        boolean isOf(Revision header) {
            return header.operatorKeys().equals(operatorKeys)
                    && header.settledOverrides().equals(settledOverrides);
        }
    }

    /** Publishes the intent as it is now; empty when the newest revision says the same. */
    Optional<StoredRevision> publish(EnvironmentName environment) {
        // Looked at first without writing: a commit is an event, and most looks find nothing to say.
        var looked = drafted(environment);
        if (looked.isEmpty()) {
            return Optional.empty();
        }
        var stored = new Draft[1];
        var published = store.write(tx -> {
            // Where nobody changed anything meanwhile, it need not be compiled twice.
            stored[0] = looked.filter(draft ->
                            filter == DocumentFilter.NONE && draft.next().seen() == tx.lastChange())
                    .orElseGet(() -> draft(tx, environment));
            return store(tx, environment, stored[0]);
        });
        states.put(environment, stored[0].next());
        published.ifPresent(revision -> {
            failPoints.reached(FailPoint.COMPILE_STORED);
            LOG.info("revision environment={} number={} cause=\"{}\"", environment, revision.id(), revision.cause());
        });
        return published;
    }

    /** Brings what is remembered up to date, so that a later {@link #publish} is quick; whether the newest revision says it all. */
    boolean look(EnvironmentName environment) {
        return drafted(environment).isEmpty();
    }

    /** What there is to publish, if anything. */
    private Optional<Draft> drafted(EnvironmentName environment) {
        var state = remembered(environment);
        var now = clock.instant();
        if (filter == DocumentFilter.NONE
                && state.tree().isPresent()
                && state.seen() == store.<Long>read(Reader::lastChange)
                && state.expiries().values().stream().allMatch(expiry -> expiry.isAfter(now))) {
            return Optional.empty();
        }
        var draft = store.read(reader -> draft(reader, environment));
        if (!draft.isNothing()) {
            return Optional.of(draft);
        }
        states.put(environment, draft.next());
        return Optional.empty();
    }

    private CompiledState remembered(EnvironmentName environment) {
        return states.getOrDefault(environment, CompiledState.NONE);
    }

    private Draft draft(Reader reader, EnvironmentName environment) {
        var before = remembered(environment);
        var next = before.copy();
        var now = clock.instant();
        // A filter may answer otherwise for the same document: nothing is taken from memory then.
        var changes = new IntentChanges(reader, environment, next, filter != DocumentFilter.NONE, now);
        var generations = new HashMap<DocumentTree.Key, Long>();
        var compiled = compile(reader, environment, changes, generations, next, now);
        var documents = new TreeMap<DocumentTree.Key, byte[]>();
        var digests = new TreeMap<DocumentTree.Key, Digest>();
        compiled.forEach((key, bytes) -> {
            var digest = Digest.of(bytes);
            digests.put(key, digest);
            if (!digest.equals(before.digests().get(key))) {
                documents.put(key, bytes);
            }
        });
        if (changes.everything()) {
            next.digests().clear();
        }
        if (!digests.isEmpty()) {
            // Every region is compiled whenever any is: one that is not among them is no more.
            next.digests()
                    .keySet()
                    .removeIf(key -> key.kind() == DocumentTree.Kind.region && !digests.containsKey(key));
        }
        changes.touched().forEach(name -> next.digests().remove(Compiler.key(name)));
        next.digests().putAll(digests);
        var tree = before.tree()
                .filter(present -> next.digests().equals(before.digests()))
                .orElseGet(() -> DocumentTree.of(next.digests()));
        var newest = reader.newestRevision(environment);
        var root = Digest.of(Json.bytes(tree.root()));
        var beside = Beside.of(reader, environment);
        boolean same = newest.map(Revisions::payload)
                .map(header -> header.root().equals(root) && beside.isOf(header))
                .orElse(false);
        var id = newest.map(present -> same
                        ? present.id()
                        : new RevisionId(present.id().epoch(), present.id().number() + 1))
                .orElse(new RevisionId(EPOCH, 1));
        var notes = new TreeMap<String, Records.Compiled>();
        var changed = new ArrayList<String>();
        digests.forEach((key, hash) -> {
            var name = CompiledState.note(environment, key);
            long generation = generations.getOrDefault(key, 0L);
            var noted = next.notes().get(name);
            if (noted == null || !noted.hash().equals(hash)) {
                changed.add(key.name());
                notes.put(name, new Records.Compiled(Records.SCHEMA, hash, id.epoch(), id.number(), generation));
            } else if (noted.generation() != generation) {
                notes.put(name, new Records.Compiled(Records.SCHEMA, hash, noted.epoch(), noted.number(), generation));
            }
        });
        next.notes().putAll(notes);
        var buckets = tree.buckets().entrySet().stream()
                .filter(entry -> !Optional.of(entry.getValue())
                        .equals(before.tree().map(present -> present.buckets().get(entry.getKey()))))
                .map(Map.Entry::getValue)
                .toList();
        return new Draft(
                next.at(reader.lastChange(), tree),
                documents,
                buckets,
                tree.root(),
                newest,
                same,
                id,
                notes,
                changed,
                beside);
    }

    private Map<DocumentTree.Key, byte[]> compile(
            Reader reader,
            EnvironmentName environment,
            IntentChanges changes,
            Map<DocumentTree.Key, Long> generations,
            CompiledState next,
            Instant now) {
        if (changes.touched().isEmpty() && !changes.everything() && !changes.regions()) {
            return Map.of();
        }
        var facts = BringUps.compiled(
                reader,
                Table.ENVIRONMENTS
                        .get(reader, environment.value())
                        .orElseThrow()
                        .value()
                        .facts());
        var intents = changes.intents(generations);
        changes.touched().forEach(next.expiries()::remove);
        intents.forEach(intent -> intent.deployment().names().values().stream()
                .flatMap(name -> Optional.ofNullable(name.expiresAt()).stream())
                .filter(expiry -> expiry.isAfter(now))
                .min(Comparator.naturalOrder())
                .ifPresent(expiry -> next.expiries().put(intent.extension().name(), expiry)));
        var regions = new HashMap<RegionName, Records.RegionIntent>();
        Table.REGION_INTENTS
                .list(reader, environment + "/")
                .forEach(row -> regions.put(row.value().region(), row.value()));
        var latencyMap = Table.LATENCY_MAPS
                .get(reader, environment.value())
                .map(row -> row.value().digest())
                .orElse("");
        return filtered(Compiler.compile(
                facts,
                new Compiler.Shared(
                        latencyMap,
                        regions,
                        BringUps.ways(reader, environment),
                        BringUps.standIns(reader, environment),
                        CdnBreakers.applied(reader, environment, facts.breaker())),
                intents,
                now));
    }

    private Optional<StoredRevision> store(Writer tx, EnvironmentName environment, Draft draft) {
        draft.notes().forEach((name, note) -> Table.COMPILED.put(tx, name, Writer.ANY, note));
        if (draft.same()) {
            return Optional.empty();
        }
        var id = draft.id();
        var revision = sign(environment, draft);
        failPoints.reached(FailPoint.COMPILE_SIGNED);
        draft.documents().values().forEach(tx::putObject);
        draft.buckets().forEach(bucket -> tx.putObject(Json.bytes(bucket)));
        tx.putObject(Json.bytes(draft.root()));
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

    private StoredRevision sign(EnvironmentName environment, Draft draft) {
        var id = draft.id();
        var parent = draft.newest();
        var cause = cause(draft);
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
                draft.beside().operatorKeys(),
                draft.beside().settledOverrides(),
                Digest.of(Json.bytes(draft.root())));
        var bytes = Json.bytes(payload);
        var envelope = Envelope.sign(Revision.TYPE, bytes, signer);
        return new StoredRevision(
                environment, id, Digest.of(bytes), payload.parent(), signer.keyId(), cause, now, Json.bytes(envelope));
    }

    private static String cause(Draft draft) {
        var changed = draft.changed();
        if (changed.isEmpty()) {
            boolean beside = draft.newest()
                    .map(Revisions::payload)
                    .filter(header -> !draft.beside().isOf(header))
                    .isPresent();
            return beside ? "changed: keys of operators, or overrides settled" : "documents were removed";
        }
        int shown = Math.min(5, changed.size());
        return "changed: " + String.join(", ", changed.subList(0, shown))
                + (changed.size() > shown ? " and " + (changed.size() - shown) + " more" : "");
    }
}
