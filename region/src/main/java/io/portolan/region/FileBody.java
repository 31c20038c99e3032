package io.portolan.region;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.Executor;

/**
 * Part of a file on its way to a client: read and checked piece by piece on another thread, the next one only when the last was
 * taken, so that one piece is the most that a slow client holds in memory. A piece that is damaged on disk ends the answer: what
 * was sent before it was right, and the client sees that the rest is missing.
 *
 * <p>Never sent by the system itself (sendfile), which nothing can look at; on this kind of machine that was the slower way too.
 */
final class FileBody {
    /** Whole chunks, so that none is read twice. */
    private static final int PIECE_BYTES = 2 * ChunkSums.CHUNK_BYTES;

    private final ChannelHandlerContext context;
    private final CheckedFile file;
    private final Executor readers;
    private final ChannelPromise sent;
    /** Holds one piece after the other: the next is read when the last has left. */
    private ByteBuf memory;

    private long position;
    private long left;

    private FileBody(ChannelHandlerContext context, Dispatcher.Sendable.OnDisk answer, Executor readers) {
        this.context = context;
        this.file = answer.file();
        this.readers = readers;
        this.sent = context.newPromise();
        this.memory = answer.first();
        this.position = answer.offset();
        this.left = answer.length();
    }

    /** Bytes of the piece that begins at {@code offset}. */
    static int piece(long offset, long left) {
        return CheckedFile.piece(offset, left, PIECE_BYTES);
    }

    /** Reads a checked piece into memory outside the heap that has room for any piece, the caller's to release. */
    static ByteBuf read(CheckedFile file, long offset, int length, ByteBufAllocator allocator) throws IOException {
        var memory = allocator.ioBuffer(PIECE_BYTES, PIECE_BYTES);
        boolean whole = false;
        try {
            read(file, offset, length, memory);
            whole = true;
            return memory;
        } finally {
            if (!whole) {
                memory.release();
            }
        }
    }

    private static void read(CheckedFile file, long offset, int length, ByteBuf into) throws IOException {
        into.clear();
        file.read(offset, into.nioBuffer(0, length));
        into.writerIndex(length);
    }

    /** Sends it and the end of the body, then closes the file and releases the memory in any case. */
    static ChannelFuture send(ChannelHandlerContext context, Dispatcher.Sendable.OnDisk answer, Executor readers) {
        var body = new FileBody(context, answer, readers);
        body.sent.addListener(done -> {
            body.memory.release();
            readers.execute(() -> close(answer.file()));
        });
        body.write();
        return body.sent;
    }

    /** Closes a file that was only read. */
    static void close(CheckedFile file) {
        try {
            file.close();
        } catch (IOException e) {
            throw new UncheckedIOException("closing a blob", e);
        }
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
        if (memory.refCnt() > 1) {
            // Somebody on the way still looks at the last piece: it must not change under their eyes.
            memory.release();
            memory = context.alloc().ioBuffer(PIECE_BYTES, PIECE_BYTES);
        }
        var into = memory;
        readers.execute(() -> {
            try {
                read(file, position, piece(position, left), into);
                context.executor().execute(this::write);
            } catch (IOException | RuntimeException e) {
                context.executor().execute(() -> sent.setFailure(e));
            }
        });
    }

    private void write() {
        int length = memory.readableBytes();
        position += length;
        left -= length;
        context.writeAndFlush(new DefaultHttpContent(memory.retainedDuplicate()))
                .addListener(done -> {
                    if (done.isSuccess()) {
                        next();
                    } else {
                        sent.setFailure(done.cause());
                    }
                });
    }
}
