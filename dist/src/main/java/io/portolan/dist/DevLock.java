package io.portolan.dist;

import io.portolan.cli.CommandFailure;
import io.portolan.cli.ExitCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** The operating system's lock on a data folder: ends with the process, however it ends. One thread at a time. */
final class DevLock implements AutoCloseable {
    private final FileChannel channel;

    private DevLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock.
     *
     * @throws CommandFailure when another process has it
     */
    static DevLock take(Path data) throws IOException {
        var run = data.resolve("run");
        Files.createDirectories(run);
        var channel = FileChannel.open(
                run.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        @Nullable FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException sameProcess) {
            lock = null;
        }
        if (lock == null) {
            var holder = new String(read(channel), StandardCharsets.UTF_8).strip();
            channel.close();
            throw new CommandFailure(
                    ExitCode.CONFLICT,
                    "another portolan dev runs on " + data + (holder.isEmpty() ? "" : " (process " + holder + ")")
                            + "; stop it, or choose another folder with --data and other ports with --port-base");
        }
        channel.truncate(0);
        channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.UTF_8)), 0);
        return new DevLock(channel);
    }

    private static byte[] read(FileChannel channel) throws IOException {
        var buffer = ByteBuffer.allocate(32);
        int count = channel.read(buffer, 0);
        return java.util.Arrays.copyOf(buffer.array(), Math.max(0, count));
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
