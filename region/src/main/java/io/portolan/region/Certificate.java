package io.portolan.region;

import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate in use, looked at again and again: a new one on disk serves new connections without a restart, a broken one is
 * refused and the last good one stays. Thread-safe.
 */
final class Certificate implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Certificate.class);

    private final Path certificate;
    private final Path key;
    private final Thread watcher;
    private volatile SslContext context;
    private String seen;

    /**
     * Reads it, or makes a self-signed one in {@code folder}.
     *
     * @param names hosts of a self-signed one
     */
    Certificate(TlsSettings settings, Path folder, List<String> names, InstantSource clock) throws IOException {
        boolean own = settings.certificate().isEmpty();
        certificate = own ? folder.resolve("certificate.pem") : Path.of(settings.certificate());
        key = own ? folder.resolve("key.pem") : Path.of(settings.key());
        if (own && !Files.exists(certificate)) {
            make(folder, names, clock);
        }
        seen = stamp();
        context = read();
        watcher = Threads.start(
                "region-certificate", () -> watch(settings.reloadEvery().toMillis()));
    }

    /** For the next connection. */
    SslContext context() {
        return context;
    }

    /** Looks at the files now; whether they changed. */
    private void look() {
        try {
            var now = stamp();
            if (!now.equals(seen)) {
                seen = now;
                context = read();
                LOG.info("certificate={} reloaded", certificate);
            }
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("certificate={} refused, the last one stays: {}", certificate, e.getMessage());
        }
    }

    private void watch(long everyMillis) {
        try {
            while (true) {
                TimeUnit.MILLISECONDS.sleep(everyMillis);
                look();
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        watcher.interrupt();
    }

    private String stamp() throws IOException {
        return Files.getLastModifiedTime(certificate) + " " + Files.size(certificate) + " "
                + Files.getLastModifiedTime(key) + " " + Files.size(key);
    }

    private SslContext read() throws IOException {
        return SslContextBuilder.forServer(certificate.toFile(), key.toFile())
                .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
                .protocols("TLSv1.3", "TLSv1.2")
                .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        ApplicationProtocolNames.HTTP_2,
                        ApplicationProtocolNames.HTTP_1_1))
                .build();
    }

    private static void make(Path folder, List<String> names, InstantSource clock) throws IOException {
        Files.createDirectories(folder);
        try {
            var pair = SelfSigned.make(names, clock.instant());
            // The certificate last: where it is, the key is.
            write(folder.resolve("key.pem"), pair.key());
            write(folder.resolve("certificate.pem"), pair.certificate());
            try (var directory = FileChannel.open(folder)) {
                directory.force(true);
            }
        } catch (GeneralSecurityException e) {
            throw new IOException("making a self-signed certificate in " + folder + ": " + e.getMessage(), e);
        }
    }

    private static void write(Path file, String text) throws IOException {
        var temporary = file.resolveSibling(file.getFileName() + ".tmp");
        Files.deleteIfExists(temporary);
        var options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        var onlyMe = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (var channel = FileChannel.open(temporary, options, onlyMe)) {
            var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
