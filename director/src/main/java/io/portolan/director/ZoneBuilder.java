package io.portolan.director;

/** Makes what DNS answers come from out of a director's state. Immutable. */
final class ZoneBuilder {
    private final ZoneCompiler zone;
    private final ProfileSteering steering;

    /**
     * Makes everything but what depends on the serial.
     *
     * @throws IllegalArgumentException when a name or record of the revision cannot be used
     */
    ZoneBuilder(DirectorState state) {
        var environment = state.revision().environment();
        var answers = RouteAnswers.of(
                state.zone(), state.profiles(), environment.answerTtl().toSeconds());
        zone = new ZoneCompiler(environment, state.advertised(), answers.labels());
        steering = new ProfileSteering(answers, state.profiles(), state::network);
    }

    ZoneState withSerial(long serial) {
        return new ZoneState(zone.image(serial), steering);
    }
}
