package io.portolan.region;

import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Which sessions get the new version while a region ramps. Stateless.
 *
 * <p>A session has a fixed place between 0 and 100 % for each version: raising the share only ever adds sessions, on every node
 * alike, and another version's ramp meets other sessions first.
 */
final class Ramp {
    /** Places; a share of 1 % has this many hundredths. */
    private static final long PLACES = 1_000_000;

    private Ramp() {}

    /** Whether a session is among the share of {@code percent}. */
    static boolean includes(ExtensionName extension, VersionLabel version, String session, int percent) {
        return place(extension, version, session) * 100 < percent * PLACES;
    }

    private static long place(ExtensionName extension, VersionLabel version, String session) {
        var hash = Digest.sha256();
        // Neither a name nor a label has a line end.
        hash.update((extension + "\n" + version + "\n" + session).getBytes(StandardCharsets.UTF_8));
        var first = HexFormat.of().parseHex(Digest.from(hash).value(), 0, 2 * Long.BYTES);
        return Long.remainderUnsigned(ByteBuffer.wrap(first).getLong(), PLACES);
    }
}
