package io.portolan.sync;

import io.portolan.model.FailPoints;
import io.portolan.model.RegionName;
import io.portolan.testkit.RevisionServer;
import io.portolan.testkit.Samples;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A replica under test with a consumer that remembers what it was given and refuses what it is told to. */
final class Follower implements RevisionConsumer, AutoCloseable {
    private final List<VerifiedRevision> applied = new CopyOnWriteArrayList<>();
    private final Map<Long, String> refusals = new ConcurrentHashMap<>();
    private final RevisionReplica replica;

    Follower(URI control, Path folder) {
        this(control, folder, FailPoints.NONE, Map.of());
    }

    Follower(URI control, Path folder, FailPoints failPoints, Map<Long, String> refusals) {
        this(control, folder, failPoints, refusals, PeerSettings.NONE, List.of());
    }

    Follower(URI control, Path folder, PeerSettings peers) {
        this(control, folder, FailPoints.NONE, Map.of(), peers, List.of());
    }

    /** One that may ask several control planes. */
    Follower(URI control, List<URI> others, Path folder) {
        this(control, folder, FailPoints.NONE, Map.of(), PeerSettings.NONE, others);
    }

    private Follower(
            URI control,
            Path folder,
            FailPoints failPoints,
            Map<Long, String> refusals,
            PeerSettings peers,
            List<URI> others) {
        this.refusals.putAll(refusals);
        var settings = new ReplicaSettings(
                "node-westus",
                "region",
                Samples.PROD,
                new RegionName("westus"),
                "http://127.0.0.1:1",
                control,
                RevisionServer.TOKEN,
                folder,
                Duration.ofSeconds(5),
                Duration.ofSeconds(1),
                peers,
                others);
        this.replica = RevisionReplica.open(settings, this, InstantSource.system(), failPoints);
    }

    Follower started() {
        replica.start();
        return this;
    }

    RevisionReplica replica() {
        return replica;
    }

    List<VerifiedRevision> applied() {
        return List.copyOf(applied);
    }

    long number() {
        return replica.state().current().map(revision -> revision.id().number()).orElse(0L);
    }

    String lastError() {
        return replica.state().lastError();
    }

    @Override
    public void apply(VerifiedRevision revision) {
        var refusal = refusals.get(revision.id().number());
        if (refusal != null) {
            throw new IllegalStateException(refusal);
        }
        applied.add(revision);
    }

    @Override
    public Facts facts() {
        return new Facts(List.of(), 0, List.of(), "");
    }

    @Override
    public void close() {
        replica.close();
    }
}
