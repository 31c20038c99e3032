package io.portolan.control;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * Where the time of one rollout went, read from the rows of the log and from what the first region's replica applied when.
 *
 * <p>Immutable.
 *
 * @param rollout its id
 * @param answered milliseconds from the request to its answer
 * @param first   milliseconds from the request to the last acknowledgement of the first stage that has a region, empty if it has not come
 * @param parts   the same in parts that follow each other, by name, in order
 * @param last    milliseconds from the switch of the last stage to its last acknowledgement, empty if it has not come
 */
record BenchSample(String rollout, long answered, Optional<Long> first, Map<String, Long> parts, Optional<Long> last) {
    /** So many rows of the log are looked at. */
    private static final int ROWS = 400;

    BenchSample {
        parts = new LinkedHashMap<>(parts);
    }

    /**
     * Reads a sample.
     *
     * @param began    when the request was sent
     * @param answered when it was answered
     */
    static BenchSample of(BenchFleet fleet, String rollout, Instant began, Instant answered)
            throws IOException, InterruptedException {
        long rows = fleet.get("/v1/log/verify").at("/rows").asLong();
        var reading = new Reading(fleet, rollout, began);
        for (var row : fleet.get("/v1/log?after=" + Math.max(0, rows - ROWS) + "&limit=" + ROWS)
                .at("/items")) {
            reading.take(row);
        }
        return new BenchSample(
                rollout,
                Duration.between(began, answered).toMillis(),
                Optional.ofNullable(reading.first),
                reading.parts,
                Optional.ofNullable(reading.last));
    }

    /** The parts in words. */
    String text() {
        return rollout + ": " + first.orElse(-1L) + " ms = "
                + parts.entrySet().stream()
                        .map(part -> part.getKey() + " " + part.getValue())
                        .collect(Collectors.joining(" + "))
                + " (the request was answered after " + answered + ")";
    }

    /** What has been read so far. One thread at a time. */
    private static final class Reading {
        private final BenchFleet fleet;
        private final String rollout;
        private final Map<String, Long> parts = new LinkedHashMap<>();
        private Instant at;
        private boolean started;
        private Optional<Instant> unpublished = Optional.empty();
        private Optional<Instant> switched = Optional.empty();
        private @org.jspecify.annotations.Nullable Long first;
        private @org.jspecify.annotations.Nullable Long last;

        Reading(BenchFleet fleet, String rollout, Instant began) {
            this.fleet = fleet;
            this.rollout = rollout;
            this.at = began;
        }

        private void part(String name, Instant until) {
            parts.merge(name, Duration.between(at, until).toMillis(), Long::sum);
            at = until;
        }

        void take(JsonNode row) {
            var time = Instant.parse(row.at("/at").asString());
            if (row.at("/subject").asString().equals("environment/prod") && unpublished.isPresent() && first == null) {
                revision(time, row.at("/data/number").asLong());
            }
            if (row.at("/subject").asString().equals("rollout/" + rollout)) {
                step(
                        time,
                        row.at("/data/step").asString(""),
                        row.at("/data/after/stages/stage5").asString(""));
            }
        }

        /** The first revision after a step is the one that tells of it. */
        private void revision(Instant time, long number) {
            part("compile, seal, write", time);
            fleet.firstApplied(number).ifPresent(applied -> part("notify, fetch, keep", applied));
            unpublished = Optional.empty();
        }

        private void step(Instant time, String step, String lastStage) {
            switch (step) {
                case "STARTED" -> {
                    part("validate, plan", time);
                    unpublished = Optional.of(time);
                    started = true;
                }
                case "SWITCHED" -> {
                    if (started && first == null) {
                        part("held, decide", time);
                        unpublished = Optional.of(time);
                    }
                    switched = Optional.of(time);
                }
                case "CONVERGED" -> {
                    if (first == null) {
                        part("acknowledge, decide", time);
                        first = parts.values().stream()
                                .mapToLong(Long::longValue)
                                .sum();
                    } else if (lastStage.equals("BAKING")) {
                        last = switched.map(
                                        since -> Duration.between(since, time).toMillis())
                                .orElse(null);
                    }
                }
                default -> {}
            }
        }
    }
}
