package io.portolan.director;

/**
 * SipHash-2-4 of at most a few dozen bytes, without allocation; what server cookies are made with (RFC 9018). Stateless.
 *
 * @see <a href="https://www.aumasson.jp/siphash/siphash.pdf">Aumasson, Bernstein: SipHash, a fast short-input PRF</a>
 */
final class SipHash {
    private SipHash() {}

    /**
     * The hash, in the byte order that its authors give it (little endian).
     *
     * @param key0 first eight bytes of the key, little endian
     * @param key1 last eight bytes
     */
    static long of(long key0, long key1, byte[] data, int length) {
        long v0 = key0 ^ 0x736f6d6570736575L;
        long v1 = key1 ^ 0x646f72616e646f6dL;
        long v2 = key0 ^ 0x6c7967656e657261L;
        long v3 = key1 ^ 0x7465646279746573L;
        int words = length / 8;
        // Words of the message, then a last one with its length, then (with 0xff for the end) four more rounds.
        for (int word = 0; word <= words + 2; word++) {
            long m = word < words ? little(data, word * 8, 8) : 0;
            if (word == words) {
                m = little(data, word * 8, length - word * 8) | ((long) length << 56);
            } else if (word == words + 1) {
                v2 ^= 0xff;
            }
            v3 ^= m;
            for (int round = 0; round < 2; round++) {
                v0 += v1;
                v2 += v3;
                v1 = Long.rotateLeft(v1, 13) ^ v0;
                v3 = Long.rotateLeft(v3, 16) ^ v2;
                v0 = Long.rotateLeft(v0, 32);
                v2 += v1;
                v0 += v3;
                v1 = Long.rotateLeft(v1, 17) ^ v2;
                v3 = Long.rotateLeft(v3, 21) ^ v0;
                v2 = Long.rotateLeft(v2, 32);
            }
            v0 ^= m;
        }
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static long little(byte[] data, int at, int bytes) {
        long value = 0;
        for (int i = bytes - 1; i >= 0; i--) {
            value = (value << 8) | (data[at + i] & 0xff);
        }
        return value;
    }
}
