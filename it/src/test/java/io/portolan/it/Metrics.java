package io.portolan.it;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Metrics of a node, as they are answered. Stateless. */
final class Metrics {
    private Metrics() {}

    /** Sum of the samples of a metric whose labels hold all of these texts. */
    static long sum(URI node, String name, String... labels) throws IOException, InterruptedException {
        return new String(Pages.get(node.resolve("/metrics")).body(), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .filter(line -> List.of(labels).stream().allMatch(line::contains))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
