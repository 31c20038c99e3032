package io.portolan.region;

import io.portolan.model.document.RegionDocument;
import io.portolan.region.metrics.Series;
import java.io.IOException;
import java.util.Optional;

/** Metrics of a node as a whole, in the text format of Prometheus. Stateless. */
final class NodeSeries {
    private NodeSeries() {}

    /** Adds the series that are the node's own. */
    static void write(
            StringBuilder text,
            RequestCounters counters,
            Optional<ServingState> state,
            NodeBlobs blobs,
            boolean ready) {
        text.append("# HELP portolan_node_responses_total Answers by class of their status.\n");
        text.append("# TYPE portolan_node_responses_total counter\n");
        for (int statusClass = 2; statusClass <= 5; statusClass++) {
            text.append("portolan_node_responses_total{status=\"")
                    .append(statusClass)
                    .append("xx\"} ")
                    .append(counters.of(statusClass))
                    .append('\n');
        }
        Series.single(
                text,
                "revision_number",
                "gauge",
                "Number of the revision in use, 0 before the first.",
                state.map(s -> s.revision().header().number()).orElse(0L));
        Series.single(text, "blobs_fetched_total", "counter", "Blobs fetched since start.", blobs.fetchedCount());
        Series.single(
                text,
                "blobs_damaged_total",
                "counter",
                "Blobs found damaged on disk since start.",
                blobs.damagedCount());
        Series.single(
                text,
                "blobs_hashed_total",
                "counter",
                "Blobs read in whole and compared with their hash since start.",
                blobs.hashedCount());
        Series.single(
                text,
                "fetches_refused_disk_total",
                "counter",
                "Fetches refused because the disk reserve would be used up.",
                blobs.refusedCount());
        Series.single(
                text,
                "disk_reserve_bytes",
                "gauge",
                "Bytes of the disk that content leaves free.",
                blobs.reserve().reserveBytes());
        Series.single(
                text, "disk_free_bytes", "gauge", "Free bytes of the disk, -1 where it does not tell.", free(blobs));
        Series.single(
                text,
                "versions_lacking",
                "gauge",
                "Versions to hold that are not fully held.",
                state.map(s -> (long) s.lacking().size()).orElse(0L));
        Series.single(
                text,
                "resource_api_leaves_region",
                "gauge",
                "Whether calls of this region's users to the resource API leave it; browsers make them, so none is counted.",
                state.map(s -> s.revision().regions().get(s.region()))
                        .filter(RegionDocument::callsLeave)
                        .map(leaves -> 1L)
                        .orElse(0L));
        Series.single(text, "memory_blobs_bytes", "gauge", "Bytes of small blobs held in memory.", blobs.memoryBytes());
        Series.single(text, "ready", "gauge", "Whether the node is to get requests.", ready ? 1 : 0);
    }

    private static long free(NodeBlobs blobs) {
        try {
            return blobs.reserve().freeBytes();
        } catch (IOException e) {
            return -1;
        }
    }
}
