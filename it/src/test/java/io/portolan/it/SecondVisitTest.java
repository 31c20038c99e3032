package io.portolan.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What a browser asks for that has been here before: the page, and nothing that it has already. */
class SecondVisitTest {
    private static final String NAME = "Contoso_Second";
    private static final String ROUTE = "second";
    private static final String BYTES = "portolan_node_response_bytes_total";
    private static final String REQUESTS = "portolan_node_requests_total";

    @RegisterExtension
    private static final SharedRegions SHARED = new SharedRegions();

    @TempDir
    private Path folder;

    @Test
    void filesThatAPageLoadedWithoutAWorkerAreNotFetchedAgain() throws Exception {
        var regions = SHARED.regions();
        var node = regions.nodeUri("westus");
        regions.rest().register(NAME, ROUTE);
        var source = ProbeExtension.write(folder.resolve("source"), "1.0");
        regions.deploy(NAME, "1.0", source);
        try (var visit = SHARED.chromium().visit(node)) {
            visit.open("/" + ROUTE);
            visit.await(ProbeExtension.STARTED);
            visit.awaitWorker();
            // What the page was still asking for when the worker came is there too, once one of its files went through
            // it.
            assertThat(visit.settled("lazy(1)").asString()).isEqualTo("chunk 1 of version 1.0");
            long first = sum(BYTES);

            visit.reload();
            visit.await(ProbeExtension.STARTED);

            assertThat(first).isGreaterThan(50_000);
            assertThat(sum(BYTES) - first)
                    .as("bytes of the page, without any of its files")
                    .isLessThan(5_000);

            long before = sum(REQUESTS);
            visit.stopWorkers();
            visit.reload();
            visit.await(ProbeExtension.STARTED);

            assertThat(sum(REQUESTS) - before)
                    .as("the page, asked for once though its worker has to start")
                    .isEqualTo(1);
            visit.assertNothingSeen();
        }
    }

    private static long sum(String metric) throws Exception {
        return Metrics.sum(SHARED.regions().nodeUri("westus"), metric, "extension=\"" + NAME + "\"");
    }
}
