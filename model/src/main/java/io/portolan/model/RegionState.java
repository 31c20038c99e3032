package io.portolan.model;

/** Life of a region, from its declaration to its retirement. */
public enum RegionState {
    DECLARED,
    PREFLIGHT,
    ENROLLING,
    SEEDING,
    WIRING,
    VERIFYING,
    DARK,
    CANARY,
    RAMPING,
    LIVE,
    HELD,
    DRAINING,
    RETIRING,
    RETIRED
}
