package io.portolan.artifact;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Writes zips byte by byte, each field as the test wants it; untouched fields are right. One thread at a time.
 *
 * <p>An {@link Entry} holds what goes into both headers; {@link Entry#local} changes the local one alone.
 */
final class HostileZip {
    final List<Entry> entries = new ArrayList<>();
    byte[] before = {};
    byte[] beforeDirectory = {};
    byte[] afterDirectory = {};
    byte[] after = {};
    byte[] comment = {};
    boolean zip64End;
    int endEntries = -1;
    long endDirectoryShift;
    long endDirectoryBytesShift;
    int endDisk;
    long end64EntriesShift;
    long locatorShift;

    /** One entry, its fields open to change. */
    static final class Entry implements Cloneable {
        byte[] name;
        byte[] packed;
        int method;
        int flags;
        long crc;
        long packedBytes;
        long size;
        long header = -1;
        byte[] localExtra = {};
        byte[] centralExtra = {};
        int versionMadeBy = 3 << 8 | 20;
        long attributes;
        byte[] descriptor = {};
        byte[] gap = {};
        boolean absent;
        UnaryOperator<Entry> localChange = entry -> entry;

        Entry(byte[] name, byte[] packed, int method, long crc, long size) {
            this.name = name;
            this.packed = packed;
            this.method = method;
            this.crc = crc;
            this.size = size;
            this.packedBytes = packed.length;
        }

        /** Changes the local header, and it alone. */
        Entry local(Consumer<Entry> change) {
            localChange = entry -> {
                change.accept(entry);
                return entry;
            };
            return this;
        }

        /** Moves CRC and sizes behind the content. */
        Entry withDescriptor(boolean signed, boolean wide) {
            flags |= 8;
            var bytes = buffer(24);
            if (signed) {
                bytes.putInt(0x08074b50);
            }
            bytes.putInt((int) crc);
            if (wide) {
                bytes.putLong(packedBytes).putLong(size);
            } else {
                bytes.putInt((int) packedBytes).putInt((int) size);
            }
            descriptor = written(bytes);
            return local(entry -> {
                entry.crc = 0;
                entry.packedBytes = 0;
                entry.size = 0;
            });
        }

        private Entry copy() {
            try {
                return (Entry) clone();
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** A package that breaks no rule. */
    static HostileZip valid() {
        var zip = new HostileZip();
        zip.deflated("portolan.json", "{\"portals\":[\"*\"]}");
        zip.deflated("index.html", "<!doctype html><title>x</title>");
        return zip;
    }

    Entry stored(String name, String content) {
        return stored(name.getBytes(UTF_8), content.getBytes(UTF_8));
    }

    Entry stored(byte[] name, byte[] content) {
        return add(new Entry(name, content, 0, crc(content), content.length));
    }

    Entry deflated(String name, String content) {
        return deflated(name, content.getBytes(UTF_8));
    }

    Entry deflated(String name, byte[] content) {
        return add(new Entry(name.getBytes(UTF_8), deflate(content), 8, crc(content), content.length));
    }

    private Entry add(Entry entry) {
        entry.flags |= 1 << 11;
        entries.add(entry);
        return entry;
    }

    Path write(Path folder) throws IOException {
        return Files.write(Files.createTempFile(folder, "hostile", ".zip"), bytes());
    }

    byte[] bytes() {
        var out = new ByteArrayOutputStream();
        out.writeBytes(before);
        for (var entry : entries) {
            out.writeBytes(entry.gap);
            if (entry.header < 0) {
                entry.header = out.size();
            }
            if (entry.absent) {
                continue;
            }
            var local = entry.localChange.apply(entry.copy());
            var header = buffer(30);
            header.putInt(0x04034b50).putShort((short) 20).putShort((short) local.flags);
            header.putShort((short) local.method).putInt(0x00210000).putInt((int) local.crc);
            header.putInt((int) local.packedBytes).putInt((int) local.size);
            header.putShort((short) local.name.length).putShort((short) local.localExtra.length);
            out.writeBytes(header.array());
            out.writeBytes(local.name);
            out.writeBytes(local.localExtra);
            out.writeBytes(entry.packed);
            out.writeBytes(entry.descriptor);
        }
        out.writeBytes(beforeDirectory);
        long directory = out.size();
        for (var entry : entries) {
            var record = buffer(46);
            record.putInt(0x02014b50).putShort((short) entry.versionMadeBy).putShort((short) 20);
            record.putShort((short) entry.flags).putShort((short) entry.method).putInt(0x00210000);
            record.putInt((int) entry.crc).putInt((int) entry.packedBytes).putInt((int) entry.size);
            record.putShort((short) entry.name.length).putShort((short) entry.centralExtra.length);
            record.putShort((short) 0).putShort((short) 0).putShort((short) 0);
            record.putInt((int) entry.attributes).putInt((int) entry.header);
            out.writeBytes(record.array());
            out.writeBytes(entry.name);
            out.writeBytes(entry.centralExtra);
        }
        end(out, directory);
        return out.toByteArray();
    }

    private void end(ByteArrayOutputStream out, long directory) {
        long bytes = out.size() - directory + endDirectoryBytesShift;
        int count = endEntries < 0 ? entries.size() : endEntries;
        out.writeBytes(afterDirectory);
        if (zip64End) {
            long at = out.size();
            var end64 = buffer(56);
            end64.putInt(0x06064b50).putLong(44).putShort((short) 45).putShort((short) 45);
            end64.putInt(0).putInt(0).putLong(count + end64EntriesShift).putLong(count + end64EntriesShift);
            end64.putLong(bytes).putLong(directory + endDirectoryShift);
            out.writeBytes(end64.array());
            var locator = buffer(20);
            locator.putInt(0x07064b50).putInt(0).putLong(at + locatorShift).putInt(1);
            out.writeBytes(locator.array());
        }
        var end = buffer(22);
        end.putInt(0x06054b50).putShort((short) endDisk).putShort((short) 0);
        end.putShort((short) count).putShort((short) count);
        end.putInt((int) bytes).putInt((int) (directory + endDirectoryShift));
        end.putShort((short) comment.length);
        out.writeBytes(end.array());
        out.writeBytes(comment);
        out.writeBytes(after);
    }

    /** An extra field. */
    static byte[] extra(int id, byte[] content) {
        return written(buffer(4 + content.length)
                .putShort((short) id)
                .putShort((short) content.length)
                .put(content));
    }

    /** The content of a 64-bit extra field. */
    static byte[] longs(long... values) {
        var bytes = buffer(8 * values.length);
        for (long value : values) {
            bytes.putLong(value);
        }
        return bytes.array();
    }

    static byte[] deflate(byte[] content) {
        try (var deflater = new Deflater(9, true)) {
            deflater.setInput(content);
            deflater.finish();
            var out = new ByteArrayOutputStream();
            var buffer = new byte[8192];
            while (!deflater.finished()) {
                out.write(buffer, 0, deflater.deflate(buffer));
            }
            return out.toByteArray();
        }
    }

    static long crc(byte[] content) {
        var crc = new CRC32();
        crc.update(content);
        return crc.getValue();
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] written(ByteBuffer buffer) {
        return Arrays.copyOf(buffer.array(), buffer.position());
    }
}
