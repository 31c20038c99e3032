package io.portolan.region;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries requests of one connection to the {@link Dispatcher} and answers back, one at a time. On the connection's event loop,
 * where it never waits.
 */
@SuppressWarnings("FutureReturnValueIgnored") // closing a connection: nothing is left to do when that fails
final class Exchange extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    private final Dispatcher dispatcher;
    private final AtomicInteger inProgress;
    private final BooleanSupplier draining;
    /** Whether the request in progress came by HTTP/1.0; on the event loop only. */
    private boolean oldProtocol;

    private final ArrayDeque<FullHttpRequest> waiting = new ArrayDeque<>();
    private boolean busy;

    Exchange(Dispatcher dispatcher, AtomicInteger inProgress, BooleanSupplier draining) {
        this.dispatcher = dispatcher;
        this.inProgress = inProgress;
        this.draining = draining;
    }

    /** Pipelined requests wait here for their turn; nothing more is read meanwhile, so one read's worth is the most there is. */
    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest message) {
        if (busy) {
            waiting.add(message.retain());
            context.channel().config().setAutoRead(false);
        } else {
            begin(context, message);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        waiting.forEach(ReferenceCountUtil::release);
        waiting.clear();
        super.channelInactive(context);
    }

    private void begin(ChannelHandlerContext context, FullHttpRequest message) {
        busy = true;
        inProgress.incrementAndGet();
        boolean keepAlive = HttpUtil.isKeepAlive(message);
        oldProtocol = message.protocolVersion().equals(HttpVersion.HTTP_1_0);
        var failure = message.decoderResult().cause();
        if (failure != null) {
            var refused = Failures.unreadable(status(failure), "reading the request: " + failure.getMessage());
            send(context, new Dispatcher.Sendable.InMemory(refused, bytes(refused), 0, bytes(refused).length), false);
            return;
        }
        dispatcher.dispatch(request(context, message), answer -> context.executor()
                .execute(() -> send(context, answer, keepAlive)));
    }

    private void next(ChannelHandlerContext context) {
        busy = false;
        var message = waiting.poll();
        if (message == null) {
            context.channel().config().setAutoRead(true);
            return;
        }
        try {
            begin(context, message);
        } finally {
            message.release();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
        if (event instanceof IdleStateEvent) {
            context.close();
        } else {
            super.userEventTriggered(context, event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // A client that went away is no event; anything else is a fault of ours.
        if (!(cause instanceof IOException)) {
            LOG.warn("connection={} closed", context.channel().remoteAddress(), cause);
        }
        context.close();
    }

    private void send(ChannelHandlerContext context, Dispatcher.Sendable answer, boolean keepAlive) {
        boolean stays = keepAlive && !draining.getAsBoolean();
        var sent =
                switch (answer) {
                    case Dispatcher.Sendable.InMemory whole -> {
                        var response = new DefaultFullHttpResponse(
                                HttpVersion.HTTP_1_1,
                                HttpResponseStatus.valueOf(answer.head().status()),
                                Unpooled.wrappedBuffer(whole.bytes(), whole.offset(), whole.length()));
                        headers(response, answer.head(), stays);
                        yield context.writeAndFlush(response);
                    }
                    case Dispatcher.Sendable.OnDisk file -> {
                        var response = new DefaultHttpResponse(
                                HttpVersion.HTTP_1_1,
                                HttpResponseStatus.valueOf(answer.head().status()));
                        headers(response, answer.head(), stays);
                        context.write(response).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
                        // Released when written, which closes the file.
                        context.write(new DefaultFileRegion(file.channel(), file.offset(), file.length()))
                                .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
                        yield context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
                    }
                };
        sent.addListener(done -> {
            inProgress.decrementAndGet();
            if (done.isSuccess() && stays) {
                next(context);
            } else {
                context.close();
            }
        });
    }

    private void headers(HttpResponse response, Response head, boolean stays) {
        HttpHeaders headers = response.headers();
        head.headers().forEach(headers::set);
        if (head.status() != 204 && head.status() != 304) {
            headers.set(HttpHeaderNames.CONTENT_LENGTH, head.body().length());
        }
        if (!stays) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        } else if (oldProtocol) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
    }

    private static byte[] bytes(Response response) {
        return response.body() instanceof Response.Body.Bytes body ? body.bytes() : new byte[0];
    }

    private static int status(Throwable failure) {
        if (failure instanceof TooLongHttpLineException) {
            return 414;
        }
        return failure instanceof TooLongFrameException ? 431 : 400;
    }

    private static Request request(ChannelHandlerContext context, FullHttpRequest message) {
        var headers = new HashMap<String, String>();
        message.headers()
                .forEach(entry -> headers.merge(
                        entry.getKey().toLowerCase(Locale.ROOT), entry.getValue(), (a, b) -> a + ", " + b));
        var target = message.uri();
        // Two Host headers joined by a comma are no host name: refused as malformed.
        var host = headers.getOrDefault("host", "");
        if (target.startsWith("http://") || target.startsWith("https://")) {
            int authority = target.indexOf("//") + 2;
            int path = target.indexOf('/', authority);
            host = path < 0 ? target.substring(authority) : target.substring(authority, path);
            target = path < 0 ? "/" : target.substring(path);
        }
        int fragment = target.indexOf('#');
        var whole = fragment < 0 ? target : target.substring(0, fragment);
        int question = whole.indexOf('?');
        return new Request(
                message.method().name(),
                host,
                question < 0 ? whole : whole.substring(0, question),
                question < 0 ? "" : whole.substring(question + 1),
                context.channel().remoteAddress() instanceof InetSocketAddress peer
                        && peer.getAddress().isLoopbackAddress(),
                headers);
    }
}
