package io.portolan.runtime;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a replica writes, line by line with the time, in files of bounded length and number: {@code orders-1.log}, then {@code .1}, and
 * so on. Secrets are taken out; lines are cut. A disk that takes no more costs lines, never the replica. Thread-safe.
 */
final class ReplicaLog implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaLog.class);
    private static final int LONGEST_LINE = 8 * 1024;

    private final Path file;
    private final long mostBytes;
    private final int files;
    private final InstantSource clock;
    private OutputStream out = OutputStream.nullOutputStream();
    private long written;
    private boolean failing;

    ReplicaLog(Path file, long mostBytes, int files, InstantSource clock) {
        this.file = file;
        this.mostBytes = mostBytes;
        this.files = files;
        this.clock = clock;
    }

    /** Writes everything that comes, until it ends. */
    void copy(InputStream from, Redaction redaction) {
        var line = new ByteArrayOutputStream();
        boolean cut = false;
        try (var in = new BufferedInputStream(from)) {
            for (int next = in.read(); next >= 0; next = in.read()) {
                if (next == '\n') {
                    line(line, cut, redaction);
                    cut = false;
                } else if (line.size() < LONGEST_LINE) {
                    line.write(next);
                } else {
                    cut = true;
                }
            }
        } catch (IOException e) {
            // The process ended while it wrote.
        }
        if (line.size() > 0) {
            line(line, cut, redaction);
        }
    }

    private void line(ByteArrayOutputStream line, boolean cut, Redaction redaction) {
        var text = redaction.apply(line.toString(StandardCharsets.UTF_8));
        line.reset();
        say(cut ? text + " …" : text);
    }

    /** Writes one line of the node's own, or of the replica. */
    synchronized void say(String text) {
        var bytes = (clock.instant() + " " + text + "\n").getBytes(StandardCharsets.UTF_8);
        try {
            if (written == 0 || written + bytes.length > mostBytes) {
                rotate();
            }
            out.write(bytes);
            out.flush();
            written += bytes.length;
            failing = false;
        } catch (IOException e) {
            if (!failing) {
                LOG.warn("log={} takes no lines: {}", file, e.toString());
            }
            failing = true;
        }
    }

    /** The end of a log, in whole lines; what was rotated away is not looked at. */
    static String tail(Path file, int mostBytes) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long from = Math.max(0, channel.size() - mostBytes);
            var bytes = ByteBuffer.allocate((int) Math.min(mostBytes, channel.size() - from));
            while (bytes.hasRemaining() && channel.read(bytes, from + bytes.position()) >= 0) {
                // Until all of it, or the end of a file that was turned over meanwhile.
            }
            var text = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
            return from == 0 ? text : text.substring(text.indexOf('\n') + 1);
        }
    }

    private void rotate() throws IOException {
        close();
        Files.createDirectories(file.getParent());
        if (Files.exists(file)) {
            for (int i = files - 1; i > 0; i--) {
                var from = i == 1 ? file : numbered(i - 1);
                if (Files.exists(from)) {
                    Files.move(from, numbered(i), StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
        out = Files.newOutputStream(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
        written = 0;
    }

    private Path numbered(int number) {
        return file.resolveSibling(file.getFileName() + "." + number);
    }

    @Override
    public synchronized void close() throws IOException {
        var open = out;
        out = OutputStream.nullOutputStream();
        open.close();
    }
}
