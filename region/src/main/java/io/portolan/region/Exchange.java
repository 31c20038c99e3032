package io.portolan.region;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.util.ReferenceCountUtil;
import io.portolan.region.TransportCounters.Limit;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries requests to the {@link Dispatcher} and answers back, for one connection (HTTP/1.1) or one stream (HTTP/2). On its event
 * loop, where it never waits. Whoever stands before it passes on one request at a time, as a head or as a {@link Refusal}.
 */
@SuppressWarnings("FutureReturnValueIgnored") // closing a connection: nothing is left to do when that fails
final class Exchange extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
    private static final byte[] NO_BODY = {};

    private final Dispatcher dispatcher;
    private final Connections connections;
    private final Executor readers;
    private final boolean two;
    private final Optional<Http1Shortcut> shortcut;
    private final RequestObserver observer;
    private final AnswerFacts told = new AnswerFacts();
    private Question asked = Question.NOTHING;

    /** What the observer is told of a request. */
    private record Question(
            String method,
            String target,
            RequestObserver.Protocol protocol,
            long sinceNanos,
            String referer,
            String userAgent) {
        static final Question NOTHING = new Question("", "", RequestObserver.Protocol.HTTP_1_1, 0, "", "");
    }

    /**
     * One for a pipeline.
     *
     * @param readers where files are read
     * @param shortcut told of sound requests; empty for a stream of HTTP/2
     */
    Exchange(
            Dispatcher dispatcher,
            Connections connections,
            Executor readers,
            Optional<Http1Shortcut> shortcut,
            RequestObserver observer) {
        this.two = shortcut.isEmpty();
        this.shortcut = shortcut;
        this.observer = observer;
        this.dispatcher = dispatcher;
        this.connections = connections;
        this.readers = readers;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        switch (message) {
            case HttpRequest head -> {
                var request = asked(context, head, NO_BODY);
                shortcut.ifPresent(known -> known.accepted(head, request));
                dispatch(context, request);
            }
            case RequestWithBody whole -> dispatch(context, asked(context, whole.head(), whole.body()));
            case Unproxied refused -> {
                connections.begun();
                var head = refused.head();
                asked = new Question(
                        head.method().name(),
                        refused.target(),
                        protocol(head),
                        refused.sinceNanos(),
                        head.headers().get(HttpHeaderNames.REFERER, ""),
                        head.headers().get(HttpHeaderNames.USER_AGENT, ""));
                send(context, refused.sendable());
            }
            case Refusal refusal -> {
                connections.begun();
                asked = new Question(
                        "",
                        "",
                        two ? RequestObserver.Protocol.HTTP_2 : RequestObserver.Protocol.HTTP_1_1,
                        now(context),
                        "",
                        "");
                connections.counters().count(refusal.limit());
                var answer = Failures.unreadable(refusal.status(), refusal.detail());
                var bytes = answer.body() instanceof Response.Body.Bytes body ? body.bytes() : new byte[0];
                send(
                        context,
                        new Dispatcher.Sendable.InMemory(answer, bytes, 0, bytes.length, RequestObserver.Cache.NONE));
            }
            default -> ReferenceCountUtil.release(message);
        }
    }

    private void dispatch(ChannelHandlerContext context, Request request) {
        dispatcher.dispatch(request, answer -> context.executor().execute(() -> send(context, answer)));
    }

    private Request asked(ChannelHandlerContext context, HttpRequest head, byte[] body) {
        connections.begun();
        asked = new Question(
                head.method().name(),
                head.uri(),
                protocol(head),
                now(context),
                head.headers().get(HttpHeaderNames.REFERER, ""),
                head.headers().get(HttpHeaderNames.USER_AGENT, ""));
        return request(context, head, body);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // A client that went away is no event; anything else is a fault of ours.
        if (cause instanceof CodecException || cause instanceof Http2Exception) {
            connections.counters().count(Limit.MALFORMED);
        } else if (!(cause instanceof IOException)) {
            LOG.warn("connection={} closed", context.channel().remoteAddress(), cause);
        }
        context.close();
    }

    private RequestObserver.Protocol protocol(HttpRequest head) {
        if (two) {
            return RequestObserver.Protocol.HTTP_2;
        }
        return head.protocolVersion().equals(HttpVersion.HTTP_1_0)
                ? RequestObserver.Protocol.HTTP_1_0
                : RequestObserver.Protocol.HTTP_1_1;
    }

    private static long now(ChannelHandlerContext context) {
        return context.executor().ticker().nanoTime();
    }

    /** Tells of an answer once. */
    private void answered(ChannelHandlerContext context, Question about, Dispatcher.Sendable answer) {
        observer.answered(told.about(answer.head().subject())
                .with(answer.head().status(), answer.cache(), answer.length(), now(context) - about.sinceNanos())
                .to(
                        about.method(),
                        about.target(),
                        about.protocol(),
                        context.channel().remoteAddress())
                .from(about.referer(), about.userAgent()));
    }

    private void send(ChannelHandlerContext context, Dispatcher.Sendable answer) {
        var about = asked;
        if (answer instanceof Dispatcher.Sendable.InMemory) {
            // Before the client can see it: whoever has an answer finds it counted.
            answered(context, about, answer);
        }
        var sent =
                switch (answer) {
                    case Dispatcher.Sendable.InMemory whole -> whole(context, whole);
                    case Dispatcher.Sendable.OnDisk file -> file(context, file);
                };
        if (!sent.isDone()) {
            // A slow client is waited for, a stuck one is not.
            var limit = connections.limits().writeDeadline(answer.length());
            var timer = context.executor().schedule(() -> tooSlow(context), limit.toMillis(), TimeUnit.MILLISECONDS);
            sent.addListener(done -> timer.cancel(false));
        }
        sent.addListener(done -> {
            connections.ended();
            if (answer instanceof Dispatcher.Sendable.OnDisk) {
                answered(context, about, answer);
            }
            if (!done.isSuccess()) {
                context.close();
            }
        });
    }

    private void tooSlow(ChannelHandlerContext context) {
        connections.counters().count(Limit.WRITE_DEADLINE);
        context.close();
    }

    private static ChannelFuture whole(ChannelHandlerContext context, Dispatcher.Sendable.InMemory answer) {
        var response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(answer.head().status()),
                Unpooled.wrappedBuffer(answer.bytes(), answer.offset(), answer.count()));
        headers(response, answer.head());
        return context.writeAndFlush(response);
    }

    private ChannelFuture file(ChannelHandlerContext context, Dispatcher.Sendable.OnDisk answer) {
        var response = new DefaultHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(answer.head().status()));
        headers(response, answer.head());
        context.write(response).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        return FileBody.send(context, answer, readers);
    }

    private static void headers(HttpResponse response, Response head) {
        HttpHeaders headers = response.headers();
        head.headers().forEach(headers::set);
        if (head.status() != 204 && head.status() != 304) {
            headers.set(HttpHeaderNames.CONTENT_LENGTH, head.body().length());
        }
    }

    private Request request(ChannelHandlerContext context, HttpRequest message, byte[] body) {
        var headers = new HashMap<String, String>();
        message.headers()
                .forEach(entry -> headers.merge(
                        entry.getKey().toLowerCase(Locale.ROOT), entry.getValue(), (a, b) -> a + ", " + b));
        // Two Host headers joined by a comma are no host name: refused as malformed.
        var target = RequestTarget.of(message.uri(), headers.getOrDefault("host", ""));
        return new Request(
                message.method().name(),
                target.host(),
                target.path(),
                target.query(),
                context.channel().remoteAddress() instanceof InetSocketAddress peer
                        && connections.operators().allows(peer.getAddress(), headers.getOrDefault("authorization", "")),
                headers,
                body);
    }
}
