package io.portolan.placement.plan;

import java.util.List;

/**
 * What a workload needs, as it is printed, sent and drawn. Immutable. Times are milliseconds; a value that does not exist is -1.
 *
 * @param name         of the workload
 * @param demandSource where the demand comes from
 * @param users        weight of all places together
 * @param recommended  the plan that is advised
 * @param lenses       one for each interaction, then one for the whole session where there are several
 * @param losses       what losing each region of the recommended plan costs, worst first
 * @param next         regions that would help most beside the base, best first
 * @param drop         regions of the base by what leaving each out costs, least first
 * @param base         what {@code next} and {@code drop} start from: today's regions, else the recommended ones
 * @param places       who is served from where under the recommended plan, most users first
 * @param regions      every candidate
 * @param explanation  the same in plain words
 * @param assumptions  what it rests on, for people
 */
public record Placement(
        String name,
        String demandSource,
        double users,
        Recommended recommended,
        List<Lens> lenses,
        List<Loss> losses,
        List<Change> next,
        List<Change> drop,
        List<String> base,
        List<Served> places,
        List<RegionBody> regions,
        List<String> explanation,
        List<String> assumptions) {
    /**
     * The advised plan.
     *
     * @param meetsTargets whether it keeps every target, also with any one region gone where that was asked for
     * @param reason       one sentence
     */
    public record Recommended(List<String> regions, double cost, boolean meetsTargets, String reason) {}

    /**
     * One interaction, or the whole session.
     *
     * @param p50Target -1 for none
     * @param p95Target -1 for none
     * @param needs     how many regions it needs by itself, -1 when no number looked at is enough
     * @param reason    why so many, one sentence
     * @param frontier  by number of regions
     * @param everywhere with every candidate region at once: no plan is better
     * @param greedy    regions in the order in which a greedy choice adds them, with what each reaches
     */
    public record Lens(
            String name,
            double p50Target,
            double p95Target,
            int needs,
            String reason,
            List<Step> frontier,
            Figures everywhere,
            List<GreedyStep> greedy) {}

    /** Mean and percentiles over the users. */
    public record Figures(double mean, double p50, double p95) {}

    /** Where 90 of 100 drawn worlds lie. */
    public record Band(double low, double high) {}

    /**
     * The best plans of a number of regions.
     *
     * @param regions   those with the least mean
     * @param meanGap   share by which another choice could have a lower mean at most; 0: proved to be the best
     * @param worstLoss what the loss of one region costs at most
     * @param meets     whether these or the regions of {@code byP95} keep the targets
     * @param byP95     the regions with the least p95
     */
    public record Step(
            int count,
            List<String> regions,
            Figures figures,
            double meanGap,
            Band meanBand,
            Band p95Band,
            double cost,
            Loss worstLoss,
            boolean meets,
            ByP95 byP95) {}

    /**
     * The best plan for the 95th percentile.
     *
     * @param gap share by which another choice could have a lower p95 at most; 0: proved to be the best
     */
    public record ByP95(List<String> regions, Figures figures, double gap) {}

    /** One step of the greedy choice. */
    public record GreedyStep(String region, Figures figures) {}

    /**
     * A region gone.
     *
     * @param affected share of the users that it served
     * @param added    mean of what it adds for these, -1 when nobody else may serve some of them
     * @param figures  of all users, after it; -1 likewise
     */
    public record Loss(String region, double affected, double added, Figures figures) {}

    /**
     * A region more or less.
     *
     * @param mean     change of the mean over all users, below 0 when it gets better
     * @param p95      change of the 95th percentile
     * @param affected share of the users for whom something changes
     * @param possible whether every rule still holds
     */
    public record Change(String region, double mean, double p95, double affected, double cost, boolean possible) {}

    /**
     * Users of a place.
     *
     * @param millis by interaction, in the order of the lenses
     * @param source of the round-trip time
     * @param backup region they would go to if theirs were gone, empty text for none
     */
    public record Served(
            String code,
            String label,
            double latitude,
            double longitude,
            double share,
            String region,
            double rttMillis,
            String source,
            List<Double> millis,
            String backup) {}

    /** A candidate. */
    public record RegionBody(String name, String displayName, double latitude, double longitude, double cost) {}
}
