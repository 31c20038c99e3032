package io.portolan.region;

import io.portolan.model.Digest;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Tokens by which beacons say what they are about, signed with a key that lives as long as this process. Thread-safe.
 *
 * <p>A token is no proof of a user: whoever asks gets one. It holds a beacon to one extension, version and session that this node
 * knows, for a while, so that nobody has to be looked up and no text of a stranger becomes a label.
 */
final class TelemetryTokens {
    /** How long one is good. */
    static final Duration LIFETIME = Duration.ofMinutes(15);

    private static final String ALGORITHM = "HmacSHA256";
    private static final int KEY_BYTES = 32;
    /** 128 bits cannot be guessed within its life. */
    private static final int MAC_BYTES = 16;

    private static final Pattern SESSION = Pattern.compile("[0-9A-Za-z_-]{1,64}");
    /** Between fields; none of them can hold it. */
    private static final String BETWEEN = "~";

    private static final int FIELDS = 6;
    private static final int SESSION_CHARACTERS = 32;

    private final SecretKeySpec key;
    private final InstantSource clock;

    TelemetryTokens(InstantSource clock) {
        var bytes = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(bytes);
        this.key = new SecretKeySpec(bytes, ALGORITHM);
        this.clock = clock;
    }

    /**
     * What a token says.
     *
     * @param every of how many sessions this one speaks; 0 for one that reports failures only
     */
    record Granted(String extension, String version, String session, int every) {}

    /** Why a token does not count. */
    enum Fault {
        MALFORMED,
        /** Another node's, or made up, or given before this node was started. */
        UNKNOWN_KEY,
        EXPIRED
    }

    /** What looking at a token leads to. */
    sealed interface Verdict {
        record Good(Granted granted) implements Verdict {}

        record Bad(Fault fault) implements Verdict {}
    }

    /** A token for a session, whatever text that is named by. */
    String issue(String extension, String version, String session, int every) {
        var name = SESSION.matcher(session).matches()
                ? session
                : Digest.of(session.getBytes(StandardCharsets.UTF_8)).value().substring(0, SESSION_CHARACTERS);
        long expires = clock.instant().plus(LIFETIME).getEpochSecond();
        var said = String.join(BETWEEN, extension, version, name, String.valueOf(every), String.valueOf(expires));
        return said + BETWEEN + mac(said);
    }

    /** Looks at a token. */
    Verdict look(String token) {
        var fields = token.split(BETWEEN, -1);
        if (fields.length != FIELDS) {
            return new Verdict.Bad(Fault.MALFORMED);
        }
        var said = token.substring(0, token.lastIndexOf(BETWEEN));
        // In constant time.
        if (!MessageDigest.isEqual(
                mac(said).getBytes(StandardCharsets.UTF_8), fields[FIELDS - 1].getBytes(StandardCharsets.UTF_8))) {
            return new Verdict.Bad(Fault.UNKNOWN_KEY);
        }
        // From here on it is this node's own text.
        if (Long.parseLong(fields[4]) < clock.instant().getEpochSecond()) {
            return new Verdict.Bad(Fault.EXPIRED);
        }
        return new Verdict.Good(new Granted(fields[0], fields[1], fields[2], Integer.parseInt(fields[3])));
    }

    private String mac(String said) {
        try {
            var mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            var whole = mac.doFinal(said.getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(java.util.Arrays.copyOf(whole, MAC_BYTES));
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException(ALGORITHM + " is part of every Java", e);
        }
    }
}
