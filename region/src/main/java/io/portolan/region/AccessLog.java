package io.portolan.region;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records every answer in a file, off the event loops. Thread-safe.
 *
 * <p>An answer is put into a ring and written by one thread soon after; when the ring is full or the file cannot be written, it is
 * counted as dropped. Nobody waits for it, and no disk that is slow or full is felt by a request.
 */
final class AccessLog implements RequestObserver, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
    /** Time after which an answer is looked for by the writer. Waking it for each would cost an event loop a system call. */
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);
    /** Pause after a file could not be written. */
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);
    private static final int BUFFER_BYTES = 64 << 10;

    private final AccessRing ring;
    private final RotatedFile file;
    private final AccessLine line;
    private final InstantSource clock;
    private final LongAdder written = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final Thread writer;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    private long buffered;
    private Instant retryAt = Instant.MIN;
    private boolean failing;
    private volatile boolean closed;

    private AccessLog(AccessLogSettings settings, Path folder, InstantSource clock) {
        this.ring = new AccessRing(settings.queue());
        this.file = new RotatedFile(folder.resolve(settings.file()), settings.fileBytes(), settings.files());
        this.line = new AccessLine(settings.format() == AccessLogSettings.Format.JSON);
        this.clock = clock;
        this.writer = Threads.platform("region-access-log").newThread(this::run);
    }

    /** Begins; the file is made when the first line is written. A relative file lies below the folder. */
    static AccessLog start(AccessLogSettings settings, Path folder, InstantSource clock) {
        var log = new AccessLog(settings, folder, clock);
        log.writer.start();
        return log;
    }

    @Override
    public void answered(AnswerFacts answer) {
        long place = ring.claim();
        if (place < 0) {
            dropped.increment();
            return;
        }
        var record = ring.at(place);
        record.atMillis = clock.millis();
        record.extension = answer.extension();
        record.version = answer.version();
        record.status = answer.status();
        record.cache = answer.cache();
        record.bytes = answer.bytes();
        record.durationNanos = answer.durationNanos();
        record.method = AccessRecord.bounded(answer.method(), AccessRecord.HEADER_LIMIT);
        record.target = AccessRecord.bounded(answer.target(), AccessRecord.TARGET_LIMIT);
        record.protocol = answer.protocol();
        record.client = answer.client();
        record.referer = AccessRecord.bounded(answer.referer(), AccessRecord.HEADER_LIMIT);
        record.userAgent = AccessRecord.bounded(answer.userAgent(), AccessRecord.HEADER_LIMIT);
        ring.filled(place);
    }

    /** Answers that were not written. */
    long droppedCount() {
        return dropped.sum();
    }

    /** Adds the counters in the text format of Prometheus. */
    void write(StringBuilder text) {
        text.append("# HELP portolan_access_log_written_total Answers written to the access log.\n")
                .append("# TYPE portolan_access_log_written_total counter\n")
                .append("portolan_access_log_written_total ")
                .append(written.sum())
                .append('\n');
        text.append("# HELP portolan_access_log_dropped_total Answers that the access log could not take.\n")
                .append("# TYPE portolan_access_log_dropped_total counter\n")
                .append("portolan_access_log_dropped_total ")
                .append(dropped.sum())
                .append('\n');
    }

    private void run() {
        while (!closed) {
            drain();
            LockSupport.parkNanos(this, LOOK_EVERY.toNanos());
        }
        drain();
        try {
            file.close();
        } catch (IOException e) {
            LOG.warn("the access log could not be closed: {}", e.toString());
        }
    }

    private void drain() {
        for (var record = ring.peek(); record != null; record = ring.peek()) {
            var bytes = line.of(record);
            ring.read();
            if (bytes.length > buffer.remaining()) {
                flush();
            }
            buffer.put(bytes);
            buffered++;
        }
        flush();
    }

    private void flush() {
        if (buffered == 0) {
            return;
        }
        buffer.flip();
        try {
            if (clock.instant().isBefore(retryAt)) {
                dropped.add(buffered);
            } else {
                file.append(buffer);
                written.add(buffered);
                failing = false;
            }
        } catch (IOException e) {
            dropped.add(buffered);
            retryAt = clock.instant().plus(RETRY_AFTER);
            if (!failing) {
                LOG.warn("the access log cannot be written, what it should say is dropped: {}", e.toString());
            }
            failing = true;
            reopen();
        } finally {
            buffer.clear();
            buffered = 0;
        }
    }

    private void reopen() {
        try {
            file.close();
        } catch (IOException e) {
            LOG.warn("the access log could not be closed: {}", e.toString());
        }
    }

    /** Writes what is waiting, then ends. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(writer);
        try {
            writer.join(CLOSE_LIMIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
