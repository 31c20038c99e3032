package io.portolan.region;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import io.portolan.region.gateway.Call;
import io.portolan.region.gateway.CallTarget;
import io.portolan.region.gateway.ClientOrigin;
import io.portolan.region.gateway.ClientSide;
import io.portolan.region.gateway.Gateway;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Takes calls of controllers out of one connection (HTTP/1.1) or stream (HTTP/2) and hands them to the gateway as they come; everything
 * else passes. On the event loop. It stands before the gate that reads bodies whole, and judges heads by the same rules.
 */
@SuppressWarnings("FutureReturnValueIgnored") // closing a connection: nothing is left to do when that fails
final class ControllerCalls extends ChannelInboundHandlerAdapter implements ClientSide {
    private static final int LEFT = 499;

    private final Calls calls;
    private final Connections connections;
    private final RequestObserver observer;
    private final Streaming streaming;
    private final @Nullable Http1Connection turns;
    private final @Nullable StrictRequestDecoder decoder;
    private final AnswerFacts told = new AnswerFacts();
    private final CallAnswers answers;
    private @Nullable ChannelHandlerContext here;
    private @Nullable Deadline deadline;
    private @Nullable Call call;
    private @Nullable HttpRequest head;
    private @Nullable ClientOrigin origin;
    private boolean active;
    private boolean passing = true;
    private String method = "";
    private String target = "";
    private String referer = "";
    private String agent = "";
    private RequestObserver.Protocol protocol = RequestObserver.Protocol.HTTP_1_1;
    private Response.Subject subject = Response.Subject.NONE;
    private long since;

    private ControllerCalls(
            Calls calls,
            Connections connections,
            RequestObserver observer,
            Streaming streaming,
            @Nullable Http1Connection turns,
            @Nullable StrictRequestDecoder decoder) {
        this.calls = calls;
        this.connections = connections;
        this.observer = observer;
        this.streaming = streaming;
        this.turns = turns;
        this.decoder = decoder;
        this.answers = new CallAnswers(calls, turns == null, connections::ended, this::roomAgain);
    }

    /** For a connection of HTTP/1.1. */
    static ControllerCalls http1(
            Calls calls,
            Connections connections,
            RequestObserver observer,
            Http1Connection turns,
            StrictRequestDecoder decoder) {
        return new ControllerCalls(calls, connections, observer, turns, turns, decoder);
    }

    /** For a stream of HTTP/2. */
    static ControllerCalls http2(Calls calls, Connections connections, RequestObserver observer, Http2Stream stream) {
        return new ControllerCalls(calls, connections, observer, stream, null, null);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        here = context;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (deadline != null) {
            deadline.end();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof HttpRequest begun) {
            passing = !begin(context, begun);
            if (!passing) {
                // A head that is a whole request has nothing more to say than its head.
                ReferenceCountUtil.release(message);
                return;
            }
        }
        if (passing) {
            context.fireChannelRead(message);
        } else if (message instanceof HttpContent part) {
            content(context, part);
        } else if (message instanceof Refusal && active) {
            // The connection gives the request up.
            left(LEFT);
            context.fireChannelRead(message);
        } else {
            context.fireChannelRead(message);
        }
    }

    private void content(ChannelHandlerContext context, HttpContent part) {
        var failure = part.decoderResult().cause();
        if (failure != null) {
            part.release();
            boolean answering = call != null && call.status() != 0;
            left(400);
            if (answering) {
                context.close();
            } else {
                context.fireChannelRead(RequestRules.unreadable(failure));
            }
        } else if (call != null && active) {
            call.content(part);
        } else {
            part.release();
        }
    }

    /** Whether the request is a call. */
    private boolean begin(ChannelHandlerContext context, HttpRequest begun) {
        if (begun.uri().indexOf("/api") < 0 || begun.decoderResult().isFailure()) {
            return false;
        }
        var request = CallRequests.request(begun);
        var found = calls.routes().of(request);
        if (found instanceof ControllerRoutes.Found.NoCall) {
            return false;
        }
        head = begun;
        method = begun.method().name();
        target = begun.uri();
        since = context.executor().ticker().nanoTime();
        subject = Response.Subject.NONE;
        var refusal = RequestRules.streamed(begun, connections.limits());
        if (refusal.isPresent()) {
            context.fireChannelRead(refusal.get());
        } else if (found instanceof ControllerRoutes.Found.Refused refused) {
            refuse(context, refused.answer(), Gateway.REFUSED);
        } else if (found instanceof ControllerRoutes.Found.Called called) {
            begin(context, begun, request, called);
        }
        return true;
    }

