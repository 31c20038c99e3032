package io.portolan.region;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameStream;
import io.netty.handler.codec.http2.Http2FrameStreamEvent;
import io.netty.handler.codec.http2.Http2FrameStreamException;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.codec.http2.Http2Stream.State;
import io.netty.handler.codec.http2.Http2StreamFrame;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.collection.IntObjectHashMap;
import io.portolan.region.TransportCounters.Limit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers plain requests of one HTTP/2 connection from memory, without a channel for each stream. On the connection's event loop.
 *
 * <p>It stands between the codec, which has checked and decoded every frame, and the multiplexer. A request without a body and
 * without a header that {@linkplain PlainRequest#decides decides} anything, for a target that the general path answered before, gets
 * that answer here; of its stream the multiplexer never hears. Every other stream is passed on.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a stream that cannot be answered is gone, and the codec knows
final class Http2Shortcut extends ChannelInboundHandlerAdapter {
    private static final AsciiString ACCEPT_ENCODING = AsciiString.cached("accept-encoding");
    private static final String HTTP = "http";

    private final HotPath hot;
    private final AnswerFacts told = new AnswerFacts();
    private final Connections connections;
    private final Http2Connection whole;
    private final Http2FrameCodec codec;
    /** Streams answered here that are not closed yet. */
    private final IntObjectHashMap<Http2FrameStream> own = new IntObjectHashMap<>();

    /** The client said how large HPACK's table may be; only the codec's encoder can say that it heard so, in the next head. */
    private boolean resized;

    private @Nullable Deadline stuck;
    /** A stream that has begun, of which the multiplexer does not know yet. */
    private @Nullable Http2FrameStreamEvent begun;

    private CharSequence acceptValue = "";
    private @Nullable AcceptEncoding accepted;
    private CharSequence host = "";
    private @Nullable ServingState judged;
    private HostRule.Scope scope = new HostRule.Scope.Malformed("");

    Http2Shortcut(HotPath hot, Connections connections, Http2Connection whole, Http2FrameCodec codec) {
        this.hot = hot;
        this.codec = codec;
        this.connections = connections;
        this.whole = whole;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        stuck = new Deadline(context.executor(), () -> {
            connections.counters().count(Limit.WRITE_DEADLINE);
            for (var stream : List.copyOf(own.values())) {
                context.write(new DefaultHttp2ResetFrame(Http2Error.CANCEL).stream(stream));
            }
            context.flush();
        });
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        stuck().end();
        if (!own.isEmpty()) {
            own.clear();
            connections.ended();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof Http2HeadersFrame head && begun != null && head.stream() == begun.stream()) {
            if (head.isEndStream() && answer(context, head)) {
                begun = null;
                return;
            }
            release(context);
        } else if (message instanceof Http2StreamFrame frame
                && own.containsKey(frame.stream().id())) {
            // Window updates are the codec's, a reset closes the stream.
            ReferenceCountUtil.release(message);
            return;
        } else if (message instanceof Http2SettingsFrame wish && wish.settings().headerTableSize() != null) {
            resized = true;
        }
        context.fireChannelRead(message);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof Http2FrameStreamEvent change) {
            changed(context, change);
        } else if (own.isEmpty() || !isForEveryStream(event)) {
            context.fireUserEventTriggered(event);
        }
    }

    /** Events that the multiplexer hands to every stream of the codec, and hence can only take when all are its own. */
    private static boolean isForEveryStream(Object event) {
        return event instanceof ChannelInputShutdownEvent
                || event instanceof ChannelInputShutdownReadComplete
                || event instanceof SslCloseCompletionEvent;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        // Nobody behind here asks, and the multiplexer would tell streams that it does not have.
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        release(context);
        if (cause instanceof Http2FrameStreamException wrong
                && own.containsKey(wrong.stream().id())) {
            connections.counters().count(Limit.MALFORMED);
            context.writeAndFlush(new DefaultHttp2ResetFrame(wrong.error()).stream(wrong.stream()));
        } else if (cause.getCause() instanceof javax.net.ssl.SSLException && !own.isEmpty()) {
            context.close();
        } else {
            context.fireExceptionCaught(cause);
        }
    }

    private void changed(ChannelHandlerContext context, Http2FrameStreamEvent change) {
        var stream = change.stream();
        release(context);
        if (change.type() != Http2FrameStreamEvent.Type.State) {
            if (!own.containsKey(stream.id())) {
                context.fireUserEventTriggered(change);
            }
        } else if (stream.state() == State.HALF_CLOSED_REMOTE && !own.containsKey(stream.id())) {
            begun = change;
        } else if (stream.state() != State.CLOSED || !own.containsKey(stream.id())) {
            context.fireUserEventTriggered(change);
        } else {
            closed(stream.id());
        }
    }

    private void closed(int id) {
        own.remove(id);
        whole.closed();
        if (own.isEmpty()) {
            connections.ended();
            stuck().clear();
        } else {
            stuck().in(connections.limits().writeDeadline((long) own.size() * HotAnswer.SMALL_BYTES));
        }
    }

    /** Tells the multiplexer of a stream that is its own after all. */
    private void release(ChannelHandlerContext context) {
        var held = begun;
        if (held != null) {
            begun = null;
            context.fireUserEventTriggered(held);
        }
    }

    private boolean answer(ChannelHandlerContext context, Http2HeadersFrame head) {
        var state = hot.state().get();
        if (state.isEmpty() || !context.channel().isWritable() || !isPlain(head.headers())) {
            return false;
        }
        var accepts = accepted;
        if (accepts == null) {
            return false;
        }
        if (judged != state.get()) {
            scope = state.get().hostRule().scope(host.toString());
            judged = state.get();
        }
        long began = context.executor().ticker().nanoTime();
        var date = hot.date().now();
        var target = head.headers().path().toString();
        var answer = hot.answers().find(target, accepts, state.get(), scope, date.number());
        // What a client may take long for has a deadline of its own on the general path.
        if (answer == null || !answer.isSmall()) {
            return false;
        }
        send(context, head.stream(), answer, date);
        long took = context.executor().ticker().nanoTime() - began;
        hot.observer()
                .answered(told.about(answer.subject())
                        .with(200, RequestObserver.Cache.MEMORY, answer.length(), took)
                        .to(
                                "GET",
                                answer.target(),
                                RequestObserver.Protocol.HTTP_2,
                                context.channel().remoteAddress())
                        .from(
                                head.headers().get(HttpHeaderNames.REFERER, ""),
                                head.headers().get(HttpHeaderNames.USER_AGENT, "")));
        return true;
    }

    private void send(ChannelHandlerContext context, Http2FrameStream stream, HotAnswer answer, HttpDate.Second date) {
        if (own.isEmpty()) {
            connections.begun();
            stuck().in(connections.limits().writeDeadline(HotAnswer.SMALL_BYTES));
        }
        own.put(stream.id(), stream);
        whole.opened();
        boolean empty = answer.length() == 0;
        var known = codec.connection().stream(stream.id());
        if (known == null || empty) {
            context.write(new DefaultHttp2HeadersFrame(answer.http2(date), empty).stream(stream));
            if (!empty) {
                context.write(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(answer.small()), true).stream(stream));
            }
        } else {
            codec.encoder()
                    .flowController()
                    .addFlowControlled(known, new Http2Answer(codec, this::takeResized, known, answer, date));
        }
    }

    private boolean takeResized() {
        boolean was = resized;
        resized = false;
        return was;
    }

    /** Whether the head is that of a plain request; then {@link #accepted} and {@link #host} are its own. */
    private boolean isPlain(Http2Headers headers) {
        CharSequence coding = "";
        CharSequence authority = "";
        int pseudo = 0;
        for (var header : headers) {
            var name = header.getKey();
            var value = header.getValue();
            if (name.length() > 0 && name.charAt(0) == ':') {
                pseudo++;
                if (Http2Headers.PseudoHeaderName.METHOD.value().contentEquals(name)) {
                    if (!AsciiString.contentEquals("GET", value)) {
                        return false;
                    }
                } else if (Http2Headers.PseudoHeaderName.AUTHORITY.value().contentEquals(name)) {
                    authority = value;
                } else if (Http2Headers.PseudoHeaderName.SCHEME.value().contentEquals(name)
                        && !AsciiString.contentEquals("https", value)
                        && !AsciiString.contentEquals(HTTP, value)) {
                    return false;
                }
            } else if (ACCEPT_ENCODING.contentEquals(name)) {
                if (coding.length() > 0) {
                    return false;
                }
                coding = value;
            } else if (PlainRequest.decides(name) || AsciiString.contentEquals("host", name)) {
                return false;
            }
        }
        if (pseudo != 4
                || authority.length() == 0
                || headers.size() > connections.limits().headerCount()) {
            return false;
        }
        if (accepted == null || !AsciiString.contentEquals(acceptValue, coding)) {
            acceptValue = coding;
            accepted = hot.answers().accepted(coding.toString());
        }
        if (!AsciiString.contentEquals(host, authority)) {
            host = authority;
            judged = null;
        }
        return true;
    }

    private Deadline stuck() {
        var made = stuck;
        if (made == null) {
            throw new IllegalStateException("not in a pipeline");
        }
        return made;
    }
}
