package io.portolan.region.gateway;

import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpStatusClass;

/**
 * Netty's decoder of answers for a connection with one call at a time. It is told whether the call was a HEAD, and takes no answer
 * that says its length in two ways. On the event loop.
 */
final class ResponseDecoder extends HttpResponseDecoder {
    private static final int LINE_BYTES = 4096;
    private static final int CHUNK_BYTES = 64 << 10;

    private boolean head;

    ResponseDecoder(int headerBytes) {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength(LINE_BYTES)
                .setMaxHeaderSize(headerBytes)
                .setMaxChunkSize(CHUNK_BYTES)
                .setStrictLineParsing(true)
                .setUseRfc9112TransferEncoding(true));
    }

    /** Says whether the next answer has no body whatever its head says. */
    void expect(boolean toHead) {
        head = toHead;
    }

    /** Whether nothing is there that would be taken for a part of the next answer. */
    boolean isAtRest() {
        return actualReadableBytes() == 0;
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpMessage message) {
        boolean last =
                message instanceof HttpResponse answer && answer.status().codeClass() != HttpStatusClass.INFORMATIONAL;
        return (last && head) || super.isContentAlwaysEmpty(message);
    }

    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
        // Both headers stay: ResponseRules sees them.
    }
}
