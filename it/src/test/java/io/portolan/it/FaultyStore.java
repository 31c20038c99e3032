package io.portolan.it;

import io.portolan.testkit.Fault;
import io.portolan.testkit.FaultProxy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;

/** A proxy on the way to the store of blobs: of one region's node, while the others go straight, or of all. Thread-safe. */
final class FaultyStore implements InProcessWorld.Wiring, AutoCloseable {
    private final String region;
    private final CompletableFuture<FaultProxy> proxy = new CompletableFuture<>();

    FaultyStore(String region) {
        this.region = region;
    }

    /** On the way of every region: no node can get from another what the store does not give. */
    static FaultyStore everywhere() {
        return new FaultyStore("");
    }

    @Override
    public synchronized URI store(String name, URI control) {
        if (!region.isEmpty() && !name.equals(region)) {
            return control;
        }
        if (proxy.isDone()) {
            return proxy.join().uri();
        }
        try {
            proxy.complete(FaultProxy.start(
                    new InetSocketAddress(control.getHost(), control.getPort()), InstantSource.system()));
        } catch (IOException e) {
            throw new UncheckedIOException("putting a proxy before the store of " + region, e);
        }
        return proxy.join().uri();
    }

    /** Changes what happens on the way. */
    void set(Fault fault) {
        proxy.join().set(fault);
    }

    /** Bytes that came back so far. */
    long responseBytes() {
        return proxy.join().responseBytes();
    }

    /** Bytes inverted so far. */
    long corrupted() {
        return proxy.join().corrupted();
    }

    @Override
    public void close() throws IOException {
        if (proxy.isDone()) {
            proxy.join().close();
        }
    }
}
