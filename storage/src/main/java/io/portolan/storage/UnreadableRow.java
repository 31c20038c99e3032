package io.portolan.storage;

/** A row of the log that does not even have the form of one. */
public final class UnreadableRow extends RuntimeException {
    private final LogChain.Broken broken;

    UnreadableRow(long id, RuntimeException cause) {
        super("reading log row " + id, cause);
        this.broken = new LogChain.Broken(id, "log row " + id + ": " + cause.getMessage());
    }

    public LogChain.Broken broken() {
        return broken;
    }
}
