package io.portolan.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A real PostgreSQL of Debian's package on a loopback port of its own, in a folder that is deleted at the end; ended by its own
 * tool. Thread-safe.
 *
 * <p>PostgreSQL refuses to run as root: then it runs as the package's user {@code postgres}, and ends when the thread that started
 * it does, so that none is left over by tests that were killed. It does not sync to disk: tests kill its clients, not the machine.
 */
public final class PostgresServer implements AutoCloseable {
    private static final Path INSTALLED = Path.of("/usr/lib/postgresql");
    /** Not the tests' own folder: the unprivileged user could not reach it. */
    private static final Path PARENT = Path.of("/tmp");

    private static final String USER = "postgres";
    private static final long LIMIT_SECONDS = 60;

    private final Path programs;
    private final Path folder;
    private final FreePorts ports;
    private final Process process;
    private final AtomicInteger databases = new AtomicInteger();

    private PostgresServer(Path programs, Path folder, FreePorts ports, Process process) {
        this.programs = programs;
        this.folder = folder;
        this.ports = ports;
        this.process = process;
    }

    /** Whether package {@code postgresql} is installed; {@code ./portolan test} insists on it. */
    public static boolean installed() {
        return programs().isPresent();
    }

    /** Starts an empty one and waits until it answers. */
    public static PostgresServer start() throws IOException {
        var programs = programs()
                .orElseThrow(() -> new IOException(
                        "starting PostgreSQL: nothing in " + INSTALLED + " (expected: Debian's package postgresql)"));
        var folder = Files.createTempDirectory(PARENT, "portolan-postgres-");
        if (root()) {
            var user = folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(USER);
            Files.setOwner(folder, user);
        }
        var log = folder.resolve("server.log");
        run(
                folder,
                programs.resolve("initdb").toString(),
                "-D",
                folder.resolve("data").toString(),
                "-U",
                USER,
                "-A",
                "trust",
                "-E",
                "UTF8",
                // Not C: the product must not depend on how the database sorts.
                "--locale=C.UTF-8",
                "--no-sync");
        var ports = FreePorts.take(0);
        int port = ports.base();
        var process = new ProcessBuilder(as(
                        programs.resolve("postgres").toString(),
                        "-D",
                        folder.resolve("data").toString(),
                        "-p",
                        Integer.toString(port),
                        "-k",
                        folder.toString(),
                        "-c",
                        "listen_addresses=127.0.0.1",
                        "-c",
                        "fsync=off",
                        "-c",
                        "max_connections=200"))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        var server = new PostgresServer(programs, folder, ports, process);
        try {
            server.awaitReady(log);
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
        return server;
    }

    /** JDBC URL of a new, empty database. */
    public String newDatabase() throws SQLException {
        var name = "test" + databases.incrementAndGet();
        execute(url("postgres"), "create database " + name);
        return url(name);
    }

    /** Runs a statement as the server's owner. */
    public static void execute(String url, String statement) throws SQLException {
        try (var connection = DriverManager.getConnection(url, USER, "");
                var sql = connection.createStatement()) {
            sql.execute(statement);
        }
    }

    /** Role that every database belongs to; it needs no password. */
    public static String user() {
        return USER;
    }

    /** The server's port on 127.0.0.1. */
    public int port() {
        return ports.base();
    }

    private String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port() + "/" + database;
    }

    @Override
    public void close() throws IOException {
        try {
            if (process.isAlive()) {
                run(
                        folder,
                        programs.resolve("pg_ctl").toString(),
                        "-D",
                        folder.resolve("data").toString(),
                        "-m",
                        "immediate",
                        "stop");
            }
        } finally {
            process.destroyForcibly();
            ports.close();
            delete(folder);
        }
    }

    private void awaitReady(Path log) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (true) {
            try {
                execute(url("postgres"), "select 1");
                return;
            } catch (SQLException e) {
                if (!process.isAlive() || System.nanoTime() - end > 0) {
                    throw new IOException("starting PostgreSQL: " + Files.readString(log), e);
                }
            }
            pause();
        }
    }

    private static void pause() throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("starting PostgreSQL: interrupted", e);
        }
    }

    private static void run(Path folder, String... command) throws IOException {
        var process = new ProcessBuilder(as(command))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException("running " + List.of(command) + ": " + output);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("running " + List.of(command) + ": interrupted", e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static List<String> as(String... command) {
        var words = new ArrayList<String>();
        if (root()) {
            words.addAll(List.of("setpriv", "--reuid", USER, "--regid", USER, "--clear-groups", "--pdeathsig", "INT"));
            words.add("--");
        }
        words.addAll(List.of(command));
        return words;
    }

    private static boolean root() {
        return "root".equals(System.getProperty("user.name"));
    }

    /** Folder of the newest release's programs. */
    private static Optional<Path> programs() {
        if (!Files.isDirectory(INSTALLED)) {
            return Optional.empty();
        }
        try (var releases = Files.list(INSTALLED)) {
            return releases.map(release -> release.resolve("bin"))
                    .filter(bin -> Files.isExecutable(bin.resolve("postgres")))
                    .max(Comparator.comparing(bin ->
                            Integer.parseInt(bin.getName(bin.getNameCount() - 2).toString())));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static void delete(Path folder) throws IOException {
        try (var all = Files.walk(folder)) {
            for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
