package io.portolan.planner.bringup;

import io.portolan.model.RegionName;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a region on its way when its next step is decided. Immutable.
 *
 * @param node         how far its node is
 * @param preflight    what was looked at before it may enrol
 * @param inventory    what it should have, and how far that is
 * @param wiring       what watches over it
 * @param verification what its pages and assets were compared with
 * @param vantage      who sees it good from elsewhere
 * @param health       how it does beside its neighbours
 * @param closed       why the calendar stands against giving it users, empty text for nothing
 * @param ramping      other regions that get their users now
 * @param traffic      what it still answers, for one that leaves
 */
public record Sight(
        Node node,
        List<Check> preflight,
        Inventory inventory,
        List<Check> wiring,
        List<Check> verification,
        Vantage vantage,
        Health health,
        String closed,
        List<RegionName> ramping,
        Traffic traffic) {
    public Sight {
        Objects.requireNonNull(node, "node");
        preflight = List.copyOf(preflight);
        Objects.requireNonNull(inventory, "inventory");
        wiring = List.copyOf(wiring);
        verification = List.copyOf(verification);
        Objects.requireNonNull(vantage, "vantage");
        Objects.requireNonNull(health, "health");
        Objects.requireNonNull(closed, "closed");
        ramping = List.copyOf(ramping);
        Objects.requireNonNull(traffic, "traffic");
    }

    /** Of a region that nothing is to be found out about: it waits for a person, or for nothing. */
    public static Sight none(Instant now) {
        return new Sight(
                Node.NONE,
                List.of(),
                new Inventory.Known(List.of(), now),
                List.of(),
                List.of(),
                new Vantage(0, 0, ""),
                new Health(Health.Verdict.UNKNOWN, ""),
                "",
                List.of(),
                new Traffic(false, 0));
    }

    /** How far a region's node is. */
    public enum Node {
        NONE,
        /** It brought a token and facts about itself, and waits. */
        ASKED,
        /** Its key is known: it follows revisions and reports. */
        ENROLLED
    }

    /** What a region should have. */
    public sealed interface Inventory {
        /** All extensions whose placement takes the region in; {@code progressAt}: when content last came. */
        record Known(List<Cell> cells, Instant progressAt) implements Inventory {
            public Known {
                cells = List.copyOf(cells);
            }
        }

        /** It could not be read: nothing is concluded from it. */
        record Unknown(String why) implements Inventory {}
    }

    /**
     * Who sees it.
     *
     * @param good   places whose last probe of every extension was good
     * @param places places that could look
     * @param fault  what one saw otherwise, empty text for nothing
     * @param since  since when it was seen good from nowhere near enough places, as far as is remembered; null where it is, or where
     *               nobody looked yet
     */
    public record Vantage(
            int good, int places, String fault, @Nullable Instant since) {
        /** Nothing is remembered of before. */
        public Vantage(int good, int places, String fault) {
            this(good, places, fault, null);
        }

        /** The same, wrong since a time; null for not at all. */
        public Vantage wrongSince(@Nullable Instant time) {
            return new Vantage(good, places, fault, time);
        }

        /** Places that must see it good. */
        public int needed(BringUpPlan plan) {
            return Math.max(1, Math.min(Math.max(BringUpPlanner.LEAST_PLACES, plan.vantagePoints()), places));
        }

        /** Whether enough places see it good, and none a fault. */
        public boolean isGood(BringUpPlan plan) {
            return good >= needed(plan) && fault.isEmpty();
        }
    }

    /** How it does. */
    public record Health(Verdict verdict, String text) {
        /** Compared with the regions around it. */
        public enum Verdict {
            GOOD,
            WORSE,
            /** Too little is known: never a pass. */
            UNKNOWN
        }
    }

    /**
     * What it still answers.
     *
     * @param known whether that could be read
     * @param share of all requests of the environment, 0 to 1
     */
    public record Traffic(boolean known, double share) {}
}
