package io.portolan.region;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.ssl.SslHandler;
import io.portolan.region.gateway.ClientOrigin;
import java.net.InetSocketAddress;
import java.util.Map;

/** What there is to know of a call from its head and its connection. Stateless. */
final class CallRequests {
    private CallRequests() {}

    /** The head alone, where it is a whole request. */
    static HttpRequest plain(HttpRequest begun) {
        return begun instanceof FullHttpRequest
                ? new DefaultHttpRequest(begun.protocolVersion(), begun.method(), begun.uri(), begun.headers())
                : begun;
    }

    /** What routing looks at; answers of ours are for scripts, whatever a script says that it accepts. */
    static Request request(HttpRequest begun) {
        var target = RequestTarget.of(begun.uri(), begun.headers().get(HttpHeaderNames.HOST, ""));
        return new Request(
                begun.method().name(),
                target.host(),
                target.path(),
                target.query(),
                false,
                Map.of(
                        "accept",
                        "application/problem+json",
                        "cookie",
                        begun.headers().get(HttpHeaderNames.COOKIE, "")));
    }

    /** Where calls of a connection or stream come from that name this host. */
    static ClientOrigin origin(ChannelHandlerContext context, String host) {
        return new ClientOrigin(address(context), isSecure(context) ? "https" : "http", host);
    }

    private static String address(ChannelHandlerContext context) {
        return context.channel().remoteAddress() instanceof InetSocketAddress peer && peer.getAddress() != null
                ? peer.getAddress().getHostAddress()
                : "unknown";
    }

    private static boolean isSecure(ChannelHandlerContext context) {
        var channel = context.channel();
        // A stream's parent is its connection, a connection's the listener.
        boolean stream = channel instanceof Http2StreamChannel;
        return (stream ? channel.parent() : channel).pipeline().get(SslHandler.class) != null;
    }
}
