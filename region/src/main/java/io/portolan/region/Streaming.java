package io.portolan.region;

/** A connection or stream whose present request may have a body of any length, passed on as it comes. On its event loop. */
interface Streaming {
    /** The body of the present request is passed on: whoever does that has deadlines of its own. */
    void streams();
}
