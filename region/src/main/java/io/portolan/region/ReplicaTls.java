package io.portolan.region;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.UncheckedIOException;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * How a node speaks to replicas that want TLS: it trusts what its Java trusts, and the certificate has to be of the replica's name. Made
 * when first needed, since few nodes need it. Thread-safe.
 */
final class ReplicaTls implements Supplier<SslContext> {
    private @Nullable SslContext made;

    @Override
    public synchronized SslContext get() {
        var known = made;
        if (known == null) {
            try {
                known = SslContextBuilder.forClient()
                        .endpointIdentificationAlgorithm("HTTPS")
                        .build();
            } catch (SSLException e) {
                throw new UncheckedIOException("making TLS for replicas: " + e.getMessage(), e);
            }
            made = known;
        }
        return known;
    }
}
