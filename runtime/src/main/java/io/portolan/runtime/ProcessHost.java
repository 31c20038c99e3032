package io.portolan.runtime;

import io.portolan.model.ExtensionName;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all replicas of a node share. Thread-safe. */
final class ProcessHost implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessHost.class);

    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    /** Versions of an extension that have ended and whose logs are kept. */
    private static final int LOGS_OF_ENDED_VERSIONS = 5;

    private final ProcessSettings settings;
    private final Secrets secrets;
    private final OpenCalls calls;
    private final InstantSource clock;
    private final WorkFolder work;
    private final RunningRecord running;
    private final ControlGroups groups;
    private final ProcessCommand command;
    private final HealthProbe probe = new HealthProbe();
    private final ExecutorService starter = Threads.lasting("controller-starts");
    private final String boot =
            HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
    private final AtomicLong started = new AtomicLong();

    ProcessHost(ProcessSettings settings, ContentSource content, Secrets secrets, OpenCalls calls, InstantSource clock)
            throws IOException {
        this.settings = settings;
        this.secrets = secrets;
        this.calls = calls;
        this.clock = clock;
        this.running = new RunningRecord(settings.folder().resolve("running"));
        int left = running.endLeftOvers();
        if (left > 0) {
            LOG.warn("processes={} of an earlier node were ended", left);
        }
        this.work = new WorkFolder(settings.folder().resolve("work"), content);
        work.clear();
        this.groups = ControlGroups.open(settings.cgroup());
        this.command = ProcessCommand.of(settings);
        if (!settings.allow().isEmpty()
                && settings.user().isEmpty()
                && "root".equals(System.getProperty("user.name"))) {
            // No warning: in a world for development this is how it is, six times over.
            LOG.info(
                    "processes of {} run as root, as this node does (controllers-user: another user)",
                    settings.allow());
        }
    }

    ProcessSettings settings() {
        return settings;
    }

    Secrets secrets() {
        return secrets;
    }

    OpenCalls calls() {
        return calls;
    }

    InstantSource clock() {
        return clock;
    }

    WorkFolder work() {
        return work;
    }

    RunningRecord running() {
        return running;
    }

    ControlGroups groups() {
        return groups;
    }

    ProcessCommand command() {
        return command;
    }

    HealthProbe probe() {
        return probe;
    }

    /** Where replicas listen: only this machine reaches them. */
    InetAddress address() {
        return LOOPBACK;
    }

    String nextReplicaId(ControllerId id) {
        return id.extension() + "/" + id.version() + "/" + id.name() + "/" + boot + "-" + started.incrementAndGet();
    }

    Path logFile(ControllerId id, int number) {
        return settings.folder()
                .resolve("logs")
                .resolve(id.extension().value())
                .resolve(id.version().value())
                .resolve(id.name() + "-" + number + ".log");
    }

    /** The ends of the logs of a controller's replicas, those of ended ones among them, each below its name. */
    String log(ControllerId id, int mostBytes) throws IOException {
        var folder = logFile(id, 1).getParent();
        var text = new StringBuilder();
        try (var list = Files.list(folder)) {
            var files = list.filter(
                            file -> file.getFileName().toString().matches(Pattern.quote(id.name()) + "-\\d+\\.log"))
                    .sorted(Comparator.comparingLong(file -> file.toFile().lastModified()))
                    .toList();
            for (var file : files) {
                text.append("==> ")
                        .append(file.getFileName())
                        .append(" <==\n")
                        .append(ReplicaLog.tail(file, mostBytes));
            }
        } catch (NoSuchFileException e) {
            // Nothing was ever written.
        }
        return text.toString();
    }

    /** Deletes the logs of a replica of long ago, if there are some: each rotation of secrets makes new ones. */
    void forgetLog(ControllerId id, int number) {
        var file = logFile(id, number);
        try {
            Files.deleteIfExists(file);
            for (int i = 1; i < settings.logFiles(); i++) {
                Files.deleteIfExists(file.resolveSibling(file.getFileName() + "." + i));
            }
        } catch (IOException e) {
            LOG.warn("log={} is left behind: {}", file, e.toString());
        }
    }

    /** Deletes the oldest logs of an extension's versions that no longer run; the newest few stay for whoever asks why. */
    void forgetLogs(ExtensionName extension, Collection<ControllerId> running) {
        var folder = settings.folder().resolve("logs").resolve(extension.value());
        var kept = running.stream()
                .filter(id -> id.extension().equals(extension))
                .map(id -> id.version().value())
                .collect(Collectors.toSet());
        try (var list = Files.list(folder)) {
            var old = list.filter(
                            version -> !kept.contains(version.getFileName().toString()))
                    .sorted(Comparator.comparingLong(
                                    (Path version) -> version.toFile().lastModified())
                            .reversed())
                    .skip(LOGS_OF_ENDED_VERSIONS)
                    .toList();
            for (var version : old) {
                WorkFolder.delete(version);
            }
        } catch (NoSuchFileException e) {
            // Nothing was ever written.
        } catch (IOException e) {
            LOG.warn("folder={} old logs are left behind: {}", folder, e.toString());
        }
    }

    /** Gives a folder to the user that processes run as. */
    void own(Path folder) throws IOException {
        if (!settings.user().isEmpty()) {
            Files.setOwner(
                    folder,
                    folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(settings.user()));
        }
    }

    /** Starts a process from the one thread that lasts. */
    Process startProcess(ProcessBuilder builder) throws IOException, InterruptedException {
        try {
            return starter.submit(builder::start).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new IOException(String.valueOf(e.getCause()), e);
        }
    }

    @Override
    public void close() {
        starter.shutdown();
        probe.close();
    }
}
