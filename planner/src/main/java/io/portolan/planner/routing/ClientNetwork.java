package io.portolan.planner.routing;

/**
 * What is known of a client's network, bound to one {@link RegionTable}. Implementations are immutable, built before any query, and
 * allocate nothing when asked.
 *
 * <p>It gives a <em>total</em> order of all regions of its table, so that a subset never leaves an answer empty.
 */
public interface ClientNetwork {
    /** Whether anything is known; an unknown network has the declared order and no latency. */
    boolean known();

    /**
     * The region at a position of the order, best first; every number of the table stands at exactly one position.
     *
     * @param position 0 to the table's size less one
     */
    int regionAt(int position);

    /** Round-trip time to a region in milliseconds, not a number where none is known. */
    double rttMillis(int region);

    /** Layer and row that this figure comes from, such as {@code distance 359 km} or {@code region table westeurope}. */
    String source(int region);

    /** Prefix length within which the same holds for the address asked about (RFC 7871, SCOPE PREFIX-LENGTH). */
    int scopePrefix();

    /** The row that holds the network, such as {@code 81.2.69.0/24}; empty text where it is unknown. */
    String row();

    /** Two-letter code AF AN AS EU NA OC SA; empty text where it is unknown. */
    String continent();

    /** ISO 3166-1 alpha-2 code, upper case; empty text where it is unknown. */
    String country();

    /** Second part of the ISO 3166-2 code ({@code CA} of {@code US-CA}), upper case; empty text where it is unknown. */
    String subdivision();
}
