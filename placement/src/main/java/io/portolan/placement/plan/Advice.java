package io.portolan.placement.plan;

import java.util.List;

/**
 * What the records of a running extension say about its placement. Immutable. Times are milliseconds, shares 0 to 1.
 *
 * @param extension        its name
 * @param source           what was read
 * @param requests         how many
 * @param unlocated        share of them whose clients the location source does not know: they are left out of everything else
 * @param regions          where it is served today
 * @param thresholdMillis  what counts as too much for one round trip
 * @param extraMean        what its placement costs a user in each round trip, against being in every candidate region
 * @param affected         share of the users whom it costs more than the threshold
 * @param verdict          one sentence
 * @param add              regions that would help most, best first; changes are of a view, as recorded
 * @param leaveOut         regions that it could do without, the least needed first
 * @param cdn              how many regions are enough if a CDN gives the static content
 * @param networks         where the users are and what they get, most requests first
 * @param explanation      the same in plain words
 */
public record Advice(
        String extension,
        String source,
        long requests,
        double unlocated,
        List<String> regions,
        double thresholdMillis,
        double extraMean,
        double affected,
        String verdict,
        List<Placement.Change> add,
        List<Placement.Change> leaveOut,
        Cdn cdn,
        List<Users> networks,
        List<String> explanation) {
    /**
     * A CDN and k regions.
     *
     * @param regions the fewest with which a view takes no longer than today, empty when even all of today's are not enough
     * @param today   mean of a view today
     * @param then    mean of a view with the CDN and these regions, -1 for none
     */
    public record Cdn(List<String> regions, double today, double then) {}

    /**
     * Users of a place.
     *
     * @param region   that is nearest of those it is served in today
     * @param best     nearest of all candidates
     * @param extra    what the difference is in a round trip
     */
    public record Users(String place, double share, String region, double rttMillis, String best, double extra) {}
}
