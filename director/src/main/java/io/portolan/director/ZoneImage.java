package io.portolan.director;

import java.util.Arrays;

/**
 * The names and fixed records of the zone as one revision has them, ready to be sent. Immutable.
 *
 * @param apex     the zone's own name, as bytes in lower case
 * @param names    everything in it
 * @param cuts     whether there are zones below it that others answer for
 * @param negative SOA with the TTL of negative answers
 */
record ZoneImage(byte[] apex, ZoneTable names, boolean cuts, Rrset negative) {
    /**
     * Bytes of the question's name before the zone's own, -1 where it is not in the zone.
     */
    int relativeBytes(WireQuery query) {
        int relative = query.nameBytes - apex.length;
        if (relative < 0 || !Arrays.equals(query.name, relative, query.nameBytes, apex, 0, apex.length)) {
            return -1;
        }
        // The bytes agree; so must the borders of the labels.
        int at = 0;
        while (at < relative) {
            at += query.name[at] + 1;
        }
        return at == relative ? relative : -1;
    }

    /** Where the highest delegation at or above the name starts in it, -1 for none. */
    int cutAt(WireQuery query, int relative) {
        if (!cuts) {
            return -1;
        }
        int found = -1;
        for (int at = 0; at < relative; at += query.name[at] + 1) {
            if (names.find(query.name, at, relative) instanceof ZoneNode.Cut) {
                found = at;
            }
        }
        return found;
    }

    /** What stands at the name from one of its bytes on. */
    ZoneNode find(WireQuery query, int from, int relative) {
        return names.find(query.name, from, relative);
    }
}
