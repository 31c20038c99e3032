package io.portolan.region;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.portolan.region.TransportCounters.Limit;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Answers repeated plain requests of one HTTP/1.1 connection from memory, before they are even decoded. On the connection's event
 * loop.
 *
 * <p>It understands no headers. A client sends the same ones again and again, so it remembers the bytes of the last block of headers
 * that the general path (decoder, rules, gate) found to be those of a plain request; a request whose headers are the same, byte by
 * byte, and whose first line is {@code GET TARGET HTTP/1.1} has the same meaning but for its target, and the target is one that the
 * general path answered before. Whatever else comes, comes in parts, or comes while the general path is at work, is passed on
 * untouched. Nothing is decided here that was not decided there.
 */
@SuppressWarnings("FutureReturnValueIgnored") // closing a connection: nothing is left to do when that fails
final class Http1Shortcut extends ChannelInboundHandlerAdapter {
    /** Longest block of headers that is remembered; each connection holds one. */
    private static final int MOST_BLOCK_BYTES = 2048;

    private static final int MOST_TARGET_BYTES = 1024;
    private static final byte[] GET = ascii("GET ");
    private static final byte[] VERSION = ascii(" HTTP/1.1\r\n");
    private static final ByteBuf BLANK_LINE = Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(ascii("\r\n\r\n")));

    private final HotPath hot;
    private final AnswerFacts told = new AnswerFacts();
    private final Connections connections;
    private final StrictRequestDecoder decoder;
    private final Http1Connection turns;
    /** What was passed on last, for as long as that takes: a copy, since the decoder gives back what it has read. */
    private ByteBuf candidate = Unpooled.EMPTY_BUFFER;

    private @Nullable Block known;
    private @Nullable Deadline stuck;
    private boolean written;
    private boolean passedOn;
    private boolean sending;

    /** Headers that were accepted, and what they mean. */
    private static final class Block {
        private final ByteBuf bytes;
        private final String host;
        private final AcceptEncoding accepted;
        private final String referer;
        private final String userAgent;
        private @Nullable ServingState judged;
        private HostRule.Scope scope = new HostRule.Scope.Malformed("");

        Block(ByteBuf bytes, Request request, AcceptEncoding accepted) {
            this.bytes = bytes;
            this.host = request.host();
            this.accepted = accepted;
            this.referer = request.header("referer");
            this.userAgent = request.header("user-agent");
        }

        HostRule.Scope scope(ServingState state) {
            if (judged != state) {
                scope = state.hostRule().scope(host);
                judged = state;
            }
            return scope;
        }
    }

    Http1Shortcut(HotPath hot, Connections connections, StrictRequestDecoder decoder, Http1Connection turns) {
        this.hot = hot;
        this.connections = connections;
        this.decoder = decoder;
        this.turns = turns;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        stuck = new Deadline(context.executor(), () -> {
            connections.counters().count(Limit.WRITE_DEADLINE);
            context.close();
        });
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (stuck != null) {
            stuck.end();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof ByteBuf in)) {
            context.fireChannelRead(message);
            return;
        }
        while (in.isReadable() && answer(context, in)) {
            written = true;
        }
        if (!in.isReadable()) {
            in.release();
            return;
        }
        passedOn = true;
        candidate = isRest() && in.readableBytes() <= MOST_TARGET_BYTES + MOST_BLOCK_BYTES
                ? Unpooled.wrappedBuffer(ByteBufUtil.getBytes(in))
                : Unpooled.EMPTY_BUFFER;
        try {
            context.fireChannelRead(in);
        } finally {
            candidate = Unpooled.EMPTY_BUFFER;
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (written) {
            written = false;
            context.flush();
            watch(context);
        }
        if (passedOn) {
            passedOn = false;
            context.fireChannelReadComplete();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        // Whoever is told to end closes a connection at rest: not before it has its answers.
        if (event != Connections.DRAIN || !sending) {
            context.fireUserEventTriggered(event);
        }
    }

    /** The general path found the request whose bytes came last to be a sound one. */
    void accepted(HttpRequest head, Request request) {
        int end = candidate.isReadable() ? ByteBufUtil.indexOf(BLANK_LINE, candidate) : -1;
        int line = end < 0 ? -1 : candidate.indexOf(candidate.readerIndex(), candidate.writerIndex(), (byte) '\n') + 1;
        // Exactly one head, so that these bytes are that request's.
        if (end + 4 != candidate.writerIndex()
                || line <= 0
                || candidate.writerIndex() - line > MOST_BLOCK_BYTES
                || !head.method().equals(HttpMethod.GET)
                || !head.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
            return;
        }
        for (var name : request.headers().keySet()) {
            boolean alive = name.equals("connection") && request.header(name).equalsIgnoreCase("keep-alive");
            if (PlainRequest.decides(name) && !alive) {
                return;
            }
        }
        var accepted = hot.answers().accepted(request.header("accept-encoding"));
        if (accepted != null && head.uri().startsWith("/")) {
            var bytes = new byte[candidate.writerIndex() - line];
            candidate.getBytes(line, bytes);
            known = new Block(Unpooled.wrappedBuffer(bytes), request, accepted);
        }
    }

    /** Whether nothing of an earlier request is left anywhere. */
    private boolean isRest() {
        return turns.isAtRest() && decoder.isAtRest();
    }

    /** Answers the request that the bytes begin with; false, and nothing is done, when that is for the general path. */
    private boolean answer(ChannelHandlerContext context, ByteBuf in) {
        var block = known;
        if (block == null || !isRest() || !turns.mayGoOn() || !context.channel().isWritable()) {
            return false;
        }
        int start = in.readerIndex();
        int path = start + GET.length;
        int space = begins(in, start, GET)
                ? in.indexOf(path, Math.min(in.writerIndex(), path + MOST_TARGET_BYTES), (byte) ' ')
                : -1;
        if (space < 0 || !begins(in, space, VERSION)) {
            return false;
        }
        int headers = space + VERSION.length;
        int length = block.bytes.readableBytes();
        if (in.writerIndex() - headers < length || !ByteBufUtil.equals(in, headers, block.bytes, 0, length)) {
            return false;
        }
        long began = context.executor().ticker().nanoTime();
        var state = hot.state().get();
        if (state.isEmpty()) {
            return false;
        }
        var date = hot.date().now();
        var answer = hot.answers()
                .find(
                        in.toString(path, space - path, StandardCharsets.ISO_8859_1),
                        block.accepted,
                        state.get(),
                        block.scope(state.get()),
                        date.number());
        if (answer == null || !write(context, answer, date)) {
            return false;
        }
        in.readerIndex(headers + length);
        turns.passed();
        long took = context.executor().ticker().nanoTime() - began;
        hot.observer()
                .answered(told.about(answer.subject())
                        .with(200, RequestObserver.Cache.MEMORY, answer.length(), took)
                        .to(
                                "GET",
                                answer.target(),
                                RequestObserver.Protocol.HTTP_1_1,
                                context.channel().remoteAddress())
                        .from(block.referer, block.userAgent));
        return true;
    }

    private static boolean begins(ByteBuf in, int at, byte[] text) {
        if (in.writerIndex() - at < text.length) {
            return false;
        }
        for (int i = 0; i < text.length; i++) {
            if (in.getByte(at + i) != text[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean write(ChannelHandlerContext context, HotAnswer answer, HttpDate.Second date) {
        if (answer.isSmall()) {
            context.write(answer.http1(context.alloc(), date), context.voidPromise());
            return true;
        }
        var body = answer.body();
        if (body.isEmpty()) {
            return false;
        }
        context.write(answer.http1(context.alloc(), date), context.voidPromise());
        context.write(body.get(), context.voidPromise());
        return true;
    }

    /** A slow client is waited for, a stuck one is not: what the socket did not take at once has a deadline. */
    private void watch(ChannelHandlerContext context) {
        var out = context.channel().unsafe().outboundBuffer();
        if (sending || out == null || out.isEmpty()) {
            return;
        }
        sending = true;
        connections.begun();
        var limit = connections.limits().writeDeadline(out.totalPendingWriteBytes());
        stuck().in(limit);
        // Written when all before it is.
        context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> {
            sending = false;
            connections.ended();
            stuck().clear();
            if (done.isSuccess()) {
                watch(context);
            }
            if (done.isSuccess() && !sending && connections.isDraining()) {
                context.fireUserEventTriggered(Connections.DRAIN);
            }
        });
    }

    private Deadline stuck() {
        var made = stuck;
        if (made == null) {
            throw new IllegalStateException("not in a pipeline");
        }
        return made;
    }
}
