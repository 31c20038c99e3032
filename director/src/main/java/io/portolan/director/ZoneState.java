package io.portolan.director;

/**
 * What DNS answers come from: the names and records of one revision, and where clients are sent with the health of now. Immutable;
 * replaced as a whole, so that no answer mixes two.
 */
record ZoneState(ZoneImage zone, ProfileSteering steering) {
    /** The same names and records with what another state of the same revision says of health. */
    ZoneState with(DirectorState state) {
        return new ZoneState(zone, steering.with(state.profiles(), state::network));
    }
}
