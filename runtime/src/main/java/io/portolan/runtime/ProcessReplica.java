package io.portolan.runtime;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One replica of a controller for as long as it is wanted: a process, and the next one when that ends. Thread-safe; a virtual thread of
 * its own starts, watches and ends it.
 *
 * <p>A replica is shown as ready only between a good health check and the first of: the end of its process, too many bad checks, the
 * wish to retire it. Retired, it takes no new calls, waits for those in progress within the drain time and for sockets to close after it,
 * and ends.
 */
final class ProcessReplica {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessReplica.class);
    private static final Duration LOOK_AT_CALLS_EVERY = Duration.ofMillis(100);
    private static final Duration GRACE_OF_UNHEALTHY = Duration.ofSeconds(2);
    /** From the moment that no new calls are to come to the first look whether there are any: one may just have chosen this replica. */
    private static final Duration NOTICE = Duration.ofMillis(250);

    /**
     * From the end of the drain to the end of the process, while calls are open: sockets are told (1001) by whoever passes them on, who
     * looks at each once a second and gives both sides a second to close. With the process ended before, they would break (1006).
     */
    private static final Duration SOCKETS_CLOSE = Duration.ofSeconds(3);

    private static final Duration LOOK_EARLY_EVERY = Duration.ofMillis(100);

    /** Replicas before the present ones whose logs are kept. */
    private static final int LOGS_OF_ENDED_REPLICAS = 8;

    private final ControllerInstance instance;
    private final int number;
    private final ProcessHost host;
    private final Runnable changed;
    private final ReplicaLog log;
    /** Its own thread's. */
    private final BackOff backOff;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition signal = lock.newCondition();

    private volatile Health health;
    private volatile boolean retiring;
    private volatile boolean hurried;
    private volatile Duration drain = Duration.ZERO;
    private volatile Map<String, String> secrets = Map.of();
    /** When the present process got ready; its own thread's. */
    private @Nullable Instant readySince;

    /** Secrets changed or came: what waits for them looks again. */
    private volatile boolean look;

    /** Why a process is to end; one that is frozen is not asked to. */
    private record Ending(String why, boolean frozen) {}

    /** What a replica is in. */
    enum Phase {
        STARTING,
        READY,
        /** Was ready or had its time to get so; is tried again. */
        FAILING,
        CRASH_LOOP,
        /** Something that it needs is not here. */
        WAITING,
        /** Takes no new calls, and ends when those in progress have. */
        ENDING,
        ENDED
    }

    /**
     * How a replica is. Immutable.
     *
     * @param ready  where it takes calls, while it does
     * @param reason why it does not, empty text for none
     */
    record Health(Phase phase, @Nullable Replica ready, String reason, int failures, long restarts) {
        Health to(Phase next, String why) {
            return new Health(next, null, why, failures, restarts);
        }
    }

    ProcessReplica(ControllerInstance instance, int number, ProcessHost host, Runnable changed) {
        this.instance = instance;
        this.number = number;
        this.host = host;
        this.changed = changed;
        this.health = new Health(Phase.STARTING, null, "", 0, 0);
        this.backOff = new BackOff(host.settings(), ThreadLocalRandom.current()::nextDouble);
        this.log = new ReplicaLog(
                host.logFile(instance.id(), number),
                host.settings().logBytes(),
                host.settings().logFiles(),
                host.clock());
    }

    /** Begins; once. */
    void start() {
        Threads.start("controller-" + instance.id().name() + "-" + number, this::run);
    }

    ControllerInstance instance() {
        return instance;
    }

    Health health() {
        return health;
    }

    /** Whether secrets differ from those that the process was started with; not before there is one. */
    boolean isOutdated(Map<String, String> now) {
        return health.phase() == Phase.READY && !secrets.equals(now);
    }

    /** Looks again at once for what it waits for. */
    void lookAgain() {
        look = true;
        wake();
    }

    /** Takes no new calls from now on, ends when those in progress have ended or the time is over and sockets had theirs to close. */
    void retire(Duration longest) {
        drain = longest;
        retiring = true;
        var now = health;
        if (now.ready() != null) {
            // At once, not when its own thread comes to it: whoever looks next must not find it.
            become(now.to(Phase.ENDING, ""));
        }
        wake();
    }

    /** Ends without waiting for calls. */
    void hurry() {
        retiring = true;
        hurried = true;
        wake();
    }

    private void wake() {
        lock.lock();
        try {
            signal.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        host.forgetLog(instance.id(), number - instance.spec().replicas().min() - LOGS_OF_ENDED_REPLICAS);
        try {
            while (!retiring) {
                runOnce();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            try {
                log.close();
                host.work().remove(instance.id(), number);
            } catch (IOException e) {
                LOG.warn("controller={} folder of replica {} is left behind: {}", instance.id(), number, e.toString());
            }
            become(health.to(Phase.ENDED, ""));
        }
    }

    /** One process, from its preparation to its end, and the pause after it. */
    private void runOnce() throws InterruptedException {
        Environment environment;
        try {
            look = false;
            environment = Environment.resolve(instance, host.secrets());
        } catch (Environment.Missing e) {
            become(health.to(Phase.WAITING, String.valueOf(e.getMessage())));
            // Without a limit: it is looked at again when secrets are.
            pause(Duration.ofHours(1));
            return;
        }
        var begun = host.clock().instant();
        String problem;
        try {
            problem = runProcess(environment);
        } catch (IOException | RuntimeException e) {
            // Whose words these are is not known: some name the values that they were given.
            problem = Redaction.of(environment.secrets()).apply("cannot be started: " + e.getMessage());
        }
        if (retiring) {
            return;
        }
        var readyFor = readySince == null
                ? Duration.ZERO
                : Duration.between(readySince, host.clock().instant());
        readySince = null;
        var pause = backOff.failed(readyFor);
        int failures = backOff.failures();
        boolean loops = backOff.loops();
        var next = host.clock().instant().plus(pause).truncatedTo(ChronoUnit.MILLIS);
        var why = problem + (failures > 1 ? "; failure " + failures + " in a row" : "") + "; started again at " + next
                + ", after a pause of "
                + pause.truncatedTo(ChronoUnit.MILLIS).toString().substring(2).toLowerCase(Locale.ROOT);
        log.say("portolan: " + why + " (began " + begun + ")");
        LOG.warn("controller={} replica={} {} failures={}", instance.id(), number, problem, failures);
        become(new Health(loops ? Phase.CRASH_LOOP : Phase.FAILING, null, why, failures, health.restarts() + 1));
        pause(pause);
    }

    /** Runs one process; answers why it is no more. */
    private String runProcess(Environment environment) throws IOException, InterruptedException {
        var folder = host.work().prepare(instance, number);
        host.own(folder.resolve("tmp"));
        var replicaId = host.nextReplicaId(instance.id());
        int port = ReplicaPorts.take(host.address());
        try {
            return runProcess(environment, folder, replicaId, port);
        } finally {
            ReplicaPorts.giveBack(port);
        }
    }

    private String runProcess(Environment environment, Path folder, String replicaId, int port)
            throws IOException, InterruptedException {
        var group = host.groups()
                .create(replicaId.replace('/', '_'), instance.spec().resources());
        try {
            return runProcess(environment, folder, replicaId, port, group);
        } finally {
            group.ifPresent(host.groups()::remove);
        }
    }

    private String runProcess(Environment environment, Path folder, String replicaId, int port, Optional<Path> group)
            throws IOException, InterruptedException {
        var app = folder.resolve("app");
        var builder = new ProcessBuilder(host.command().words(instance, app, port, group))
                .directory(app.toFile())
                .redirectErrorStream(true);
        builder.environment().clear();
        builder.environment()
                .putAll(host.command()
                        .variables(instance, replicaId, folder, host.address().getHostAddress(), port, environment));
        secrets = environment.secrets();
        var redaction = Redaction.of(environment.secrets());
        var process = host.startProcess(builder);
        var ending = new Ending("", false);
        Thread writer = null;
        try {
            // From here on it ends whatever fails, were it a full disk: nobody else would look at it or end it.
            writer = Threads.start("controller-log-" + number, () -> log.copy(process.getInputStream(), redaction));
            var unused = process.onExit().thenRun(this::wake);
            host.running().add(process.toHandle());
            ending = watch(process, replicaId, port);
        } finally {
            end(process, replicaId, ending.frozen());
            host.running().remove(process.pid());
            if (writer != null) {
                writer.join(Duration.ofSeconds(5));
            }
        }
        return ending.why();
    }

    /** Watches a process until it is to end; answers why. */
    private Ending watch(Process process, String replicaId, int port) throws InterruptedException {
        var check = instance.spec().health();
        var address = new InetSocketAddress(host.address(), port);
        var url = URI.create("http://" + host.address().getHostAddress() + ":" + port + check.path());
        var startedAt = host.clock().instant();
        var watch = new HealthWatch(check, () -> cpu(process));
        while (!retiring) {
            if (!process.isAlive()) {
                return new Ending("ended with exit code " + process.exitValue(), false);
            }
            boolean ready = health.ready() != null;
            var limit = watch.timeout(ready && host.calls().of(replicaId) > 0);
            var begun = host.clock().instant();
            var answer = host.probe().ask(url, limit);
            if (retiring || !process.isAlive()) {
                continue;
            }
            if (ready) {
                var verdict = watch.looked(answer, limit, begun, host.clock().instant());
                if (verdict != HealthWatch.Verdict.STAYS) {
                    boolean frozen = verdict == HealthWatch.Verdict.FROZEN;
                    return new Ending(
                            answer.problem() + ", " + watch.bad() + " times in a row"
                                    + (frozen ? ", and uses no processor time" : ""),
                            frozen);
                }
            } else if (answer.isGood()) {
                ready(new Replica(replicaId, address, false, host.clock().instant()));
            } else if (Duration.between(startedAt, host.clock().instant()).compareTo(check.startup()) > 0) {
                return new Ending("is not ready after " + check.startup() + ": " + answer.problem(), false);
            }
            if (health.ready() == null) {
                // Looked at more often: somebody waits for it.
                pauseUnlessEnded(process, Times.least(LOOK_EARLY_EVERY, check.every()));
            } else {
                pauseBetweenLooks(process, replicaId, watch);
            }
        }
        return new Ending("is no longer wanted", false);
    }

    /** Processor time that a process has used and those that it started and that still run; empty where nobody tells. */
    private static Optional<Duration> cpu(Process process) {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .flatMap(each -> each.info().totalCpuDuration().stream())
                .reduce(Duration::plus);
    }

    /** Waits until it is to be looked at again; a call that comes meanwhile makes that sooner. */
    private void pauseBetweenLooks(Process process, String replicaId, HealthWatch watch) throws InterruptedException {
        var waited = Duration.ZERO;
        var left = watch.pause(host.calls().of(replicaId) > 0);
        while (left.isPositive() && !retiring && process.isAlive()) {
            var slice = Times.least(left, HealthWatch.LOOK_EVERY);
            pauseUnlessEnded(process, slice);
            waited = waited.plus(slice);
            left = watch.pause(host.calls().of(replicaId) > 0).minus(waited);
        }
    }

    private void ready(Replica replica) {
        readySince = replica.readySince();
        var now = health;
        become(new Health(Phase.READY, replica, "", now.failures(), now.restarts()));
        if (retiring) {
            become(health.to(Phase.ENDING, ""));
        }
        LOG.info("controller={} replica={} ready at {}", instance.id(), replica.id(), replica.address());
    }

    /** Waits for calls in progress where it retires, then asks the process to end, then ends it. */
    private void end(Process process, String replicaId, boolean frozen) throws InterruptedException {
        if (health.ready() != null) {
            become(health.to(Phase.ENDING, ""));
        }
        var until = host.clock().instant().plus(drain).plus(SOCKETS_CLOSE);
        if (retiring && readySince != null) {
            await(Times.least(drain, NOTICE));
        }
        while (retiring
                && !hurried
                && process.isAlive()
                && host.calls().of(replicaId) > 0
                && host.clock().instant().isBefore(until)) {
            await(LOOK_AT_CALLS_EVERY);
        }
        var below = process.descendants().toList();
        if (frozen) {
            // It hears nothing, and calls wait for it.
            process.destroyForcibly();
        } else {
            process.destroy();
        }
        closeInput(process);
        // One that does not answer is not likely to end well: the next one is not to wait for it.
        var grace =
                retiring ? host.settings().grace() : Times.least(host.settings().grace(), GRACE_OF_UNHEALTHY);
        try {
            if (!process.waitFor(grace.toMillis(), TimeUnit.MILLISECONDS)) {
                below = process.descendants().toList();
                process.destroyForcibly();
                process.onExit().get(host.settings().grace().toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (ExecutionException | java.util.concurrent.TimeoutException e) {
            LOG.error("controller={} replica={} pid={} does not end", instance.id(), replicaId, process.pid());
        }
        // What it started itself ends with it.
        below.forEach(ProcessHandle::destroyForcibly);
    }

    private static void closeInput(Process process) {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // It has ended.
        }
    }

    private void become(Health next) {
        if (health.phase() == Phase.ENDED) {
            return;
        }
        health = next;
        changed.run();
    }

    /** Waits, but not for longer than it is wanted, or until it is to look again. */
    private void pause(Duration longest) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = longest.toNanos();
            while (left > 0 && !retiring && !look) {
                left = signal.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private void pauseUnlessEnded(Process process, Duration longest) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = longest.toNanos();
            while (left > 0 && !retiring && process.isAlive()) {
                left = signal.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private void await(Duration longest) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = longest.toNanos();
            while (left > 0 && !hurried) {
                left = signal.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }
}
