package io.portolan.planner.routing;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * The form in which a {@link LatencyMap} is kept and sent: binary, big-endian, version {@value #VERSION}; a file's name is its SHA-256.
 * Pure. The same map gives the same bytes.
 *
 * <p>Magic and version (8 bytes), twelve counts (4 bytes each), then the columns of {@link LatencyColumns} in the order of that record.
 * Texts carry their length in two bytes before their UTF-8. The reader takes nothing on trust: it compares the length with the counts
 * before it makes room for anything, and checks every number that points somewhere.
 */
public final class LatencyMapFormat {
    /** Version that this build writes and reads. */
    public static final int VERSION = 1;

    /** Longest file. */
    public static final int LIMIT_BYTES = 512 << 20;

    private static final long MAGIC = 0x504c_4154_4d41_5000L; // "PLATMAP"
    private static final int COUNTS = 12;
    private static final int TEXT_LIMIT_BYTES = 4_096;

    private LatencyMapFormat() {}

    /** Writes. */
    public static byte[] write(LatencyMap map) {
        var c = map.columns();
        var counts = counts(c);
        var texts = new byte[1 + c.regions() + c.strings().length][];
        texts[0] = utf8(c.origin());
        for (int i = 0; i < c.regions(); i++) {
            texts[1 + i] = utf8(c.regionNames()[i]);
        }
        for (int i = 0; i < c.strings().length; i++) {
            texts[1 + c.regions() + i] = utf8(c.strings()[i]);
        }
        long size = size(counts);
        for (var text : texts) {
            size += text.length;
        }
        if (size > LIMIT_BYTES) {
            throw new IllegalArgumentException(
                    "latency map: " + size + " bytes (expected: at most " + LIMIT_BYTES + ")");
        }
        var out = ByteBuffer.allocate((int) size);
        out.putLong(MAGIC | VERSION);
        for (int count : counts) {
            out.putInt(count);
        }
        for (var text : texts) {
            out.putShort((short) text.length).put(text);
        }
        ints(out, c.regionLatitudes());
        ints(out, c.regionLongitudes());
        ints(out, c.latitudes());
        ints(out, c.longitudes());
        out.put(c.placeFlags());
        shorts(out, c.continents());
        shorts(out, c.countries());
        ints(out, c.subdivisions());
        ints(out, c.labels());
        shorts(out, c.orders());
        out.put(c.layers());
        ints(out, c.rowOrders());
        ints(out, c.rowLayers());
        ints(out, c.rowTables());
        ints(out, c.rowSamples());
        chars(out, c.rtts());
        ints(out, c.samples());
        ints(out, c.entryRows());
        ints(out, c.entryPlaces());
        ints(out, c.starts4());
        ints(out, c.entries4());
        longs(out, c.high6());
        longs(out, c.low6());
        ints(out, c.entries6());
        return out.array();
    }

    private static int[] counts(LatencyColumns c) {
        return new int[] {
            c.regions(),
            c.strings().length,
            c.latitudes().length,
            c.orders().length,
            c.layers().length,
            c.rowOrders().length,
            c.rtts().length,
            c.samples().length,
            c.entryRows().length,
            c.starts4().length,
            c.high6().length,
            0
        };
    }

    /** Bytes of everything but the texts themselves. */
    private static long size(int[] n) {
        return 8L
                + COUNTS * 4L
                + 2L * (1L + n[0] + n[1])
                + 8L * n[0]
                + (4L + 4 + 1 + 2 + 2 + 4 + 4) * n[2]
                + 2L * n[3]
                + n[4]
                + 16L * n[5]
                + 2L * n[6]
                + 4L * n[7]
                + 8L * n[8]
                + 8L * n[9]
                + 20L * n[10];
    }

    private static byte[] utf8(String text) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > TEXT_LIMIT_BYTES) {
            throw new IllegalArgumentException(
                    "latency map: text of " + bytes.length + " bytes (expected: at most " + TEXT_LIMIT_BYTES + ")");
        }
        return bytes;
    }

    private static void ints(ByteBuffer out, int[] values) {
        out.asIntBuffer().put(values);
        out.position(out.position() + 4 * values.length);
    }

    private static void shorts(ByteBuffer out, short[] values) {
        out.asShortBuffer().put(values);
        out.position(out.position() + 2 * values.length);
    }

    private static void chars(ByteBuffer out, char[] values) {
        out.asCharBuffer().put(values);
        out.position(out.position() + 2 * values.length);
    }

    private static void longs(ByteBuffer out, long[] values) {
        out.asLongBuffer().put(values);
        out.position(out.position() + 8 * values.length);
    }

    /**
     * Reads.
     *
     * @param in the whole file, such as a mapped one; nothing of it is used afterwards
     * @throws IllegalArgumentException when it is no such map of this version, saying what is wrong
     */
    public static LatencyMap read(ByteBuffer in) {
        try {
            var columns = columns(in.duplicate().order(java.nio.ByteOrder.BIG_ENDIAN));
            LatencyMapCheck.check(columns);
            return new LatencyMap(columns);
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("latency map: ends too early", e);
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("latency map: text that is no UTF-8", e);
        }
    }

    private static LatencyColumns columns(ByteBuffer in) throws CharacterCodingException {
        long head = in.getLong();
        if (head != (MAGIC | VERSION)) {
            throw new IllegalArgumentException(
                    (head & ~0xffL) == MAGIC
                            ? "latency map: version " + (head & 0xff) + " (expected: " + VERSION + ")"
                            : "latency map: is none");
        }
        var n = new int[COUNTS];
        for (int i = 0; i < COUNTS; i++) {
            n[i] = in.getInt();
            if (n[i] < 0 || n[i] > LIMIT_BYTES) {
                throw new IllegalArgumentException("latency map: count " + i + ": " + n[i]);
            }
        }
        // Texts are at least empty: what is too short for these counts is refused before there is room made for
        // anything.
        if (n[COUNTS - 1] != 0 || size(n) > in.limit()) {
            throw new IllegalArgumentException("latency map: " + in.limit() + " bytes do not fit its counts");
        }
        var origin = text(in);
        var regionNames = texts(in, n[0]);
        var strings = texts(in, n[1]);
        var columns = new LatencyColumns(
                origin,
                regionNames,
                ints(in, n[0]),
                ints(in, n[0]),
                strings,
                ints(in, n[2]),
                ints(in, n[2]),
                bytes(in, n[2]),
                shorts(in, n[2]),
                shorts(in, n[2]),
                ints(in, n[2]),
                ints(in, n[2]),
                shorts(in, n[3]),
                bytes(in, n[4]),
                ints(in, n[5]),
                ints(in, n[5]),
                ints(in, n[5]),
                ints(in, n[5]),
                chars(in, n[6]),
                ints(in, n[7]),
                ints(in, n[8]),
                ints(in, n[8]),
                ints(in, n[9]),
                ints(in, n[9]),
                longs(in, n[10]),
                longs(in, n[10]),
                ints(in, n[10]));
        if (in.hasRemaining()) {
            throw new IllegalArgumentException("latency map: " + in.remaining() + " bytes too many");
        }
        return columns;
    }

    private static String[] texts(ByteBuffer in, int count) throws CharacterCodingException {
        var texts = new String[count];
        for (int i = 0; i < count; i++) {
            texts[i] = text(in);
        }
        return texts;
    }

    private static String text(ByteBuffer in) throws CharacterCodingException {
        int length = Short.toUnsignedInt(in.getShort());
        if (length > TEXT_LIMIT_BYTES || length > in.remaining()) {
            throw new IllegalArgumentException("latency map: text of " + length + " bytes");
        }
        var bytes = in.slice(in.position(), length);
        in.position(in.position() + length);
        return StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT)
                .decode(bytes)
                .toString();
    }

    private static void require(ByteBuffer in, long bytes) {
        if (bytes > in.remaining()) {
            throw new BufferUnderflowException();
        }
    }

    private static byte[] bytes(ByteBuffer in, int count) {
        require(in, count);
        var values = new byte[count];
        in.get(values);
        return values;
    }

    private static int[] ints(ByteBuffer in, int count) {
        require(in, 4L * count);
        var values = new int[count];
        in.asIntBuffer().get(values);
        in.position(in.position() + 4 * count);
        return values;
    }

    private static short[] shorts(ByteBuffer in, int count) {
        require(in, 2L * count);
        var values = new short[count];
        in.asShortBuffer().get(values);
        in.position(in.position() + 2 * count);
        return values;
    }

    private static char[] chars(ByteBuffer in, int count) {
        require(in, 2L * count);
        var values = new char[count];
        in.asCharBuffer().get(values);
        in.position(in.position() + 2 * count);
        return values;
    }

    private static long[] longs(ByteBuffer in, int count) {
        require(in, 8L * count);
        var values = new long[count];
        in.asLongBuffer().get(values);
        in.position(in.position() + 8 * count);
        return values;
    }
}
