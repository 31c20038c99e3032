package io.portolan.planner.routing;

/**
 * Who is told of the steps of one decision. Answering uses {@link #NONE}, explaining records: both run the same code.
 */
interface Trace {
    /** Told nothing. */
    Trace NONE = new Trace() {
        @Override
        public void passed(ProfileNode node, int entry, Why why) {}

        @Override
        public void took(ProfileNode node, int entry, Why why) {}

        @Override
        public void empty(ProfileNode node, Why why) {}
    };

    /** An endpoint was passed over. */
    void passed(ProfileNode node, int entry, Why why);

    /** An endpoint was taken. */
    void took(ProfileNode node, int entry, Why why);

    /** The profile has no answer. */
    void empty(ProfileNode node, Why why);

    /** Reasons, as they stand in explanations. */
    enum Why {
        DISABLED("is switched off"),
        STOPPED("takes no clients"),
        DEGRADED("is down"),
        OTHER_FAMILY("has no address of the type asked for"),
        SHARE("takes only a share of its clients at present, and this one is not in it"),
        OTHER_OF_REGION("shares its clients with others at the same place, and this one is not among them"),
        OTHER_VERSION("runs another version than the region that is down, and a region hardly slower runs the same"),
        NEAREST("has the lowest latency"),
        SAME_VERSION("is hardly slower than the next region and runs the version of the one that is down"),
        DECLARED_ORDER("comes first in the declared order"),
        PRIORITY("comes first by priority"),
        DRAWN("was drawn by weight"),
        ONE_OF_MANY("is one of those answered together"),
        GEO_SUBDIVISION("is mapped to the client's subdivision"),
        GEO_COUNTRY("is mapped to the client's country"),
        GEO_CONTINENT("is mapped to the client's continent"),
        GEO_WORLD("is mapped to the whole world"),
        NO_GEO("no endpoint is mapped to where the client is"),
        RANGE("has the client's address in its ranges"),
        FALLBACK("is the fallback for addresses in no range of a healthy endpoint"),
        TURNED("is in force for this client already"),
        NOT_YET_TURNED("is still in force for this client"),
        NO_RANGE("the client's address is in no range of a healthy endpoint, and there is no fallback"),
        NONE_ELIGIBLE("every endpoint is switched off or takes no clients");

        private final String text;

        Why(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }
}
