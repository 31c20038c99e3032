package io.portolan.sync;

import io.portolan.model.Digest;
import io.portolan.model.FailPoints;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes revisions from other nodes while the control plane is away. One thread at a time.
 *
 * <p>A peer is believed no more than the control plane: signature, order, every object's hash are checked in the same way, and what
 * it has that is not newer is passed over. A node that has a revision asks few peers in each round, the next ones in the next round;
 * one that has none asks all.
 */
final class PeerRevisions implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeerRevisions.class);
    /** Most peers asked in one round by a node that has a revision. */
    private static final int PEERS_PER_ROUND = 3;

    private static final Duration REVISION_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration OBJECT_TIMEOUT = Duration.ofSeconds(30);

    private final ReplicaSettings settings;
    private final ReplicaFolder folder;
    private final RevisionInstaller installer;
    private final FailPoints failPoints;
    private final BoundedHttp http = new BoundedHttp();
    private int turn;

    PeerRevisions(ReplicaSettings settings, ReplicaFolder folder, RevisionInstaller installer, FailPoints failPoints) {
        this.settings = settings;
        this.folder = folder;
        this.installer = installer;
        this.failPoints = failPoints;
    }

    /**
     * What a round brought.
     *
     * @param from    who gave a newer revision, which is now in use
     * @param problem why what a peer gave was refused, empty text for nothing refused
     */
    record Round(Optional<URI> from, String problem) {}

    /** Asks peers for a newer revision and puts it in use. */
    Round ask() throws InterruptedException {
        var peers = Peers.of(
                installer.current(),
                settings.region(),
                settings.url(),
                settings.peers().urls());
        var cold = installer.current().isEmpty();
        int count = cold ? peers.size() : Math.min(PEERS_PER_ROUND, peers.size());
        var problem = "";
        for (int i = 0; i < count; i++) {
            var peer = peers.get(Math.floorMod(cold ? i : turn++, peers.size()));
            try {
                var envelope = revision(peer);
                if (envelope.isPresent() && installer.offerNewer(envelope.get(), from(peer, peers))) {
                    return new Round(Optional.of(peer), problem);
                }
            } catch (IOException e) {
                // It is away too, which is told only where nobody is there.
                problem = problem.isEmpty() && cold ? "peer " + peer + ": " + e.getMessage() : problem;
            } catch (RevisionRefused | RuntimeException e) {
                problem = "peer " + peer + ": " + e.getMessage();
            }
        }
        return new Round(Optional.empty(), problem);
    }

    private Optional<byte[]> revision(URI peer) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(peer.resolve(PeerPaths.REVISION)).GET();
        installer.current().ifPresent(revision -> request.header("If-None-Match", "\"" + revision.digest() + "\""));
        var answer = http.send(request, REVISION_TIMEOUT, RevisionReplica.ENVELOPE_LIMIT_BYTES);
        return switch (answer.statusCode()) {
            case 200 -> Optional.of(answer.body());
            case 304, 404 -> Optional.empty();
            default -> throw BoundedHttp.unexpected(answer);
        };
    }

    private ObjectSource from(URI peer, List<URI> peers) {
        var order = new ArrayList<URI>();
        order.add(peer);
        peers.stream().filter(other -> !other.equals(peer)).forEach(order::add);
        return new ObjectFetcher(folder, digest -> object(digest, order), failPoints);
    }

    /** The object from the first peer whose bytes are what the hash says. */
    private Optional<byte[]> object(Digest digest, List<URI> peers) throws IOException, InterruptedException {
        IOException last = new IOException("object " + digest + ": no peer has it");
        for (var peer : peers) {
            try {
                var request = HttpRequest.newBuilder(peer.resolve(PeerPaths.OBJECTS + digest))
                        .GET();
                var answer = http.send(request, OBJECT_TIMEOUT, RevisionReplica.OBJECT_LIMIT_BYTES);
                if (answer.statusCode() == 200) {
                    if (Digest.of(answer.body()).equals(digest)) {
                        return Optional.of(answer.body());
                    }
                    LOG.warn("peer={} object={} refused: its bytes have another digest", peer, digest);
                }
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }

    @Override
    public void close() {
        http.close();
    }
}
