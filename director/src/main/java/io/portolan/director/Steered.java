package io.portolan.director;

import io.portolan.planner.routing.Choice;
import java.util.Arrays;

/** What {@link ProfileSteering} chose for one client; reused from query to query. One thread at a time. */
final class Steered {
    /** What the planner chose; its numbers are turned into records below. */
    final Choice choice = new Choice();

    private final Answers[] endpoints = new Answers[Choice.MAX_ENDPOINTS];

    /** How many endpoints are answered. */
    int count;
    /** Whether the name does not exist for now (its profile is disabled). */
    boolean missing;
    /** Prefix length of the client's address that the choice depended on; 0 where it did not. */
    int scope;

    Steered() {
        Arrays.fill(endpoints, Answers.NONE);
    }

    void reset() {
        count = 0;
        missing = false;
        scope = 0;
    }

    void add(Answers endpoint) {
        endpoints[count++] = endpoint;
    }

    Answers endpoint(int position) {
        return endpoints[position];
    }

    /**
     * The records of one endpoint with the TTL of its route. Immutable.
     *
     * @param alias CNAME of a host outside; then the others are empty
     */
    record Answers(Rrset v4, Rrset v6, Rrset alias) {
        static final Answers NONE = new Answers(Rrset.NONE, Rrset.NONE, Rrset.NONE);

        /** What is answered to a question for this type; to ANY the first there is. */
        Rrset of(int type) {
            if (alias.count() > 0) {
                return alias;
            }
            if (type == Wire.TYPE_A || (type == Wire.TYPE_ANY && v4.count() > 0)) {
                return v4;
            }
            return type == Wire.TYPE_AAAA || type == Wire.TYPE_ANY ? v6 : Rrset.NONE;
        }
    }
}
