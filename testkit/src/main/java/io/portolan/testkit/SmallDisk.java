package io.portolan.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A file system of its own in memory, so that a test can fill it. Closing unmounts it. One thread at a time. */
public final class SmallDisk implements AutoCloseable {
    /** With the value {@code yes}, as continuous integration sets it, a disk that cannot be mounted fails the test. */
    public static final String REQUIRED = "PORTOLAN_REQUIRE_ALL_TESTS";

    private final Path folder;

    private SmallDisk(Path folder) {
        this.folder = folder;
    }

    /** Mounts one; empty where this user may not, which a test takes as a reason to be skipped. */
    public static Optional<SmallDisk> mount(Path folder, int mebibytes) throws IOException {
        Files.createDirectories(folder);
        var fault = run("mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "tmpfs", folder.toString());
        if (fault.isEmpty()) {
            return Optional.of(new SmallDisk(folder));
        }
        if ("yes".equals(System.getenv(REQUIRED))) {
            throw new AssertionError("mounting a tmpfs (needs root): " + fault);
        }
        return Optional.empty();
    }

    /** Where it is mounted. */
    public Path folder() {
        return folder;
    }

    @Override
    public void close() throws IOException {
        var fault = run("umount", folder.toString());
        if (!fault.isEmpty()) {
            throw new IOException("unmounting " + folder + ": " + fault);
        }
    }

    private static String run(String... command) throws IOException {
        try {
            var process = new ProcessBuilder(command).redirectErrorStream(true).start();
            var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            return code == 0 ? "" : "exit " + code + ": " + said.strip();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (IOException notThere) {
            return notThere.toString();
        }
    }
}
