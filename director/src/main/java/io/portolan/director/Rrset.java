package io.portolan.director;

/**
 * Records of one name and type as bytes that only need two kinds of pointers filled in: to the name that owns them, and to the zone's
 * name in the question. Made once a revision. Immutable.
 *
 * @see RecordWriter
 */
final class Rrset {
    /** No records. */
    static final Rrset NONE = new Rrset(0, new byte[0], new int[0], new int[0], new int[0]);

    private final int type;
    private final byte[] bytes;
    /** Where each record starts, with the pointer to its owner. */
    private final int[] owners;
    /** Where pointers to the zone's name stand. */
    private final int[] zones;
    /** Where the name in each record's data starts, for records of types that are about a name; else empty. */
    private final int[] targets;

    Rrset(int type, byte[] bytes, int[] owners, int[] zones, int[] targets) {
        this.type = type;
        this.bytes = bytes;
        this.owners = owners;
        this.zones = zones;
        this.targets = targets;
    }

    int type() {
        return type;
    }

    /** How many records. */
    int count() {
        return owners.length;
    }

    int bytes() {
        return bytes.length;
    }

    /** Where the name that a record is about starts, counted from the start of these bytes. */
    int target(int record) {
        return targets[record];
    }

    /**
     * Writes the records; there is room.
     *
     * @param owner pointer to the name that they belong to
     * @param zone  pointer to the zone's name
     * @return where the next byte goes
     */
    int write(byte[] out, int at, int owner, int zone) {
        System.arraycopy(bytes, 0, out, at, bytes.length);
        for (int position : owners) {
            Wire.put16(out, at + position, owner);
        }
        for (int position : zones) {
            Wire.put16(out, at + position, zone);
        }
        return at + bytes.length;
    }
}
