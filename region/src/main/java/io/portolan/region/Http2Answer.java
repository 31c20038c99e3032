package io.portolan.region;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One answer on its way out: HEADERS and DATA leave in one buffer when the client's windows allow the whole, else piece by piece.
 * On the connection's event loop. The body has at most {@link HotAnswer#SMALL_BYTES}, which every client takes in one frame.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a stream that cannot be answered is gone, and the codec knows
final class Http2Answer implements Http2RemoteFlowController.FlowControlled {
    private static final byte[] NONE = {};
    private static final int FRAME = Http2CodecUtil.FRAME_HEADER_LENGTH;
    /** Every client takes a frame as long as this. */
    private static final int MOST_HEAD = Http2CodecUtil.MAX_FRAME_SIZE_LOWER_BOUND - LiteralHead.DATE_BYTES;

    private static final short END_OF_HEADERS =
            new Http2Flags().endOfHeaders(true).value();
    private static final short END_OF_STREAM =
            new Http2Flags().endOfStream(true).value();

    private final Http2FrameCodec codec;
    private final BooleanSupplier takeResized;
    private final Http2Stream stream;
    private final HotAnswer answer;
    private final HttpDate.Second date;
    private final byte[] body;
    private int sent;
    private boolean begun;
    private @Nullable ChannelFuture last;

    /**
     * Makes the answer of one stream.
     *
     * @param takeResized whether the next head must tell of the new size of HPACK's table, which only the codec's encoder can; true
     *                    once for each time
     * @param answer      a small one whose body is not empty
     */
    Http2Answer(
            Http2FrameCodec codec,
            BooleanSupplier takeResized,
            Http2Stream stream,
            HotAnswer answer,
            HttpDate.Second date) {
        this.codec = codec;
        this.takeResized = takeResized;
        this.stream = stream;
        this.answer = answer;
        this.date = date;
        this.body = answer.small();
    }

    @Override
    public int size() {
        return body.length - sent;
    }

    @Override
    public void write(ChannelHandlerContext context, int allowed) {
        int count = Math.min(allowed, size());
        var head = begun ? NONE : head(context);
        var out = context.alloc().directBuffer(FRAME + head.length + LiteralHead.DATE_BYTES + FRAME + count);
        if (head.length > 0) {
            frame(out, head.length + LiteralHead.DATE_BYTES, Http2FrameTypes.HEADERS, END_OF_HEADERS);
            out.writeBytes(head);
            LiteralHead.date(out, date);
        }
        boolean all = count == size();
        frame(out, count, Http2FrameTypes.DATA, all ? END_OF_STREAM : 0);
        out.writeBytes(body, sent, count);
        sent += count;
        last = context.write(out);
    }

    /** The head to write before the body; none when the codec wrote it. */
    private byte[] head(ChannelHandlerContext context) {
        begun = true;
        stream.headersSent(false);
        if (takeResized.getAsBoolean() || answer.literal().length > MOST_HEAD) {
            codec.encoder()
                    .frameWriter()
                    .writeHeaders(context, stream.id(), answer.http2(date), 0, false, context.newPromise());
            return NONE;
        }
        return answer.literal();
    }

    private void frame(ByteBuf out, int length, byte type, int flags) {
        out.writeMedium(length).writeByte(type).writeByte(flags).writeInt(stream.id());
    }

    @Override
    public void writeComplete() {
        if (last != null) {
            codec.closeStreamLocal(stream, last);
        }
    }

    @Override
    public void error(ChannelHandlerContext context, Throwable cause) {
        codec.onError(context, true, cause);
    }

    @Override
    public boolean merge(ChannelHandlerContext context, Http2RemoteFlowController.FlowControlled next) {
        return false;
    }
}
