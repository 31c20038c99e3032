package io.portolan.director;

/** Where queries are noted, if anybody wants them to be. Implementations are thread-safe and never wait. */
interface QueryLog {
    /** Notes nothing; the default. */
    QueryLog OFF = (exchange, bytes) -> {};

    /** Notes an answered query; {@code bytes} 0 stands for none sent. */
    void add(Exchange exchange, int bytes);
}
