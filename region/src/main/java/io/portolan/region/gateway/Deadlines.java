package io.portolan.region.gateway;

import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The deadline of a call as it goes from one to the next: {@code X-Request-Timeout-Ms}, whole milliseconds, and {@code grpc-timeout}
 * where the caller sent one. A client may shorten it, never lengthen. Stateless.
 */
final class Deadlines {
    private static final int MOST_DIGITS = 8;

    private Deadlines() {}

    static Duration least(Duration one, Duration other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    /** The deadline that holds, where the client wants one too. */
    static Duration least(Duration own, HttpHeaders headers) {
        var least = own;
        var millis = headers.get(ForwardedHeaders.TIMEOUT);
        if (millis != null && isNumber(millis)) {
            least = least(least, Duration.ofMillis(Long.parseLong(millis)));
        }
        var grpc = headers.get(ForwardedHeaders.GRPC_TIMEOUT);
        if (grpc != null && grpc.length() > 1 && isNumber(grpc.substring(0, grpc.length() - 1))) {
            long value = Long.parseLong(grpc.substring(0, grpc.length() - 1));
            least = least(least, ofUnit(value, grpc.charAt(grpc.length() - 1), own));
        }
        return least;
    }

    /** Says to the replica how long it has. */
    static void pass(HttpHeaders headers, Duration left) {
        long millis = Math.max(1, left.toMillis());
        headers.set(ForwardedHeaders.TIMEOUT, Long.toString(millis));
        if (headers.contains(ForwardedHeaders.GRPC_TIMEOUT)) {
            headers.set(
                    ForwardedHeaders.GRPC_TIMEOUT,
                    millis < 100_000_000 ? millis + "m" : TimeUnit.MILLISECONDS.toSeconds(millis) + "S");
        }
    }

    private static Duration ofUnit(long value, char unit, Duration otherwise) {
        return switch (unit) {
            case 'H' -> Duration.ofHours(value);
            case 'M' -> Duration.ofMinutes(value);
            case 'S' -> Duration.ofSeconds(value);
            case 'm' -> Duration.ofMillis(value);
            case 'u' -> Duration.ofNanos(value * 1000);
            case 'n' -> Duration.ofNanos(value);
            default -> otherwise;
        };
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.length() <= MOST_DIGITS && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
