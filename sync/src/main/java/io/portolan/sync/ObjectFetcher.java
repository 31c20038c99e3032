package io.portolan.sync;

import io.portolan.model.Digest;
import io.portolan.model.FailPoint;
import io.portolan.model.FailPoints;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/** Objects from the disk where they lie intact, else from the control plane or a peer, verified and stored. Thread-safe. */
final class ObjectFetcher implements ObjectSource {
    /** Most objects fetched at once. */
    private static final int WIDTH = 8;

    private final ReplicaFolder folder;
    private final ObjectOrigin origin;
    private final FailPoints failPoints;

    ObjectFetcher(ReplicaFolder folder, ObjectOrigin origin, FailPoints failPoints) {
        this.folder = folder;
        this.origin = origin;
        this.failPoints = failPoints;
    }

    @Override
    public Map<Digest, byte[]> read(Collection<Digest> digests)
            throws IOException, RevisionRefused, InterruptedException {
        var found = new HashMap<Digest, byte[]>();
        var permits = new Semaphore(WIDTH);
        var fetches = new HashMap<Digest, Callable<byte[]>>();
        for (var digest : digests) {
            var stored = folder.object(digest);
            if (stored.isPresent()) {
                found.put(digest, stored.get());
            } else {
                fetches.put(digest, () -> fetch(digest, permits));
            }
        }
        var order = fetches.keySet().stream().sorted().toList();
        try (var threads = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("sync-object-", 0).factory())) {
            var tasks = threads.invokeAll(order.stream().map(fetches::get).toList());
            for (int i = 0; i < order.size(); i++) {
                found.put(order.get(i), tasks.get(i).get());
            }
        } catch (ExecutionException e) {
            throw rethrown(e.getCause() == null ? e : e.getCause());
        }
        return found;
    }

    private byte[] fetch(Digest digest, Semaphore permits) throws IOException, RevisionRefused, InterruptedException {
        permits.acquire();
        try {
            var bytes = origin.object(digest)
                    .orElseThrow(() -> new RevisionRefused("object " + digest + ": " + origin + " does not have it"));
            var actual = Digest.of(bytes);
            if (!actual.equals(digest)) {
                throw new RevisionRefused("object " + digest + ": digest: " + actual + " (expected: " + digest + ")");
            }
            folder.placeObject(digest, bytes);
            failPoints.reached(FailPoint.FETCH_OBJECT_STORED);
            return bytes;
        } finally {
            permits.release();
        }
    }

    private static IOException rethrown(Throwable cause) throws IOException, RevisionRefused, InterruptedException {
        switch (cause) {
            case IOException e -> throw e;
            case RevisionRefused e -> throw e;
            case InterruptedException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IOException(cause);
        }
    }
}
