package io.portolan.director;

import java.io.BufferedWriter;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/**
 * Queries in a file, a line each: time, client, transport, name, type, client subnet, code, bytes. One thread writes; what its queue
 * cannot take is counted, never waited for. The file is as confidential as the traffic. Thread-safe.
 */
final class FileQueryLog implements QueryLog, AutoCloseable {
    private static final int QUEUE_LINES = 8192;
    private static final Duration PATIENCE = Duration.ofMillis(200);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(3);
    private static final Logger LOG = LoggerFactory.getLogger(FileQueryLog.class);

    private final Path file;
    private final long limitBytes;
    private final Counters counters;
    private final BlockingQueue<String> queue = new ArrayBlockingQueue<>(QUEUE_LINES);
    private final Thread thread;
    private volatile boolean closed;
    private BufferedWriter writer;
    private long written;

    private FileQueryLog(Path file, long limitBytes, Counters counters) throws IOException {
        this.file = file;
        this.limitBytes = limitBytes;
        this.counters = counters;
        this.writer = open(file);
        this.written = Files.size(file);
        this.thread = Thread.ofPlatform().name("dns-query-log").daemon().unstarted(this::write);
    }

    static FileQueryLog open(Path file, long limitBytes, Counters counters) throws IOException {
        var log = new FileQueryLog(file, limitBytes, counters);
        log.thread.start();
        return log;
    }

    private static BufferedWriter open(Path file) throws IOException {
        return Files.newBufferedWriter(
                file, StandardCharsets.US_ASCII, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    @Override
    public void add(Exchange exchange, int bytes) {
        if (!queue.offer(line(exchange, bytes))) {
            counters.count("portolan_dns_query_log_dropped_total");
        }
    }

    private static String line(Exchange exchange, int bytes) {
        var line = new StringBuilder(128)
                .append(Instant.ofEpochMilli(exchange.nowMillis))
                .append(' ')
                .append(text(exchange.sourceWidth, exchange.sourceHigh, exchange.sourceLow))
                .append(exchange.tcp ? " tcp " : " udp ");
        var query = exchange.query;
        if (exchange.asked && query.questions == 1) {
            name(line, query);
            line.append(' ').append(Type.string(query.type)).append(' ');
            if (exchange.bySubnet()) {
                int width = query.subnetFamily == 1 ? 32 : 128;
                line.append(text(width, query.subnetHigh, query.subnetLow))
                        .append('/')
                        .append(query.subnetLength);
            } else {
                line.append('-');
            }
        } else {
            line.append("- - -");
        }
        return line.append(' ')
                .append(bytes == 0 ? "-" : Rcode.string(exchange.rcode))
                .append(exchange.truncated ? " tc " : " - ")
                .append(bytes)
                .append('\n')
                .toString();
    }

    private static String text(int width, long high, long low) {
        InetAddress address = new Bits128(high, low).address(width);
        return address.getHostAddress();
    }

    /** In lower case; what is no letter, digit, hyphen or underscore as {@code \DDD}, as zone files have it. */
    private static void name(StringBuilder line, WireQuery query) {
        for (int at = 0; query.name[at] != 0; at += query.name[at] + 1) {
            for (int i = at + 1; i <= at + query.name[at]; i++) {
                int value = query.name[i] & 0xff;
                if (Character.isLetterOrDigit(value) && value < 0x80 || value == '-' || value == '_') {
                    line.append((char) value);
                } else {
                    line.append('\\')
                            .append((char) ('0' + value / 100))
                            .append((char) ('0' + value / 10 % 10))
                            .append((char) ('0' + value % 10));
                }
            }
            line.append('.');
        }
        if (query.name[0] == 0) {
            line.append('.');
        }
    }

    private void write() {
        try {
            while (!closed || !queue.isEmpty()) {
                var line = queue.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
                if (line == null) {
                    writer.flush();
                    continue;
                }
                writer.write(line);
                written += line.length();
                if (written >= limitBytes) {
                    begin();
                }
            }
            writer.close();
        } catch (IOException e) {
            LOG.warn("query log ended file={} reason={}", file, e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void begin() throws IOException {
        writer.close();
        Files.move(file, file.resolveSibling(file.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
        writer = open(file);
        written = 0;
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join(CLOSE_LIMIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
