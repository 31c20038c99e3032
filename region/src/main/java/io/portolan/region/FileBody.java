package io.portolan.region;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.Executor;

/**
 * Part of a file on its way to a client where the system cannot send it by itself (TLS, HTTP/2): read piece by piece on another
 * thread, the next one only when the last was taken, so that one piece is the most that a slow client holds in memory.
 */
final class FileBody {
    private static final int PIECE_BYTES = 128 << 10;

    private final ChannelHandlerContext context;
    private final FileChannel file;
    private final Executor readers;
    private final ChannelPromise sent;
    private long position;
    private long left;

    private FileBody(ChannelHandlerContext context, FileChannel file, long offset, long length, Executor readers) {
        this.context = context;
        this.file = file;
        this.readers = readers;
        this.sent = context.newPromise();
        this.position = offset;
        this.left = length;
    }

    /** Sends it and the end of the body, then closes the file in any case. */
    static ChannelFuture send(
            ChannelHandlerContext context, FileChannel file, long offset, long length, Executor readers) {
        var body = new FileBody(context, file, offset, length, readers);
        body.sent.addListener(done -> readers.execute(() -> close(file)));
        body.next();
        return body.sent;
    }

    private void next() {
        if (left == 0) {
            context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT).addListener(done -> {
                if (done.isSuccess()) {
                    sent.setSuccess();
                } else {
                    sent.setFailure(done.cause());
                }
            });
            return;
        }
        readers.execute(() -> {
            try {
                var piece = ByteBuffer.allocate((int) Math.min(PIECE_BYTES, left));
                while (piece.hasRemaining()) {
                    int n = file.read(piece, position + piece.position());
                    if (n < 0) {
                        throw new IOException("reading a blob: ended at " + (position + piece.position()));
                    }
                }
                context.executor().execute(() -> write(piece.flip()));
            } catch (IOException e) {
                context.executor().execute(() -> sent.setFailure(e));
            }
        });
    }

    private void write(ByteBuffer piece) {
        position += piece.remaining();
        left -= piece.remaining();
        context.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(piece)))
                .addListener(done -> {
                    if (done.isSuccess()) {
                        next();
                    } else {
                        sent.setFailure(done.cause());
                    }
                });
    }

    private static void close(FileChannel file) {
        try {
            file.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("closing a blob", e);
        }
    }
}
