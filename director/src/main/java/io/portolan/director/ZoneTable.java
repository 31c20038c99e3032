package io.portolan.director;

import java.util.Arrays;
import java.util.Map;

/**
 * The names of a zone, found by their bytes without an object: open addressing with linear probing, at most half full. Immutable.
 *
 * <p>Keys are names without the zone's own, in lower case, as length bytes and labels: {@code 5hello}. The zone's own name is the empty
 * key.
 */
final class ZoneTable {
    private static final byte[][] FREE = new byte[0][];

    private final byte[][] keys;
    private final ZoneNode[] nodes;
    private final boolean[] used;

    private ZoneTable(int slots) {
        keys = Arrays.copyOf(FREE, slots);
        nodes = new ZoneNode[slots];
        used = new boolean[slots];
        Arrays.fill(nodes, ZoneNode.MISSING);
        Arrays.fill(keys, new byte[0]);
    }

    static ZoneTable of(Map<Key, ZoneNode> entries) {
        var table = new ZoneTable(Math.max(16, Integer.highestOneBit(entries.size()) * 4));
        entries.forEach((key, node) -> {
            int slot = table.slot(key.bytes(), 0, key.bytes().length);
            table.keys[slot] = key.bytes();
            table.nodes[slot] = node;
            table.used[slot] = true;
        });
        return table;
    }

    /** What stands at a name; {@link ZoneNode#MISSING} where nothing does. */
    ZoneNode find(byte[] name, int from, int to) {
        return nodes[slot(name, from, to)];
    }

    /** The slot that holds the key, or the free one where it would go. */
    private int slot(byte[] name, int from, int to) {
        int mask = keys.length - 1;
        int slot = hash(name, from, to) & mask;
        while (used[slot] && !Arrays.equals(keys[slot], 0, keys[slot].length, name, from, to)) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private static int hash(byte[] name, int from, int to) {
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = hash * 31 + name[i];
        }
        hash *= 0x9e3779b9;
        return hash ^ (hash >>> 15);
    }

    /** A name as a key of a map, only while a table is made. */
    record Key(byte[] bytes) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Key key && Arrays.equals(bytes, key.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }
    }
}
