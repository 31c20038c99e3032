package io.portolan.region.gateway;

import io.netty.buffer.ByteBuf;

/**
 * Finds where one frame of a WebSocket ends and the next begins, so that a frame of our own can be put between. It looks at lengths
 * and at nothing else. One direction of one socket.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6455#section-5.2">RFC 6455, section 5.2</a>
 */
final class WebSocketFrames {
    private static final int MASK_BYTES = 4;

    /** Bytes of the head of the frame that has begun, 0 between frames. */
    private int headBytes;

    private int second;
    private int headLength;
    private long length;
    /** Bytes of the body of the frame that has begun that have not passed. */
    private long rest;

    /** Whether all that has passed were whole frames. */
    boolean isBetweenFrames() {
        return headBytes == 0 && rest == 0;
    }

    /** Lets all of these bytes pass. */
    void pass(ByteBuf bytes) {
        int at = bytes.readerIndex();
        while (at < bytes.writerIndex()) {
            at = step(bytes, at);
        }
    }

    /** Lets bytes pass up to the end of the frame that has begun; how many these are. */
    int passToEndOfFrame(ByteBuf bytes) {
        int at = bytes.readerIndex();
        while (at < bytes.writerIndex() && !isBetweenFrames()) {
            at = step(bytes, at);
        }
        return at - bytes.readerIndex();
    }

    /** Takes a byte of a head, or as much as there is of a body; the index behind it. */
    private int step(ByteBuf bytes, int at) {
        if (rest > 0) {
            int taken = (int) Math.min(rest, bytes.writerIndex() - at);
            rest -= taken;
            return at + taken;
        }
        int next = bytes.getUnsignedByte(at);
        headBytes++;
        if (headBytes == 1) {
            length = 0;
            headLength = 2;
        } else if (headBytes == 2) {
            second = next & 0x7F;
            length = second;
            int more = second == 126 ? 2 : second == 127 ? 8 : 0;
            if (more > 0) {
                length = 0;
            }
            headLength = 2 + more + ((next & 0x80) != 0 ? MASK_BYTES : 0);
        } else if (second >= 126 && headBytes <= 2 + (second == 126 ? 2 : 8)) {
            length = length << 8 | next;
        }
        if (headBytes == headLength && headBytes >= 2) {
            headBytes = 0;
            // A length beyond 2^63 is no length; whoever reads it will say so.
            rest = length < 0 ? Long.MAX_VALUE : length;
        }
        return at + 1;
    }
}
