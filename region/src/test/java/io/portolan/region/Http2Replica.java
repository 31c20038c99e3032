package io.portolan.region;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrame;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;

/**
 * A replica that speaks HTTP/2 by prior knowledge: says again what it is sent, with a trailer at the end; {@code /refused} is refused
 * unread the first time, {@code /leaving} ends the connection as one that has looked at nothing then, {@code /head} has no body, {@code /broken} is reset in the middle,
 * {@code /large} has a body of 64 MiB. Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what cannot be written is what the test sees
final class Http2Replica implements AutoCloseable {
    private final MultiThreadIoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    final AtomicInteger connections = new AtomicInteger();
    final AtomicInteger refused = new AtomicInteger();
    final AtomicInteger left = new AtomicInteger();
    /** Bytes of large answers that went out. */
    final AtomicLong sent = new AtomicLong();

    private final Channel listener;

    Http2Replica(int streams) {
        this(streams, connection -> {});
    }

    /** One over TLS, which agrees to HTTP/2 only, with a client that it knows. */
    static Http2Replica tls(SelfSigned.Pair own, SelfSigned.Pair client) throws SSLException {
        var context = SslContextBuilder.forServer(stream(own.certificate()), stream(own.key()))
                .trustManager(stream(client.certificate()))
                .clientAuth(ClientAuth.REQUIRE)
                .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        ApplicationProtocolNames.HTTP_2))
                .build();
        return new Http2Replica(
                100, connection -> connection.pipeline().addLast(context.newHandler(connection.alloc())));
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
    }

    private Http2Replica(int streams, Consumer<Channel> before) {
        listener = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel connection) {
                        connections.incrementAndGet();
                        before.accept(connection);
                        connection
                                .pipeline()
                                .addLast(Http2FrameCodecBuilder.forServer()
                                        .initialSettings(
                                                Http2Settings.defaultSettings().maxConcurrentStreams(streams))
                                        .build())
                                .addLast(new Http2MultiplexHandler(new ChannelInitializer<>() {
                                    @Override
                                    protected void initChannel(Channel stream) {
                                        stream.pipeline().addLast(new Echo());
                                    }
                                }));
                    }
                })
                .bind("127.0.0.1", 0)
                .syncUninterruptibly()
                .channel();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + ((InetSocketAddress) listener.localAddress()).getPort());
    }

    @Override
    public void close() {
        listener.close().syncUninterruptibly();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private final class Echo extends SimpleChannelInboundHandler<Http2StreamFrame> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, Http2StreamFrame frame) {
            if (frame instanceof Http2HeadersFrame head && head.headers().path() != null) {
                begin(context, head);
            } else if (frame instanceof Http2HeadersFrame trailers) {
                end(context, "got " + trailers.headers().get("x-sum"));
            } else if (frame instanceof Http2DataFrame data) {
                context.writeAndFlush(new DefaultHttp2DataFrame(data.content().retain(), false));
                if (data.isEndStream()) {
                    end(context, "none");
                }
            }
        }

        private void begin(ChannelHandlerContext context, Http2HeadersFrame head) {
            var path = head.headers().path().toString();
            if (path.equals("/refused") && refused.getAndIncrement() == 0) {
                context.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.REFUSED_STREAM));
                return;
            }
            if (path.equals("/leaving") && left.getAndIncrement() == 0) {
                leave(context.channel().parent());
                return;
            }
            var answer = new DefaultHttp2Headers()
                    .status("200")
                    .set("x-path", path)
                    .set("x-authority", head.headers().authority())
                    .set("x-hops", String.valueOf(head.headers().get("connection")));
            boolean empty = path.equals("/head");
            context.writeAndFlush(new DefaultHttp2HeadersFrame(answer, empty));
            if (path.equals("/large")) {
                large(context);
            } else if (path.equals("/broken")) {
                context.writeAndFlush(
                        new DefaultHttp2DataFrame(Unpooled.copiedBuffer("part", StandardCharsets.US_ASCII), false));
                context.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.INTERNAL_ERROR));
            } else if (head.isEndStream() && !empty) {
                end(context, "no body");
            }
        }

        private void large(ChannelHandlerContext context) {
            var part = Unpooled.wrappedBuffer(new byte[1 << 20]);
            for (int i = 1; i <= 64; i++) {
                context.write(new DefaultHttp2DataFrame(part.retainedDuplicate(), i == 64))
                        .addListener(written -> sent.addAndGet(written.isSuccess() ? 1 << 20 : 0));
            }
            part.release();
            context.flush();
        }

        /** Says that it has looked at no call on this connection, and ends it. The codec would not say so of a call that it has read. */
        private static void leave(Channel connection) {
            var goAway = Unpooled.buffer(17)
                    .writeMedium(8)
                    .writeByte(7)
                    .writeByte(0)
                    .writeInt(0)
                    .writeInt(0)
                    .writeInt((int) Http2Error.NO_ERROR.code());
            connection.pipeline().firstContext().writeAndFlush(goAway).addListener(said -> connection.close());
        }

        private static void end(ChannelHandlerContext context, String trailer) {
            context.writeAndFlush(
                    new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().set("x-trailer", trailer), true));
        }
    }
}
