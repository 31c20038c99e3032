package io.portolan.testkit;

import java.util.Locale;

/**
 * Finds the bodies in one direction of an HTTP/1.1 connection while its bytes pass. One thread at a time.
 *
 * <p>Framing as in RFC 9112, section 6.3: (A) no body, (B) chunked, (C) {@code Content-Length}, (D) a response until the
 * connection ends. Bytes that are no HTTP/1.1 pass unseen.
 */
final class HttpBodies {
    private static final int LINE_LIMIT = 1 << 20;

    private final Messages messages;
    private final boolean responses;
    private final StringBuilder text = new StringBuilder();
    private At at = At.HEAD;
    private long left;
    private long offset;

    HttpBodies(Messages messages, boolean responses) {
        this.messages = messages;
        this.responses = responses;
    }

    /** Is told of each message. */
    interface Messages {
        /** A head is whole; whether a message with this start line may have a body. */
        boolean head(String startLine);

        /** One byte of the body that follows; returns what is sent in its place. */
        byte body(long offset, byte value);
    }

    private enum At {
        HEAD,
        BODY,
        CHUNK_SIZE,
        CHUNK_DATA,
        CHUNK_END,
        TRAILER,
        LOST
    }

    /** Passes the first {@code length} bytes, changing them in place. */
    void pass(byte[] buffer, int length) {
        for (int i = 0; i < length; i++) {
            buffer[i] = pass(buffer[i]);
        }
    }

    private byte pass(byte value) {
        switch (at) {
            case HEAD -> {
                if (collect(value, "\r\n\r\n")) {
                    head(take());
                }
            }
            case BODY -> {
                return body(value, At.HEAD);
            }
            case CHUNK_SIZE -> {
                if (collect(value, "\r\n")) {
                    chunk(take());
                }
            }
            case CHUNK_DATA -> {
                return body(value, At.CHUNK_END);
            }
            case CHUNK_END -> {
                if (collect(value, "\r\n")) {
                    take();
                    at = At.CHUNK_SIZE;
                }
            }
            case TRAILER -> {
                if (collect(value, "\r\n") && take().equals("\r\n")) {
                    at = At.HEAD;
                }
            }
            case LOST -> {}
        }
        return value;
    }

    private byte body(byte value, At then) {
        left--;
        if (left == 0) {
            at = then;
        }
        return messages.body(offset++, value);
    }

    private void head(String head) {
        var lines = head.toLowerCase(Locale.ROOT).split("\r\n", -1);
        boolean mayHaveBody = messages.head(head.substring(0, head.indexOf("\r\n")));
        offset = 0;
        left = responses ? Long.MAX_VALUE : 0;
        boolean chunked = false;
        for (var line : lines) {
            if (line.startsWith("content-length:")) {
                left = number(line.substring("content-length:".length()).strip(), 10);
            } else if (line.startsWith("transfer-encoding:")) {
                chunked = line.contains("chunked");
            }
        }
        if (at == At.LOST || !mayHaveBody) {
            return;
        }
        if (chunked) {
            at = At.CHUNK_SIZE;
        } else if (left > 0) {
            at = At.BODY;
        }
    }

    private void chunk(String line) {
        var size = line.strip();
        int extension = size.indexOf(';');
        left = number(extension < 0 ? size : size.substring(0, extension).strip(), 16);
        if (at != At.LOST) {
            at = left == 0 ? At.TRAILER : At.CHUNK_DATA;
        }
    }

    private long number(String digits, int radix) {
        try {
            return Long.parseLong(digits, radix);
        } catch (NumberFormatException e) {
            at = At.LOST;
            return 0;
        }
    }

    /** Whether the collected text now ends so. */
    private boolean collect(byte value, String end) {
        text.append((char) (value & 0xff));
        if (text.length() > LINE_LIMIT) {
            at = At.LOST;
        }
        return value == '\n' && text.lastIndexOf(end) == text.length() - end.length() && text.length() >= end.length();
    }

    private String take() {
        var taken = text.toString();
        text.setLength(0);
        return taken;
    }
}
