package io.portolan.testkit;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The present fault of a proxy, and the waiting that it causes; a change of the fault ends all waiting. Thread-safe. */
final class FaultGate {
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    @GuardedBy("lock")
    private Fault fault = new Fault.Pass();

    @GuardedBy("lock")
    private boolean closed;

    /** When the throttled link has sent all that was let through. */
    @GuardedBy("lock")
    private Instant idleFrom = Instant.MIN;

    FaultGate(InstantSource clock) {
        this.clock = clock;
    }

    void set(Fault next) {
        lock.lock();
        try {
            fault = next;
            idleFrom = Instant.MIN;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The fault in force. */
    Fault fault() {
        lock.lock();
        try {
            return fault;
        } finally {
            lock.unlock();
        }
    }

    /** Waits while the proxy hangs; returns the fault in force then. */
    Fault pass() throws IOException, InterruptedException {
        lock.lock();
        try {
            while (fault instanceof Fault.Hang && !closed) {
                changed.await();
            }
            if (closed) {
                throw new IOException("the proxy is closed");
            }
            return fault;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until another fault is in force. */
    void awaitOther(Fault present) throws InterruptedException {
        lock.lock();
        try {
            while (fault == present && !closed) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the throttled link has carried the bytes. */
    void pace(Fault.Throttle throttle, int bytes) throws InterruptedException {
        lock.lock();
        try {
            var now = clock.instant();
            var start = idleFrom.isAfter(now) ? idleFrom : now;
            var done = start.plusNanos(bytes * 1_000_000_000L / throttle.bytesPerSecond());
            idleFrom = done;
            while (fault.equals(throttle) && !closed && clock.instant().isBefore(done)) {
                changed.awaitNanos(Duration.between(clock.instant(), done).toNanos());
            }
        } finally {
            lock.unlock();
        }
    }
}
