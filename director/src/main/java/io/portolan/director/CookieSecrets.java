package io.portolan.director;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The secrets of server cookies: the one that signs and the one before. Kept in {@code cookies.key} of the director's folder, so that
 * clients' cookies outlive a restart, and replaced every {@link #LIFETIME}; the one before stays good for as long. Directors that answer
 * under one address share a file instead, which is read at the start and never written. Thread-safe.
 */
final class CookieSecrets implements Supplier<ServerCookies> {
    /** How long a secret signs (RFC 7873, 7.1, asks for at most 36 days and suggests a day). */
    static final Duration LIFETIME = Duration.ofDays(1);

    private static final String FILE = "cookies.key";
    private static final int SECRET_BYTES = 16;
    private static final Logger LOG = LoggerFactory.getLogger(CookieSecrets.class);

    private final Path folder;
    private final boolean shared;
    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();
    private volatile ServerCookies cookies;
    private volatile long bornMillis;

    private CookieSecrets(Path folder, boolean shared, InstantSource clock, List<byte[]> secrets, long bornMillis) {
        this.folder = folder;
        this.shared = shared;
        this.clock = clock;
        this.cookies = cookies(secrets);
        this.bornMillis = bornMillis;
    }

    /** Reads a file that directors share. */
    static CookieSecrets shared(Path file, InstantSource clock) throws IOException {
        var secrets = new ArrayList<byte[]>();
        for (var line : Files.readAllLines(file)) {
            if (!line.isBlank() && !line.startsWith("#")) {
                secrets.add(secret(line.strip(), file));
            }
        }
        if (secrets.isEmpty()) {
            throw new IOException("reading " + file + ": no secret (expected: one of 32 hexadecimal digits a line)");
        }
        return new CookieSecrets(file, true, clock, secrets, clock.millis());
    }

    private static byte[] secret(String hex, Path file) throws IOException {
        // The text itself is not shown: it is a secret.
        if (!hex.matches("[0-9a-fA-F]{32}")) {
            throw new IOException(
                    "reading " + file + ": a line that is not a secret (expected: 32 hexadecimal digits)");
        }
        return HexFormat.of().parseHex(hex);
    }

    /** Reads the folder's own, or makes the first. */
    static CookieSecrets own(Path folder, InstantSource clock) throws IOException {
        Files.createDirectories(folder);
        try {
            var lines = Files.readAllLines(folder.resolve(FILE));
            if (lines.size() >= 3) {
                var secrets =
                        List.of(secret(lines.get(1), folder.resolve(FILE)), secret(lines.get(2), folder.resolve(FILE)));
                return new CookieSecrets(folder, false, clock, secrets, Long.parseLong(lines.getFirst()));
            }
        } catch (NoSuchFileException first) {
            LOG.debug("no cookie secret yet folder={}", folder);
        } catch (IOException | NumberFormatException e) {
            // Answers matter more: clients are given new cookies, which they are used to.
            LOG.warn("cookie secrets not read file={} reason={}", folder.resolve(FILE), e.getMessage());
        }
        var made = new CookieSecrets(folder, false, clock, List.of(new byte[SECRET_BYTES]), 0);
        made.replace();
        // Nothing was signed before, so what is believed beside must not be all zeros.
        made.replace();
        return made;
    }

    private static ServerCookies cookies(List<byte[]> secrets) {
        var one = little(secrets.getFirst());
        var other = little(secrets.get(secrets.size() > 1 ? 1 : 0));
        return new ServerCookies(one.getLong(), one.getLong(), other.getLong(), other.getLong());
    }

    private static ByteBuffer little(byte[] secret) {
        return ByteBuffer.wrap(secret).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public ServerCookies get() {
        return cookies;
    }

    /** Makes a new secret when the present one has signed for long enough; called every second or so. */
    void replaceIfOld() {
        if (!shared && clock.millis() - bornMillis >= LIFETIME.toMillis()) {
            replace();
        }
    }

    private synchronized void replace() {
        var fresh = new byte[SECRET_BYTES];
        random.nextBytes(fresh);
        var next = little(fresh);
        cookies = new ServerCookies(next.getLong(), next.getLong(), cookies.current0(), cookies.current1());
        bornMillis = clock.millis();
        keep();
    }

    private void keep() {
        var now = cookies;
        var text = bornMillis + "\n" + hex(now.current0(), now.current1()) + "\n"
                + hex(now.previous0(), now.previous1()) + "\n";
        var temporary = folder.resolve(".tmp-" + UUID.randomUUID());
        try {
            try (var channel = FileChannel.open(
                    temporary,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
                channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
                channel.force(true);
            }
            Files.move(temporary, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
            try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        } catch (IOException e) {
            LOG.warn("cookie secrets not kept folder={} reason={}", folder, e.getMessage());
        }
    }

    private static String hex(long first, long second) {
        var bytes = ByteBuffer.allocate(SECRET_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        return HexFormat.of().formatHex(bytes.putLong(first).putLong(second).array());
    }
}
