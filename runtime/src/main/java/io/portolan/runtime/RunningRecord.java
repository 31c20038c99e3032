package io.portolan.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which processes run, by id and start time, so that those which outlived their node are ended by the next one. Thread-safe.
 *
 * <p>A process id alone is not enough: it may be somebody else's by now. Start times are those that the system tells of the process.
 */
final class RunningRecord {
    private static final Logger LOG = LoggerFactory.getLogger(RunningRecord.class);
    private static final Duration END_LIMIT = Duration.ofSeconds(10);

    private final Path folder;

    RunningRecord(Path folder) throws IOException {
        this.folder = folder;
        Files.createDirectories(folder);
    }

    /** Notes a process that was started. */
    void add(ProcessHandle process) throws IOException {
        var file = file(process.pid());
        var next = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(
                next,
                process.pid() + " " + started(process).map(Object::toString).orElse("?"));
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Forgets a process that has ended. */
    void remove(long pid) throws IOException {
        Files.deleteIfExists(file(pid));
    }

    /** Ends what an earlier node left running, with what it started; answers how many there were. */
    int endLeftOvers() throws IOException {
        List<Path> files;
        try (var list = Files.list(folder)) {
            files = list.toList();
        }
        int ended = 0;
        for (var file : files) {
            var words = Files.readString(file, StandardCharsets.UTF_8).strip().split(" ", -1);
            if (words.length == 2
                    && leftOver(words[0], words[1]).map(RunningRecord::end).orElse(false)) {
                ended++;
            }
            Files.deleteIfExists(file);
        }
        return ended;
    }

    private static Optional<ProcessHandle> leftOver(String pid, String startedAt) {
        try {
            var recorded = Instant.parse(startedAt);
            return ProcessHandle.of(Long.parseLong(pid))
                    .filter(process -> started(process).filter(recorded::equals).isPresent());
        } catch (NumberFormatException | DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private static boolean end(ProcessHandle process) {
        LOG.info("pid={} outlived its node and is ended", process.pid());
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.onExit().get(END_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("pid={} does not end: {}", process.pid(), e.toString());
        }
        return true;
    }

    private static Optional<Instant> started(ProcessHandle process) {
        return process.info().startInstant();
    }

    private Path file(long pid) {
        return folder.resolve(String.valueOf(pid));
    }
}
