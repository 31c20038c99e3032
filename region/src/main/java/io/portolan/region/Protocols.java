package io.portolan.region;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import io.portolan.region.TransportCounters.Limit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Puts together what a connection speaks: HTTP/1.1, HTTP/2 by prior knowledge or either by ALPN, all before the same {@link Exchange}.
 * Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // closing a connection: nothing is left to do when that fails
final class Protocols {
    private static final AsciiString ETAG = HttpHeaderNames.ETAG;
    private static final AsciiString LENGTH = HttpHeaderNames.CONTENT_LENGTH;
    private static final AsciiString RANGE = HttpHeaderNames.CONTENT_RANGE;

    private final Connections connections;
    private final Dispatcher dispatcher;
    private final Executor readers;
    private final HotPath hot;
    private final Calls calls;

    Protocols(Connections connections, Dispatcher dispatcher, Executor readers, HotPath hot, Calls calls) {
        this.hot = hot;
        this.calls = calls;
        this.connections = connections;
        this.dispatcher = dispatcher;
        this.readers = readers;
    }

    /** Connections of the plain port. */
    ChannelInitializer<SocketChannel> plain() {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(SocketChannel connection) {
                if (connections.admit(connection)) {
                    connection.pipeline().addLast(new ByPreface());
                } else {
                    connection.close();
                }
            }
        };
    }

    /** Connections of the port with TLS. */
    ChannelInitializer<SocketChannel> tls(Certificate certificate) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(SocketChannel connection) {
                if (!connections.admit(connection)) {
                    connection.close();
                    return;
                }
                var handler = certificate.context().newHandler(connection.alloc());
                handler.setHandshakeTimeoutMillis(
                        connections.limits().headerDeadline().toMillis());
                connection.pipeline().addLast(handler).addLast(new ByAlpn());
            }
        };
    }

    private void http1(ChannelPipeline pipeline) {
        var decoder = new StrictRequestDecoder(connections.limits());
        var turns = new Http1Connection(connections);
        var shortcut = new Http1Shortcut(hot, connections, decoder, turns);
        pipeline.addLast(shortcut)
                .addLast(decoder)
                .addLast(new HttpResponseEncoder())
                .addLast(turns)
                .addLast(ControllerCalls.http1(calls, connections, hot.observer(), turns, decoder))
                .addLast(new RequestGate(connections.limits()))
                .addLast(new Exchange(dispatcher, connections, readers, Optional.of(shortcut), hot.observer()));
    }

    private void http2(ChannelPipeline pipeline) {
        var frames = connections.http2();
        var codec = new Http2Codec()
                .initialSettings(new Http2Settings()
                        .maxConcurrentStreams(frames.streams())
                        .maxHeaderListSize(connections.limits().headerBytes()))
                .validateRequiredPseudoHeaders(true)
                // Our heads are short; measuring each would be half of encoding it.
                .encoderIgnoreMaxHeaderListSize(true)
                .headerSensitivityDetector((name, value) -> isOfOneAnswer(name))
                .decoderEnforceMaxRstFramesPerWindow(
                        frames.resetsPerWindow(), (int) frames.window().toSeconds())
                .decoderEnforceMaxConsecutiveEmptyDataFrames(frames.emptyDataFrames())
                .decoderEnforceMaxSmallContinuationFrames(frames.smallContinuations())
                .decoupleCloseAndGoAway(true)
                .gracefulShutdownTimeoutMillis(0)
                .build();
        var whole = new Http2Connection(connections);
        pipeline.addLast(codec)
                .addLast(whole)
                .addLast(new Http2Shortcut(hot, connections, whole, codec))
                .addLast(new Http2MultiplexHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel stream) {
                        whole.opened(stream);
                        var turn = new Http2Stream(connections);
                        stream.pipeline()
                                .addLast(new Http2StreamFrameToHttpObjectCodec(true))
                                .addLast(turn)
                                .addLast(ControllerCalls.http2(calls, connections, hot.observer(), turn))
                                .addLast(new RequestGate(connections.limits()))
                                .addLast(new Exchange(
                                        dispatcher, connections, readers, Optional.empty(), hot.observer()));
                    }
                }))
                .addLast(new Unread());
    }

    /** Headers whose value hardly comes twice: in the table of HPACK they would only drive out those that do. */
    private static boolean isOfOneAnswer(CharSequence name) {
        return ETAG.contentEquals(name) || LENGTH.contentEquals(name) || RANGE.contentEquals(name);
    }

    /** HTTP/2 announces itself with bytes that are no HTTP/1.1 request. */
    private final class ByPreface extends ByteToMessageDecoder {
        private final ByteBuf preface = Http2CodecUtil.connectionPrefaceBuf();
        private @Nullable Deadline chosen;

        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            var limits = connections.limits();
            var late = new Deadline(context.executor(), () -> {
                connections.counters().count(Limit.HEADER_DEADLINE);
                context.close();
            });
            late.in(limits.headerDeadline());
            chosen = late;
        }

        @Override
        protected void handlerRemoved0(ChannelHandlerContext context) {
            preface.release();
            Objects.requireNonNull(chosen, "chosen").end();
        }

        @Override
        protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
            int known = Math.min(in.readableBytes(), preface.readableBytes());
            boolean two = ByteBufUtil.equals(in, in.readerIndex(), preface, preface.readerIndex(), known);
            if (two && known < preface.readableBytes()) {
                return;
            }
            if (two) {
                http2(context.pipeline());
            } else {
                http1(context.pipeline());
            }
            context.pipeline().remove(this);
        }
    }

    /** End of a pipeline of frames: what went wrong with a connection was answered before it. */
    private final class Unread extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ReferenceCountUtil.release(message);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            if (cause instanceof Http2Exception) {
                connections.counters().count(Limit.MALFORMED);
            } else {
                context.close();
            }
        }
    }

    /** What client and node agreed on during the handshake. */
    private final class ByAlpn extends ApplicationProtocolNegotiationHandler {
        ByAlpn() {
            super(ApplicationProtocolNames.HTTP_1_1);
        }

        @Override
        protected void configurePipeline(ChannelHandlerContext context, String protocol) {
            if (protocol.equals(ApplicationProtocolNames.HTTP_2)) {
                http2(context.pipeline());
            } else {
                http1(context.pipeline());
            }
        }

        @Override
        protected void handshakeFailure(ChannelHandlerContext context, Throwable cause) {
            connections.counters().count(Limit.HANDSHAKE);
            context.close();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
