package io.portolan.director;

import io.portolan.model.Digest;
import io.portolan.protocol.Json;
import io.portolan.protocol.MalformedJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What answers came from during the last 24 hours, so that an answer of then can be explained: a line for each change, in files of one hour
 * ({@code history/<hour>.ndjson}). Thread-safe.
 *
 * <p>Lines outlive the process, not a loss of power: they inform, and answers wait for no disk. An hour has at most
 * {@link #SEGMENT_LIMIT_BYTES}; what is too much is counted, and said where it is asked for.
 */
final class History {
    /** How long it reaches back. */
    static final Duration REACH = Duration.ofHours(24);

    /** Most of one hour: some thousand changes with 54 regions. */
    static final int SEGMENT_LIMIT_BYTES = 8 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(History.class);
    private static final Pattern SEGMENT = Pattern.compile("([0-9]{1,12})\\.ndjson");
    private static final long HOUR_SECONDS = 3600;

    private final Path folder;
    private final InstantSource clock;
    private final Counters counters;
    private Optional<Observed> last = Optional.empty();
    private long hour = -1;

    private History(Path folder, InstantSource clock, Counters counters) {
        this.folder = folder;
        this.clock = clock;
        this.counters = counters;
    }

    /** Opens the folder, made if it is absent. */
    static History open(Path folder, InstantSource clock, Counters counters) throws IOException {
        Files.createDirectories(folder);
        return new History(folder, clock, counters);
    }

    /** Now. */
    Instant now() {
        return clock.instant();
    }

    /** Records from what answers come now; a disk that fails costs the line, never the answer. */
    synchronized void record(Observed observed) {
        long thisHour = observed.at().getEpochSecond() / HOUR_SECONDS;
        // Each file starts with what holds, so that those before it can go.
        if (last.isPresent() && last.get().sameAs(observed) && thisHour == hour) {
            return;
        }
        try {
            if (thisHour != hour) {
                sweep(observed.at());
            }
            append(thisHour, observed);
            last = Optional.of(observed);
            hour = thisHour;
        } catch (IOException e) {
            counters.count("portolan_director_history_dropped_total");
            LOG.warn("history not written reason={}", e.getMessage());
        }
    }

    private void append(long thisHour, Observed observed) throws IOException {
        // A line that a crash cut must not take the next one with it.
        var start = last.isEmpty() && Files.exists(file(thisHour)) ? "\n" : "";
        var line = (start + Json.text(observed) + "\n").getBytes(StandardCharsets.UTF_8);
        try (var channel = FileChannel.open(
                file(thisHour), StandardOpenOption.CREATE, StandardOpenOption.APPEND, StandardOpenOption.WRITE)) {
            if (channel.size() + line.length > SEGMENT_LIMIT_BYTES) {
                throw new IOException("more than " + SEGMENT_LIMIT_BYTES + " bytes in one hour");
            }
            var buffer = ByteBuffer.wrap(line);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        }
    }

    private Path file(long hours) {
        return folder.resolve(hours + ".ndjson");
    }

    private void sweep(Instant now) throws IOException {
        long begins = now.minus(REACH).getEpochSecond() / HOUR_SECONDS;
        // What held when the reach begins stands in the newest file before it, however old that is.
        long oldest = hours().stream()
                .filter(hours -> hours < begins)
                .max(Long::compare)
                .orElse(begins);
        for (long hours : hours()) {
            if (hours < oldest) {
                Files.deleteIfExists(file(hours));
            }
        }
    }

    /** Hours that have a file, in order. */
    private List<Long> hours() throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> SEGMENT.matcher(file.getFileName().toString()))
                    .filter(matcher -> matcher.matches())
                    .map(matcher -> Long.parseLong(matcher.group(1)))
                    .sorted()
                    .toList();
        }
    }

    /** What answers came from at a time; empty where nothing is known that old. */
    synchronized Optional<Observed> at(Instant time) throws IOException {
        long wanted = time.getEpochSecond() / HOUR_SECONDS;
        for (long hours : hours().reversed()) {
            if (hours <= wanted) {
                var found = lastBefore(file(hours), time);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<Observed> lastBefore(Path file, Instant time) throws IOException {
        Optional<Observed> found = Optional.empty();
        for (var line : lines(file)) {
            try {
                var observed = Json.read(line.getBytes(StandardCharsets.UTF_8), Observed.class);
                if (!observed.at().isAfter(time)) {
                    found = Optional.of(observed);
                }
            } catch (MalformedJson cut) {
                // A crash in the middle of a line.
                LOG.debug("line of history not read file={}", file, cut);
            }
        }
        return found;
    }

    private static List<String> lines(Path file) throws IOException {
        try (BufferedReader in = Files.newBufferedReader(file)) {
            return in.lines().filter(line -> !line.isBlank()).toList();
        } catch (UncheckedIOException e) {
            throw new IOException("reading " + file + ": " + e.getMessage(), e);
        }
    }

    /** Digests of all maps that were in use within its reach. */
    synchronized Set<Digest> maps() throws IOException {
        var maps = new HashSet<Digest>();
        for (long hours : new ArrayList<>(hours())) {
            for (var line : lines(file(hours))) {
                try {
                    maps.add(Json.read(line.getBytes(StandardCharsets.UTF_8), Observed.class)
                            .map());
                } catch (MalformedJson cut) {
                    LOG.debug("line of history not read hour={}", hours, cut);
                }
            }
        }
        return maps;
    }
}
