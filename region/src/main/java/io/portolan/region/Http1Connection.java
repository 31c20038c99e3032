package io.portolan.region;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.portolan.region.TransportCounters.Limit;
import java.time.Duration;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The turns of one HTTP/1.1 connection: one request after the other, each within its deadlines, and an orderly end. On the
 * connection's event loop.
 *
 * <p>What comes before a turn is kept, and nothing more is read meanwhile: one read's worth of pipelined requests is the most that
 * a connection holds. An answer given before its request was read to the end ends the connection, so that the rest of it is never
 * taken for a request.
 */
@SuppressWarnings("FutureReturnValueIgnored") // closing a connection: nothing is left to do when that fails
final class Http1Connection extends ChannelDuplexHandler implements Streaming {
    /** How long a client may go on sending after its last answer: closing at once could destroy that answer on its way. */
    private static final Duration LINGER = Duration.ofSeconds(1);

    /** What the connection is doing. */
    private enum Turn {
        /** Nothing came yet. */
        IDLE,
        /** A head has begun. */
        HEAD,
        /** A head is there, its body is not. */
        BODY,
        /** The request is there, its answer is not. */
        ANSWER,
        /** The last answer is written or being written; what comes now is dropped. */
        END
    }

    private final Connections connections;
    private final HttpLimits limits;
    private final ArrayDeque<HttpObject> early = new ArrayDeque<>();
    private @Nullable Deadline deadline;
    private Turn turn = Turn.IDLE;
    private boolean keepAlive;
    private boolean oldProtocol;
    /** Whether the body of the request is passed on as it comes, before and while it is answered. */
    private boolean streaming;

    private int requests;

    Http1Connection(Connections connections) {
        this.connections = connections;
        this.limits = connections.limits();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        deadline = new Deadline(context.executor(), () -> late(context));
        // Whoever connects has something to ask.
        turn(Turn.HEAD);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        deadline().end();
        early.forEach(ReferenceCountUtil::release);
        early.clear();
    }

    @Override
    public void streams() {
        streaming = true;
        deadline().clear();
    }

    /** Whether nothing came behind the request that is being answered. */
    boolean isAlone() {
        return turn == Turn.ANSWER && early.isEmpty();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (turn == Turn.END && streaming && !inputDone) {
            // The answer has begun, and what it is made of may still come.
            inputDone = message instanceof LastHttpContent;
            context.fireChannelRead(message);
        } else if (turn == Turn.END) {
            ReferenceCountUtil.release(message);
        } else if (turn == Turn.ANSWER) {
            early.add((HttpObject) message);
            context.channel().config().setAutoRead(false);
        } else {
            take(context, (HttpObject) message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (turn == Turn.IDLE) {
            // Something came, and it was no whole head.
            turn(Turn.HEAD);
        }
        context.fireChannelReadComplete();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == Connections.DRAIN && turn == Turn.IDLE) {
            context.close();
        }
        context.fireUserEventTriggered(event);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof HttpResponse head && head.status().codeClass() != HttpStatusClass.INFORMATIONAL) {
            answering(head);
        }
        if (message instanceof LastHttpContent && !isInformational(message)) {
            boolean unread = turn == Turn.END && !inputDone;
            streaming = false;
            context.write(message, promise).addListener(written -> {
                if (written.isSuccess() && turn == Turn.ANSWER) {
                    next(context);
                } else {
                    end(context, unread);
                }
            });
        } else {
            context.write(message, promise);
        }
    }

    /** Whether every request was answered, and nothing of another came. */
    boolean isAtRest() {
        return turn == Turn.IDLE && early.isEmpty();
    }

    /** Whether another answer may be given that is not the last one. */
    boolean mayGoOn() {
        return requests + 1 < limits.requestsPerConnection() && !connections.isDraining();
    }

    /** A request was answered before it came here. */
    void passed() {
        requests++;
        deadline().in(limits.idleTimeout());
    }

    /** Whether the request that is answered last was read to its end. */
    private boolean inputDone;

    private void take(ChannelHandlerContext context, HttpObject message) {
        if (message instanceof HttpRequest head) {
            requests++;
            keepAlive = HttpUtil.isKeepAlive(head);
            oldProtocol = head.protocolVersion().equals(HttpVersion.HTTP_1_0);
            turn(Turn.BODY);
        }
        boolean readable = message.decoderResult().isSuccess();
        keepAlive &= readable;
        if (message instanceof LastHttpContent && readable) {
            turn(Turn.ANSWER);
        }
        context.fireChannelRead(message);
    }

    private void answering(HttpResponse head) {
        inputDone = turn == Turn.ANSWER;
        boolean enough = requests >= limits.requestsPerConnection();
        // Where nothing says how long an answer is, its end is that of the connection.
        boolean endless = oldProtocol && !head.headers().contains(HttpHeaderNames.CONTENT_LENGTH);
        boolean stays = keepAlive && inputDone && !endless && !enough && !connections.isDraining();
        if (enough) {
            connections.counters().count(Limit.REQUESTS_PER_CONNECTION);
        }
        if (!stays) {
            head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
            turn(Turn.END);
        } else if (oldProtocol) {
            head.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
    }

    private void next(ChannelHandlerContext context) {
        turn(Turn.IDLE);
        while (turn != Turn.ANSWER && turn != Turn.END && !early.isEmpty()) {
            take(context, early.poll());
        }
        if (early.isEmpty()) {
            context.channel().config().setAutoRead(true);
        }
        if (turn == Turn.IDLE && connections.isDraining()) {
            context.close();
        }
    }

    private void end(ChannelHandlerContext context, boolean unread) {
        if (!unread || !(context.channel() instanceof DuplexChannel socket) || !socket.isActive()) {
            context.close();
            return;
        }
        socket.shutdownOutput();
        socket.config().setAutoRead(true);
        deadline().in(LINGER);
    }

    private void turn(Turn now) {
        turn = now;
        switch (now) {
            case IDLE -> deadline().in(limits.idleTimeout());
            case HEAD -> deadline().in(limits.headerDeadline());
            case BODY -> deadline().in(limits.bodyDeadline());
            // The dispatcher and the writing of an answer have deadlines of their own.
            case ANSWER, END -> deadline().clear();
        }
    }

    private void late(ChannelHandlerContext context) {
        switch (turn) {
            case IDLE -> {
                connections.counters().count(Limit.IDLE_TIMEOUT);
                context.close();
            }
            case HEAD -> refuse(context, Limit.HEADER_DEADLINE, "head: not complete in " + limits.headerDeadline());
            case BODY -> refuse(context, Limit.BODY_DEADLINE, "body: not complete in " + limits.bodyDeadline());
            case ANSWER, END -> context.close();
        }
    }

    private static void refuse(ChannelHandlerContext context, Limit limit, String detail) {
        context.fireChannelRead(new Refusal(408, limit, detail));
    }

    private static boolean isInformational(Object message) {
        return message instanceof HttpResponse head && head.status().codeClass() == HttpStatusClass.INFORMATIONAL;
    }

    private Deadline deadline() {
        var made = deadline;
        if (made == null) {
            throw new IllegalStateException("not in a pipeline");
        }
        return made;
    }
}
