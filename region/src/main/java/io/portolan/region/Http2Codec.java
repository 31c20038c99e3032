package io.portolan.region;

import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;

/** Makes a server's codec that gives every stream its turn; the trees of priorities of RFC 7540 are obsolete (RFC 9113, section 5.3). */
final class Http2Codec extends Http2FrameCodecBuilder {
    Http2Codec() {
        var whole = new DefaultHttp2Connection(true);
        var turns = new UniformStreamByteDistributor(whole);
        turns.minAllocationChunk(HotAnswer.SMALL_BYTES);
        whole.remote().flowController(new DefaultHttp2RemoteFlowController(whole, turns));
        connection(whole);
        // As Netty's own builder for servers.
        gracefulShutdownTimeoutMillis(0);
    }
}
