package io.portolan.artifact;

/** Bytes of a zip record, read as the unsigned numbers of the format. One thread at a time. */
record LittleEndian(byte[] bytes) {
    int length() {
        return bytes.length;
    }

    int u16(int at) {
        return (bytes[at] & 0xff) | (bytes[at + 1] & 0xff) << 8;
    }

    long u32(int at) {
        return u16(at) | (long) u16(at + 2) << 16;
    }

    /** A 64-bit number; beyond {@link Long#MAX_VALUE} it is negative, which no caller accepts. */
    long u64(int at) {
        return u32(at) | u32(at + 4) << 32;
    }
}
