package io.portolan.it;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The program {@code strace}, attached to a process and all its threads for a while. One thread at a time. */
final class SystemCalls implements AutoCloseable {
    private static final Pattern LINE = Pattern.compile("(\\d+) +(.*)");
    private static final Pattern RESUMED = Pattern.compile("<\\.\\.\\. \\w+ resumed>(.*)");
    private static final Set<String> WITH_DESCRIPTOR =
            Set.of("write", "pwrite64", "writev", "pwritev", "fsync", "fdatasync", "sync_file_range");
    private static final String UNFINISHED = "<unfinished ...>";
    private static final Pattern PATH =
            Pattern.compile("(?:(?:AT_FDCWD|\\d+)(?:<([^>]*)>)?, )?\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final Pattern DESCRIPTOR = Pattern.compile("\\w+\\(\\d+<([^>]*)>.*");

    private final Process strace;
    private final Path log;

    private SystemCalls(Process strace, Path log) {
        this.strace = strace;
        this.log = log;
    }

    /** Attaches, and comes back when it sees every call of the kinds, such as {@code openat,rename}. */
    static SystemCalls of(ProcessHandle process, String kinds, Path folder) throws IOException {
        var log = folder.resolve("strace-" + process.pid());
        var said = folder.resolve("strace-" + process.pid() + ".said");
        var strace = new ProcessBuilder(
                        "strace",
                        "-f",
                        "-y",
                        "-s",
                        "0",
                        "-p",
                        "" + process.pid(),
                        "-e",
                        "trace=" + kinds,
                        "-o",
                        log.toString())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        await().atMost(DevProcess.PATIENCE)
                .until(() -> !strace.isAlive() || Files.readString(said).contains("attached"));
        if (!strace.isAlive()) {
            throw new AssertionError("strace: " + Files.readString(said));
        }
        return new SystemCalls(strace, log);
    }

    /** Detaches and gives every call that ended, in the order of their ends. */
    List<Call> end() throws IOException {
        close();
        return parse(Files.readAllLines(log, StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        // Asked to end it detaches, so that the process goes on.
        strace.destroy();
        await().atMost(DevProcess.PATIENCE).until(() -> !strace.isAlive());
    }

    /**
     * One call.
     *
     * @param begin number of the line on which it began
     * @param end   number of the line on which it ended
     * @param text  as strace prints it: {@code rename("/a", "/b") = 0}
     */
    record Call(int begin, int end, String text) {
        String name() {
            return text.substring(0, Math.max(0, text.indexOf('(')));
        }

        boolean succeeded() {
            return !text.contains(" = -1 ");
        }

        /** Whether it was over when the other began. */
        boolean isBefore(Call other) {
            return end < other.begin;
        }

        /** Every path among the arguments, absolute; none where the argument is a descriptor and the text content. */
        List<Path> paths() {
            var paths = new ArrayList<Path>();
            if (WITH_DESCRIPTOR.contains(name())) {
                return paths;
            }
            var matcher = PATH.matcher(text);
            while (matcher.find()) {
                var base = Optional.ofNullable(matcher.group(1)).orElse("/");
                paths.add(Path.of(base).resolve(matcher.group(2)).normalize());
            }
            return paths;
        }

        /** The file behind the descriptor that is the first argument. */
        Optional<Path> file() {
            var matcher = DESCRIPTOR.matcher(text);
            return matcher.matches() ? Optional.of(Path.of(matcher.group(1))) : Optional.empty();
        }
    }

    /** Joins calls that strace prints in two halves because another thread's came between. */
    static List<Call> parse(List<String> lines) {
        record Begun(int line, String text) {}
        var begun = new HashMap<String, Begun>();
        var calls = new ArrayList<Call>();
        for (int i = 0; i < lines.size(); i++) {
            var line = LINE.matcher(lines.get(i));
            if (!line.matches()
                    || line.group(2).startsWith("---")
                    || line.group(2).startsWith("+++")) {
                continue;
            }
            var thread = line.group(1);
            var text = line.group(2);
            var resumed = RESUMED.matcher(text);
            if (text.endsWith(UNFINISHED)) {
                begun.put(thread, new Begun(i, text.substring(0, text.length() - UNFINISHED.length())));
            } else if (resumed.matches()) {
                var half = begun.remove(thread);
                if (half != null) {
                    calls.add(new Call(half.line(), i, half.text() + resumed.group(1)));
                }
            } else {
                calls.add(new Call(i, i, text));
            }
        }
        return List.copyOf(calls);
    }

    /** All paths below a folder that the calls name. */
    static Stream<Path> below(Path folder, List<Call> calls) {
        return calls.stream()
                .flatMap(call -> call.paths().stream())
                .filter(path -> path.startsWith(folder) && !path.equals(folder));
    }
}
