package io.portolan.model.controller;

/** What a controller is, and so which runtime can run it. */
public enum ControllerKind {
    /** Files of the package, started as a process. */
    PROCESS,
    /** An image, by digest, run by an engine for containers. */
    CONTAINER,
    /** Something deployed elsewhere, whose address in each region is known: watched and routed to, never started. */
    EXTERNAL
}
