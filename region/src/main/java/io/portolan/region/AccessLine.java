package io.portolan.region;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * Lines of the access log. One thread at a time.
 *
 * <p>Nothing that a client sent gets into a line as it is: in the combined form quotes and backslashes are escaped, and every byte
 * that is not printable ASCII is {@code \xHH}; in JSON everything that is not printable ASCII is an escape.
 */
final class AccessLine {
    private static final DateTimeFormatter NCSA =
            DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.US).withZone(ZoneOffset.UTC);
    private static final String HEX = "0123456789abcdef";

    private final boolean json;
    private final StringBuilder line = new StringBuilder(1024);
    private long second = Long.MIN_VALUE;
    private String time = "";

    AccessLine(boolean json) {
        this.json = json;
    }

    /** The line with its line feed, ASCII. */
    byte[] of(AccessRecord record) {
        line.setLength(0);
        if (json) {
            json(record);
        } else {
            combined(record);
        }
        return line.append('\n').toString().getBytes(StandardCharsets.US_ASCII);
    }

    private void combined(AccessRecord record) {
        line.append(client(record))
                .append(" - - [")
                .append(ncsaTime(record.atMillis))
                .append("] ");
        if (record.method.isEmpty()) {
            line.append("\"-\"");
        } else {
            line.append('"');
            escape(record.method);
            line.append(' ');
            escape(record.target);
            line.append(' ').append(record.protocol.text()).append('"');
        }
        line.append(' ').append(record.status).append(' ');
        if (record.bytes == 0) {
            line.append('-');
        } else {
            line.append(record.bytes);
        }
        quoted(record.referer);
        quoted(record.userAgent);
    }

    private void quoted(String text) {
        line.append(" \"");
        if (text.isEmpty()) {
            line.append('-');
        } else {
            escape(text);
        }
        line.append('"');
    }

    private void escape(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                line.append('\\').append(c);
            } else if (c >= ' ' && c < 0x7f) {
                line.append(c);
            } else if (c <= 0xff) {
                // Headers are bytes: each is a character of the same number.
                hex(c);
            } else {
                for (byte b : String.valueOf(c).getBytes(StandardCharsets.UTF_8)) {
                    hex(b & 0xff);
                }
            }
        }
    }

    private void hex(int octet) {
        line.append("\\x").append(HEX.charAt(octet >> 4)).append(HEX.charAt(octet & 15));
    }

    private void json(AccessRecord record) {
        line.append("{\"time\":\"")
                .append(Instant.ofEpochMilli(record.atMillis))
                .append('"');
        text("client", client(record));
        text("method", record.method);
        text("target", record.target);
        text("protocol", record.protocol.text());
        number("status", record.status);
        number("bytes", record.bytes);
        number("durationMicros", record.durationNanos / 1000);
        text("extension", record.extension);
        text("version", record.version);
        text("cache", record.cache.name().toLowerCase(Locale.ROOT));
        text("referer", record.referer);
        text("userAgent", record.userAgent);
        line.append('}');
    }

    private void number(String key, long value) {
        line.append(",\"").append(key).append("\":").append(value);
    }

    private void text(String key, String value) {
        line.append(",\"").append(key).append("\":\"");
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                line.append('\\').append(c);
            } else if (c >= ' ' && c < 0x7f) {
                line.append(c);
            } else {
                line.append("\\u");
                for (int shift = 12; shift >= 0; shift -= 4) {
                    line.append(HEX.charAt(c >> shift & 15));
                }
            }
        }
        line.append('"');
    }

    private String ncsaTime(long millis) {
        long now = Math.floorDiv(millis, 1000);
        if (now != second) {
            second = now;
            time = NCSA.format(Instant.ofEpochSecond(now));
        }
        return time;
    }

    private static String client(AccessRecord record) {
        return record.client instanceof InetSocketAddress peer && peer.getAddress() != null
                ? peer.getAddress().getHostAddress()
                : "-";
    }
}
