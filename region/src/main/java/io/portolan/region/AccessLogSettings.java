package io.portolan.region;

import java.nio.file.Path;
import java.util.Objects;

/**
 * How a region node records what it answered. Immutable. On disk at most {@code files} times {@code fileBytes}.
 *
 * @param format    form of a line
 * @param file      the file that is written; those before it have its name and {@code .1}, {@code .2} …, the newest first. A
 *                  relative path starts from the node's folder
 * @param fileBytes a file of this length is closed and the next one begun; one write of up to 64 KiB is never split
 * @param files     most files, the one that is written among them
 * @param queue     most answers that wait to be written; what comes beyond is counted and not written
 */
public record AccessLogSettings(Format format, Path file, long fileBytes, int files, int queue) {
    /** Form of a line. */
    public enum Format {
        /** Nothing is written. */
        OFF,
        /** NCSA combined. */
        COMBINED,
        /** One JSON object a line. */
        JSON;

        /** Reads a setting. */
        public static Format of(String text) {
            for (var format : values()) {
                if (format.name().equalsIgnoreCase(text)) {
                    return format;
                }
            }
            throw new IllegalArgumentException(text + " (expected: combined, json or off)");
        }
    }

    /** Nothing is written. */
    public static final AccessLogSettings OFF =
            new AccessLogSettings(Format.OFF, Path.of("logs", "access.log"), 20L << 20, 5, 8192);

    public AccessLogSettings {
        Objects.requireNonNull(format, "format");
        Objects.requireNonNull(file, "file");
        if (fileBytes < 4096) {
            throw new IllegalArgumentException("access-log-bytes: " + fileBytes + " (expected: 4096 or more)");
        }
        if (files < 1 || files > 1000) {
            throw new IllegalArgumentException("access-log-files: " + files + " (expected: 1 to 1000)");
        }
        if (queue < 2 || queue > 1 << 20) {
            throw new IllegalArgumentException("access-log-queue: " + queue + " (expected: 2 to 1048576)");
        }
    }
}
