package io.portolan.region;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A self-signed certificate over a new P-256 key, for development. Stateless. The JDK signs and reads certificates and has no public
 * way to make one, so its DER is written here (RFC 5280 section 4.1).
 */
final class SelfSigned {
    private static final Duration VALID = Duration.ofDays(825);
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|.*:.*");
    private static final DateTimeFormatter UTC =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    private static final byte[] ECDSA_SHA256 = sequence(oid(0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02));
    private static final byte[] COMMON_NAME = oid(0x55, 0x04, 0x03);
    private static final byte[] ALTERNATIVE_NAME = oid(0x55, 0x1D, 0x11);
    private static final byte[] BASIC_CONSTRAINTS = oid(0x55, 0x1D, 0x13);

    private SelfSigned() {}

    /** Both as PEM. */
    record Pair(String certificate, String key) {}

    /** Makes one for host names and addresses, valid from a day before {@code now}. */
    static Pair make(List<String> names, Instant now) throws GeneralSecurityException {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        var keys = generator.generateKeyPair();
        var toSign = toSign(keys, names, now);
        var signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(keys.getPrivate());
        signature.update(toSign);
        var certificate = sequence(toSign, ECDSA_SHA256, der(0x03, new byte[1], signature.sign()));
        return new Pair(
                pem("CERTIFICATE", certificate),
                pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
    }

    private static byte[] toSign(KeyPair keys, List<String> names, Instant now) {
        var name = sequence(
                der(0x31, sequence(COMMON_NAME, der(0x0C, "Portolan region node".getBytes(StandardCharsets.UTF_8)))));
        var from = now.minus(Duration.ofDays(1));
        var validity = sequence(time(from), time(from.plus(VALID)));
        var alternatives = new ByteArrayOutputStream();
        for (var each : names) {
            alternatives.writeBytes(alternative(each));
        }
        var extensions = sequence(
                sequence(BASIC_CONSTRAINTS, der(0x01, new byte[] {-1}), der(0x04, sequence())),
                sequence(ALTERNATIVE_NAME, der(0x04, sequence(alternatives.toByteArray()))));
        return sequence(
                der(0xA0, der(0x02, new byte[] {2})),
                der(0x02, new BigInteger(120, new SecureRandom()).setBit(119).toByteArray()),
                ECDSA_SHA256,
                name,
                validity,
                name,
                keys.getPublic().getEncoded(),
                der(0xA3, extensions));
    }

    private static byte[] alternative(String name) {
        return ADDRESS.matcher(name).matches()
                ? der(0x87, InetAddress.ofLiteral(name).getAddress())
                : der(0x82, name.getBytes(StandardCharsets.US_ASCII));
    }

    /** UTCTime until 2049, GeneralizedTime after (RFC 5280 section 4.1.2.5). */
    private static byte[] time(Instant instant) {
        var text = UTC.format(instant);
        return instant.atOffset(ZoneOffset.UTC).getYear() < 2050
                ? der(0x17, text.substring(2).getBytes(StandardCharsets.US_ASCII))
                : der(0x18, text.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] oid(int... bytes) {
        var value = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            value[i] = (byte) bytes[i];
        }
        return der(0x06, value);
    }

    private static byte[] sequence(byte[]... parts) {
        return der(0x30, parts);
    }

    private static byte[] der(int tag, byte[]... parts) {
        var content = new ByteArrayOutputStream();
        for (var part : parts) {
            content.writeBytes(part);
        }
        var out = new ByteArrayOutputStream();
        out.write(tag);
        int length = content.size();
        if (length < 0x80) {
            out.write(length);
        } else {
            var bytes = BigInteger.valueOf(length).toByteArray();
            int skip = bytes[0] == 0 ? 1 : 0;
            out.write(0x80 | (bytes.length - skip));
            out.write(bytes, skip, bytes.length - skip);
        }
        out.writeBytes(content.toByteArray());
        return out.toByteArray();
    }

    private static String pem(String kind, byte[] bytes) {
        return "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes)
                + "\n-----END " + kind + "-----\n";
    }
}
