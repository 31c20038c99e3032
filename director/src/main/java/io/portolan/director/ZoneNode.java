package io.portolan.director;

import java.util.List;

/** What stands at a name of the zone. Immutable. */
sealed interface ZoneNode {
    /** The name does not exist: NXDOMAIN. */
    ZoneNode MISSING = new Missing();

    /** A name of another zone: whoever asks has to go on there. */
    ZoneNode OUTSIDE = new Outside();

    /** See {@link #MISSING}. */
    record Missing() implements ZoneNode {}

    /** See {@link #OUTSIDE}. */
    record Outside() implements ZoneNode {}

    /**
     * Records that are the same for every client; none where only names below exist.
     *
     * @param sets one a type
     */
    record Fixed(List<Rrset> sets) implements ZoneNode {
        public Fixed {
            sets = List.copyOf(sets);
        }

        /** The records of a type; to ANY the first ones (RFC 8482, 4.1). */
        Rrset of(int type) {
            // By index: an iterator would be an object for every answer.
            for (int i = 0; i < sets.size(); i++) {
                if (sets.get(i).type() == type || type == Wire.TYPE_ANY) {
                    return sets.get(i);
                }
            }
            return Rrset.NONE;
        }
    }

    /**
     * The zone's own name servers' records, and where their addresses are.
     *
     * @param fixed what stands at the zone's name, NS among it
     * @param glue  addresses of each name server within the zone, by place in the NS records; empty ones for others
     */
    record Apex(Fixed fixed, List<Glue> glue) implements ZoneNode {
        public Apex {
            glue = List.copyOf(glue);
        }
    }

    /**
     * Another name for a name.
     *
     * @param target what stands there; {@link #OUTSIDE} where it is not ours to follow
     */
    record Alias(Rrset cname, ZoneNode target) implements ZoneNode {}

    /** A zone below this one that others answer for: a referral. */
    record Cut(Rrset servers, List<Glue> glue) implements ZoneNode {
        public Cut {
            glue = List.copyOf(glue);
        }
    }

    /**
     * A route of an extension: the answer depends on the client.
     *
     * @param number of the route, see {@link RouteAnswers}
     */
    record Routed(int number) implements ZoneNode {}

    /** Addresses of one name server. */
    record Glue(Rrset v4, Rrset v6) {
        static final Glue NONE = new Glue(Rrset.NONE, Rrset.NONE);
    }
}
