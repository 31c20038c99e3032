package io.portolan.model;

/**
 * Position of a revision in the history of its environment; ordered by epoch, then number. Immutable.
 *
 * @param epoch  1 or more; rises only when the control plane's state was restored
 * @param number 1 or more; rises by one with each revision
 */
public record RevisionId(long epoch, long number) implements Comparable<RevisionId> {
    public RevisionId {
        if (epoch < 1 || number < 1) {
            throw new IllegalArgumentException("revision: " + epoch + "." + number + " (expected: both 1 or more)");
        }
    }

    @Override
    public int compareTo(RevisionId other) {
        return epoch != other.epoch ? Long.compare(epoch, other.epoch) : Long.compare(number, other.number);
    }

    /** Whether this one is newer than the other. */
    public boolean isAfter(RevisionId other) {
        return compareTo(other) > 0;
    }

    /** {@code epoch.number}, as {@code X-Portolan-Revision} shows it. */
    @Override
    public String toString() {
        return epoch + "." + number;
    }

    /** Reads {@link #toString()}. */
    public static RevisionId parse(String text) {
        int dot = text.indexOf('.');
        if (dot < 0) {
            throw new IllegalArgumentException("revision: " + text + " (expected: epoch.number)");
        }
        return new RevisionId(Long.parseLong(text.substring(0, dot)), Long.parseLong(text.substring(dot + 1)));
    }
}
