package io.portolan.region;

import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.portolan.region.gateway.Tls;
import io.portolan.runtime.BackendTls;
import java.io.UncheckedIOException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLException;

/**
 * How a node speaks to replicas and other nodes that want TLS: it trusts what its Java trusts or what a controller names, shows the
 * certificate that one names, and the certificate there has to be of the host's name. Stateless.
 */
final class ReplicaTls {
    /** To other nodes, and to replicas that want nothing else. */
    static final Tls STANDARD = of(BackendTls.STANDARD, false);

    private static final ApplicationProtocolConfig HTTP2 = new ApplicationProtocolConfig(
            ApplicationProtocolConfig.Protocol.ALPN,
            ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
            ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
            ApplicationProtocolNames.HTTP_2);

    private ReplicaTls() {}

    /** What the certificates are, and which protocol is asked for. */
    private record Origin(BackendTls certificates, boolean http2) {}

    /** With those certificates; {@code http2}: in HTTP/2, which the replica has to agree to. */
    static Tls of(BackendTls certificates, boolean http2) {
        return new Tls(new Origin(certificates, http2), () -> context(certificates, http2));
    }

    private static SslContext context(BackendTls certificates, boolean http2) {
        try {
            var builder = SslContextBuilder.forClient().endpointIdentificationAlgorithm("HTTPS");
            if (!certificates.authorities().isEmpty()) {
                builder.trustManager(certificates.authorities());
            }
            certificates
                    .key()
                    .ifPresent(
                            key -> builder.keyManager(key, certificates.chain().toArray(new X509Certificate[0])));
            if (http2) {
                builder.ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                        .applicationProtocolConfig(HTTP2);
            }
            return builder.build();
        } catch (SSLException e) {
            throw new UncheckedIOException("making TLS for replicas: " + e.getMessage(), e);
        }
    }
}
