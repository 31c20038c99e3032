package io.portolan.dist;

import io.portolan.cli.CommandFailure;
import io.portolan.cli.ExitCode;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/**
 * The way into a running world: a Unix socket that takes one line and answers one, {@code ok ...} or {@code error ...}.
 * Thread-safe.
 */
final class DevSocket implements AutoCloseable {
    /** Longest path of a Unix socket, as kernels have it. */
    private static final int LONGEST_PATH = 103;

    private final ServerSocketChannel server;
    private final Path path;

    private DevSocket(ServerSocketChannel server, Path path) {
        this.server = server;
        this.path = path;
    }

    /** Listens; one request at a time. The caller holds the lock of the folder, so a file that is there is a leftover. */
    static DevSocket listen(Path run, UnaryOperator<String> answer) throws IOException {
        var path = path(run);
        Files.deleteIfExists(path);
        var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(path));
        var socket = new DevSocket(server, path);
        Thread.ofPlatform().daemon().name("dev-socket").start(() -> socket.serve(answer));
        return socket;
    }

    /** Sends one line to the world of a data folder. */
    static String ask(Path data, String line) {
        var path = path(data.resolve("run"));
        try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            channel.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
            var answer = reader(channel).readLine();
            return answer == null ? "error the world ended meanwhile" : answer;
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.UNREACHABLE,
                    "no portolan dev runs on " + data + " (" + path
                            + " does not answer); start one with: portolan dev, or name its folder with --data");
        }
    }

    private void serve(UnaryOperator<String> answer) {
        while (true) {
            try (var client = server.accept()) {
                var line = reader(client).readLine();
                if (line != null) {
                    client.write(ByteBuffer.wrap((answer.apply(line) + "\n").getBytes(StandardCharsets.UTF_8)));
                }
            } catch (ClosedChannelException closed) {
                return;
            } catch (IOException e) {
                // A client that went away; the next one is served.
            }
        }
    }

    private static BufferedReader reader(SocketChannel channel) {
        return new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8));
    }

    private static Path path(Path run) {
        var path = run.resolve("dev.sock");
        if (path.toString().getBytes(StandardCharsets.UTF_8).length <= LONGEST_PATH) {
            return path;
        }
        var shorter = Path.of("").toAbsolutePath().relativize(path.toAbsolutePath());
        if (shorter.toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "--data: " + path + " is too long for a socket (expected: at most " + LONGEST_PATH + " bytes)");
        }
        return shorter;
    }

    @Override
    public void close() throws IOException {
        server.close();
        Files.deleteIfExists(path);
    }
}