    private void begin(
            ChannelHandlerContext context, HttpRequest begun, Request request, ControllerRoutes.Found.Called called) {
        var id = called.service().id();
        var headers = begun.headers();
        connections.begun();
        streaming.streams();
        active = true;
        referer = headers.get(HttpHeaderNames.REFERER, "");
        agent = headers.get(HttpHeaderNames.USER_AGENT, "");
        protocol = turns == null
                ? RequestObserver.Protocol.HTTP_2
                : begun.protocolVersion().equals(HttpVersion.HTTP_1_0)
                        ? RequestObserver.Protocol.HTTP_1_0
                        : RequestObserver.Protocol.HTTP_1_1;
        subject = new Response.Subject(id.extension().value(), id.version().value(), "", "", Response.Reuse.NEVER);
        boolean old = protocol == RequestObserver.Protocol.HTTP_1_0;
        if (old) {
            headers.remove(HttpHeaderNames.EXPECT);
        }
        answers.of(subject.version(), old);
        var query = request.query().isEmpty() ? "" : "?" + request.query();
        var via = headers.contains(HttpHeaderNames.VIA) ? String.join(", ", headers.getAll(HttpHeaderNames.VIA)) : "";
        var made = calls.gateway()
                .call(
                        new CallTarget(
                                calls.upstreams().of(called.service()),
                                called.path() + query,
                                called.pinned() + query,
                                origin(context, request.host()),
                                called.prefix(),
                                via,
                                () -> calls.upstreams().now(id),
                                via.isEmpty() ? () -> calls.others(id.extension()) : List::of),
                        this,
                        CallRequests.plain(begun));
        if (active) {
            call = made;
        }
    }

    private ClientOrigin origin(ChannelHandlerContext context, String host) {
        var known = origin;
        if (known == null || !known.host().equals(host)) {
            known = CallRequests.origin(context, host);
            origin = known;
        }
        return known;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (call != null) {
            call.callReadComplete();
        }
        context.fireChannelReadComplete();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (call != null && turns != null) {
            call.clientWritabilityChanged();
        }
        context.fireChannelWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        left(LEFT);
        context.fireChannelInactive();
    }

    /** The client is gone, or what it sends is no request. */
    private void left(int status) {
        var open = call;
        if (active && open != null) {
            long sent = open.bytes();
            int answered = open.status() == 0 ? status : open.status();
            over(answered, sent);
            connections.ended();
            open.clientGone();
        }
    }

    @Override
    public EventLoop loop() {
        return context().channel().eventLoop();
    }

    @Override
    public boolean isWritable() {
        return answers.isWritable(context());
    }

    @Override
    public void write(HttpObject part) {
        answers.write(context(), part);
    }

    private void roomAgain() {
        if (call != null) {
            call.clientWritabilityChanged();
        }
    }

    @Override
    public void flush() {
        context().flush();
    }

    @Override
    public void reading(boolean on) {
        context().channel().config().setAutoRead(on);
    }

    @Override
    public void wake(Duration after) {
        var moment = deadline;
        if (moment == null) {
            moment = new Deadline(context().executor(), () -> {
                if (call != null) {
                    call.late();
                }
            });
            deadline = moment;
        }
        moment.in(after);
    }

    @Override
    public void unanswered(Unanswered why, boolean taken, String detail) {
        var begun = head;
        active = false;
        call = null;
        clear();
        connections.ended();
        if (begun != null) {
            refuse(
                    context(),
                    Failures.unanswered(CallRequests.request(begun), why, detail),
                    taken ? Gateway.UNANSWERED : Gateway.REFUSED);
        }
    }

    /** Gives an answer of this node, and tells a node that passed the call on what became of it here. */
    private void refuse(ChannelHandlerContext context, Response answer, AsciiString outcome) {
        var begun = head;
        head = null;
        if (begun == null) {
            return;
        }
        var headers = new LinkedHashMap<>(answer.headers());
        headers.put("Date", calls.date().now().text());
        headers.put("X-Portolan-Region", calls.region().value());
        headers.put(outcome.toString(), "1");
        var about = new Response(answer.status(), headers, answer.body(), subject);
        context.fireChannelRead(new Unproxied(begun, target, about, since));
    }

    @Override
    public void cut(int status, long bytes) {
        over(status, bytes);
        connections.ended();
        if (turns == null) {
            context().writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.INTERNAL_ERROR));
        } else {
            // What was written before is on its way; that there is no end to it tells the client.
            context().flush();
            context().close();
        }
    }

    @Override
    public void ended(int status, long bytes) {
        over(status, bytes);
    }

    private void over(int status, long bytes) {
        active = false;
        call = null;
        head = null;
        clear();
        observe(status, bytes);
    }

    private void clear() {
        if (deadline != null) {
            deadline.clear();
        }
    }

    private void observe(int status, long bytes) {
        var context = context();
        observer.answered(told.about(subject)
                .with(
                        status,
                        RequestObserver.Cache.CONTROLLER,
                        bytes,
                        context.executor().ticker().nanoTime() - since)
                .to(method, target, protocol, context.channel().remoteAddress())
                .from(referer, agent));
    }

    @Override
    public Optional<Channel> socket(HttpResponse answer) {
        if (turns == null || decoder == null || !turns.isAlone() || !decoder.isAtRest()) {
            return Optional.empty();
        }
        context().writeAndFlush(answer);
        clear();
        return Optional.of(context().channel());
    }

    @Override
    public void socketEnded(long bytes) {
        over(101, bytes);
        connections.ended();
    }

    @Override
    public Duration nodeDrain() {
        return calls.drain();
    }

    private ChannelHandlerContext context() {
        var context = here;
        if (context == null) {
            throw new IllegalStateException("not in a pipeline");
        }
        return context;
    }
}
