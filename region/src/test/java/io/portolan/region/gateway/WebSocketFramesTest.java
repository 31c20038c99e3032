package io.portolan.region.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WebSocketFramesTest {
    private static ByteBuf frame(int length, boolean masked) {
        var out = Unpooled.buffer();
        out.writeByte(0x82);
        int mask = masked ? 0x80 : 0;
        if (length < 126) {
            out.writeByte(mask | length);
        } else if (length < 65_536) {
            out.writeByte(mask | 126).writeShort(length);
        } else {
            out.writeByte(mask | 127).writeLong(length);
        }
        if (masked) {
            out.writeInt(0x01020304);
        }
        return out.writeZero(length);
    }

    @Test
    void findsTheEndsOfFramesHoweverTheyAreCut() {
        var random = new Random(20_261_127);
        for (int round = 0; round < 200; round++) {
            var all = Unpooled.buffer();
            List<Integer> ends = new ArrayList<>();
            for (int i = random.nextInt(5); i >= 0; i--) {
                int length =
                        List.of(0, 1, 125, 126, 127, 65_535, 65_536, 70_000).get(random.nextInt(8));
                all.writeBytes(frame(length, random.nextBoolean()));
                ends.add(all.writerIndex());
            }
            var frames = new WebSocketFrames();
            for (int at = 0; at < all.writerIndex(); ) {
                int length = Math.min(all.writerIndex() - at, 1 + random.nextInt(random.nextBoolean() ? 3 : 40_000));
                frames.pass(all.slice(at, length));
                at += length;

                assertThat(frames.isBetweenFrames()).isEqualTo(ends.contains(at));
            }
        }
    }

    @Test
    void stopsAtTheEndOfTheFrameThatHasBegun() {
        var frames = new WebSocketFrames();
        var first = frame(10, false);
        frames.pass(first.slice(0, 4));
        var rest = Unpooled.wrappedBuffer(first.slice(4, first.writerIndex() - 4), frame(3, false));

        assertThat(frames.passToEndOfFrame(rest)).isEqualTo(first.writerIndex() - 4);
        assertThat(frames.isBetweenFrames()).isTrue();
        assertThat(frames.passToEndOfFrame(rest)).as("nothing has begun").isZero();
    }
}
