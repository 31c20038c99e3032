package io.portolan.region;

import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2LocalFlowController;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;

/**
 * Makes a server's codec that gives every stream its turn; the trees of priorities of RFC 7540 are obsolete (RFC 9113, section 5.3).
 *
 * <p>What came is room again for the connection at once, and for its stream only when it was taken: an upload that waits for its replica
 * holds its own window, and no other request's body. So a connection may hold a window for each of its streams.
 */
final class Http2Codec extends Http2FrameCodecBuilder {
    Http2Codec() {
        var whole = new DefaultHttp2Connection(true);
        var turns = new UniformStreamByteDistributor(whole);
        turns.minAllocationChunk(HotAnswer.SMALL_BYTES);
        whole.remote().flowController(new DefaultHttp2RemoteFlowController(whole, turns));
        whole.local()
                .flowController(new DefaultHttp2LocalFlowController(
                        whole, DefaultHttp2LocalFlowController.DEFAULT_WINDOW_UPDATE_RATIO, true));
        connection(whole);
        // As Netty's own builder for servers.
        gracefulShutdownTimeoutMillis(0);
    }
}
