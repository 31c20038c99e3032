package io.portolan.placement.plan;

import io.portolan.model.access.AccessSummary.Asked;
import io.portolan.placement.workload.Interaction;
import java.util.List;

/**
 * What the records say of one view: how many calls, how much content. Immutable.
 *
 * @param views        pages that were opened, at least 1
 * @param calls        answers of controllers
 * @param assets       pieces of content
 * @param bytesDown    of all answers
 * @param serverMillis mean time of the node for an answer
 */
public record Usage(long views, long calls, long assets, long bytesDown, double serverMillis) {
    /** Browsers ask one origin for so much at a time. */
    private static final int PARALLELISM = 6;

    /** Share of the content that a CDN answers once it is there. */
    static final double CDN_SHARE = 0.95;

    private static final int LONGEST = 100_000;

    /** Sums up what was asked. */
    public static Usage of(List<Asked> asked) {
        long timed = Math.max(1, asked.stream().mapToLong(Asked::timed).sum());
        return new Usage(
                Math.max(1, asked.stream().mapToLong(Asked::pages).sum()),
                asked.stream().mapToLong(Asked::calls).sum(),
                asked.stream().mapToLong(Asked::assets).sum(),
                asked.stream().mapToLong(Asked::bytesDown).sum(),
                asked.stream().mapToLong(Asked::serverMicros).sum() / 1000.0 / timed);
    }

    /** A view: the page, its content, its calls. */
    List<Interaction> interactions(double cdnShare) {
        double perView = (double) bytesDown / views;
        double answers = Math.max(1, views + calls + assets);
        double callBytes = bytesDown / answers;
        var content = interaction(
                "page and content",
                1,
                (int) Math.min(LONGEST, Math.ceil((double) assets / views)),
                perView * (views + assets) / answers / Math.max(1, 1 + (double) assets / views),
                cdnShare,
                true);
        int perViewCalls = (int) Math.min(LONGEST, Math.ceil((double) calls / views));
        return perViewCalls == 0
                ? List.of(content)
                : List.of(content, interaction("calls", 0, perViewCalls, callBytes, 0, false));
    }

    private Interaction interaction(
            String name, int serial, int parallel, double bytes, double cdnShare, boolean newConnection) {
        return new Interaction(
                name,
                1,
                serial,
                parallel,
                PARALLELISM,
                500,
                bytes,
                0,
                0,
                cdnShare,
                serverMillis,
                newConnection,
                Double.POSITIVE_INFINITY,
                Double.POSITIVE_INFINITY);
    }
}
