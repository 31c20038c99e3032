package io.portolan.runtime;

import io.portolan.model.ExtensionName;
import io.portolan.model.controller.ControllerTls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Whom a replica is trusted by, and what it is shown of us, as the secrets of the region were when it was made. Immutable; equal where
 * the secrets are. Its text names nothing of them.
 *
 * @see ControllerTls
 */
public final class BackendTls {
    /** What every client does: trust what Java trusts, and show nothing. */
    public static final BackendTls STANDARD = new BackendTls(new Pem("", "", ""), List.of(), List.of(), null);

    private static final String BEGIN_KEY = "-----BEGIN PRIVATE KEY-----";
    private static final String END_KEY = "-----END PRIVATE KEY-----";
    private static final char[] NO_PASSWORD = {};

    private final Pem pem;
    private final List<X509Certificate> authorities;
    private final List<X509Certificate> chain;
    private final @Nullable PrivateKey key;

    /** The secrets as they are written. */
    private record Pem(String authorities, String chain, String key) {
        @Override
        public String toString() {
            return "PEM";
        }
    }

    private BackendTls(
            Pem pem, List<X509Certificate> authorities, List<X509Certificate> chain, @Nullable PrivateKey key) {
        this.pem = pem;
        this.authorities = authorities;
        this.chain = chain;
        this.key = key;
    }

    /** A secret is not there, or is not what it is to be; the message names it and nothing of its value. */
    static final class Unusable extends Exception {
        private static final long serialVersionUID = 1L;

        Unusable(String message) {
            super(message);
        }
    }

    /** From the secrets as they are now; {@code last} where they have not changed since. */
    static BackendTls of(ControllerTls declared, ExtensionName extension, Secrets secrets, BackendTls last)
            throws Unusable {
        var pem = new Pem(
                find(declared.ca(), extension, secrets),
                find(declared.certificate(), extension, secrets),
                find(declared.key(), extension, secrets));
        if (pem.equals(last.pem)) {
            return last;
        }
        var authorities = certificates(declared.ca(), pem.authorities());
        var chain = certificates(declared.certificate(), pem.chain());
        return new BackendTls(
                pem, authorities, chain, chain.isEmpty() ? null : key(declared.key(), pem.key(), chain.get(0)));
    }

    private static String find(String name, ExtensionName extension, Secrets secrets) throws Unusable {
        if (name.isEmpty()) {
            return "";
        }
        var value = secrets.find(extension, name);
        if (value.isEmpty()) {
            var why = secrets.whyNot(extension, name);
            throw new Unusable("secret " + name + " is missing" + (why.isEmpty() ? "" : " (" + why + ")"));
        }
        return value.get();
    }

    private static List<X509Certificate> certificates(String name, String pem) throws Unusable {
        var all = new ArrayList<X509Certificate>();
        if (name.isEmpty()) {
            return all;
        }
        try {
            for (Certificate each : CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)))) {
                all.add((X509Certificate) each);
            }
        } catch (GeneralSecurityException e) {
            throw new Unusable("secret " + name + " cannot be read (expected: certificates in PEM)");
        }
        if (all.isEmpty()) {
            throw new Unusable("secret " + name + " has no certificate (expected: certificates in PEM)");
        }
        return List.copyOf(all);
    }

    private static PrivateKey key(String name, String pem, X509Certificate certificate) throws Unusable {
        int begin = pem.indexOf(BEGIN_KEY);
        int end = pem.indexOf(END_KEY);
        if (begin < 0 || end < begin) {
            throw new Unusable("secret " + name + " has no key (expected: PKCS #8 in PEM, not encrypted)");
        }
        try {
            var encoded = Base64.getMimeDecoder().decode(pem.substring(begin + BEGIN_KEY.length(), end));
            var key = KeyFactory.getInstance(certificate.getPublicKey().getAlgorithm())
                    .generatePrivate(new PKCS8EncodedKeySpec(encoded));
            requirePair(key, certificate);
            return key;
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new Unusable("secret " + name + " is not the key of the certificate");
        }
    }

    /** A signature tells whether both belong together: while a certificate is rotated, one of the files is the older one. */
    private static void requirePair(PrivateKey key, X509Certificate certificate) throws GeneralSecurityException {
        var algorithm =
                switch (certificate.getPublicKey()) {
                    case ECPublicKey ec -> "SHA256withECDSA";
                    case RSAPublicKey rsa -> "SHA256withRSA";
                    default -> key.getAlgorithm();
                };
        var signing = java.security.Signature.getInstance(algorithm);
        signing.initSign(key);
        signing.update(NOTHING_SECRET);
        var signature = signing.sign();
        signing.initVerify(certificate.getPublicKey());
        signing.update(NOTHING_SECRET);
        if (!signing.verify(signature)) {
            throw new GeneralSecurityException("key and certificate do not belong together");
        }
    }

    private static final byte[] NOTHING_SECRET = {1, 2, 3};

    /** Certificates that are trusted; empty: those that Java trusts. */
    public List<X509Certificate> authorities() {
        return authorities;
    }

    /** What is shown of us, ours first; empty for nothing. */
    public List<X509Certificate> chain() {
        return chain;
    }

    /** The key of {@link #chain}, where there is one. */
    public Optional<PrivateKey> key() {
        return Optional.ofNullable(key);
    }

    /** For clients of Java's own. */
    SSLContext context() throws GeneralSecurityException, IOException {
        var own = KeyStore.getInstance(KeyStore.getDefaultType());
        own.load(null, null);
        if (key != null) {
            own.setKeyEntry("own", key, NO_PASSWORD, chain.toArray(new Certificate[0]));
        }
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, NO_PASSWORD);
        var context = SSLContext.getInstance("TLS");
        context.init(
                keys.getKeyManagers(), authorities.isEmpty() ? null : trusting().getTrustManagers(), null);
        return context;
    }

    private TrustManagerFactory trusting() throws GeneralSecurityException, IOException {
        var trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        for (int i = 0; i < authorities.size(); i++) {
            trusted.setCertificateEntry("ca-" + i, authorities.get(i));
        }
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        return trust;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BackendTls same && same.pem.equals(pem);
    }

    @Override
    public int hashCode() {
        return pem.hashCode();
    }

    @Override
    public String toString() {
        return chain.isEmpty() ? "TLS" : "TLS as " + chain.get(0).getSubjectX500Principal();
    }
}
