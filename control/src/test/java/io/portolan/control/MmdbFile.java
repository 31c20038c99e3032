package io.portolan.control;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Writes small mmdb files for tests, by the public description of the format (version 2.0): a search tree of both families with 24-bit
 * records, sixteen zero bytes, data, the marker, metadata. So no vendor's data is needed.
 */
final class MmdbFile {
    private static final int EMPTY = -1;
    private static final int SEPARATOR_BYTES = 16;

    private final List<int[]> nodes = new ArrayList<>(List.of(new int[] {EMPTY, EMPTY}));
    private final Map<Integer, Integer> dataOfLeaf = new LinkedHashMap<>();
    private final ByteArrayOutputStream data = new ByteArrayOutputStream();

    /** Adds a network; those added later must not hold earlier ones. */
    MmdbFile add(byte[] address, int length, Map<String, Object> record) {
        int offset = data.size();
        write(data, record);
        var bits = address.length == 16
                ? address
                : ByteBuffer.allocate(16).put(12, address).array();
        int depth = address.length == 16 ? length : length + 96;
        int node = 0;
        for (int i = 0; i < depth; i++) {
            int side = bits[i / 8] >> (7 - i % 8) & 1;
            if (i == depth - 1) {
                int leaf = -2 - dataOfLeaf.size();
                dataOfLeaf.put(leaf, offset);
                nodes.get(node)[side] = leaf;
            } else {
                int next = nodes.get(node)[side];
                if (next < 0) {
                    int inherited = next;
                    next = nodes.size();
                    nodes.add(new int[] {inherited, inherited});
                    nodes.get(node)[side] = next;
                }
                node = next;
            }
        }
        return this;
    }

    byte[] bytes() {
        var out = new ByteArrayOutputStream();
        for (var node : nodes) {
            for (int side = 0; side < 2; side++) {
                int value = node[side];
                int record = value == EMPTY
                        ? nodes.size()
                        : value >= 0
                                ? value
                                : nodes.size() + SEPARATOR_BYTES + Objects.requireNonNull(dataOfLeaf.get(value));
                out.write(record >> 16);
                out.write(record >> 8);
                out.write(record);
            }
        }
        out.writeBytes(new byte[SEPARATOR_BYTES]);
        out.writeBytes(data.toByteArray());
        out.writeBytes(new byte[] {(byte) 0xab, (byte) 0xcd, (byte) 0xef});
        out.writeBytes("MaxMind.com".getBytes(StandardCharsets.US_ASCII));
        var metadata = new LinkedHashMap<String, Object>();
        metadata.put("node_count", nodes.size());
        metadata.put("record_size", 24);
        metadata.put("ip_version", 6);
        metadata.put("database_type", "Portolan-Test");
        metadata.put("languages", List.of("en"));
        metadata.put("binary_format_major_version", 2);
        metadata.put("binary_format_minor_version", 0);
        metadata.put("build_epoch", 1_700_000_000L);
        metadata.put("description", Map.of("en", "a test"));
        write(out, metadata);
        return out.toByteArray();
    }

    private static void write(ByteArrayOutputStream out, Object value) {
        switch (value) {
            case Map<?, ?> map -> {
                control(out, 7, map.size());
                map.forEach((key, item) -> {
                    write(out, key);
                    write(out, item);
                });
            }
            case List<?> list -> {
                control(out, 11, list.size());
                list.forEach(item -> write(out, item));
            }
            case String text -> {
                var utf8 = text.getBytes(StandardCharsets.UTF_8);
                control(out, 2, utf8.length);
                out.writeBytes(utf8);
            }
            case Double number -> {
                control(out, 3, 8);
                out.writeBytes(ByteBuffer.allocate(8).putDouble(number).array());
            }
            case Boolean flag -> control(out, 14, flag ? 1 : 0);
            case Integer number -> {
                control(out, 6, 4);
                out.writeBytes(ByteBuffer.allocate(4).putInt(number).array());
            }
            case Long number -> {
                control(out, 9, 8);
                out.writeBytes(ByteBuffer.allocate(8).putLong(number).array());
            }
            default -> throw new IllegalArgumentException("no such type in a test: " + value.getClass());
        }
    }

    /** Type and size; types beyond 7 stand in a second byte. */
    private static void control(ByteArrayOutputStream out, int type, int size) {
        if (size > 28) {
            out.write(type << 5 | 29);
            out.write(size - 29);
        } else if (type <= 7) {
            out.write(type << 5 | size);
        } else {
            out.write(size);
            out.write(type - 7);
        }
    }
}
