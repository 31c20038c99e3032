package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RouteLintApiTest {
    private static final String NAME = "Contoso_Orders";
    private static final String LINT = "/v1/extensions/" + NAME + "/environments/prod/profile/lint";

    @TempDir
    Path folder;

    @Test
    void judgesWhatIsSetAndWhatIsThoughtOf() throws Exception {
        try (var fleet = new Fleet(folder, DocumentFilter.NONE, List.of())) {
            fleet.register(NAME, "orders");

            var set = fleet.get(LINT);
            assertThat(set.text("/text"))
                    .isEqualTo("31 s detection + 5 s publication + 30 s TTL + 60 s client cache = 126 s");
            assertThat(set.text("/budget/total")).isEqualTo("PT2M6S");
            assertThat(set.text("/findings/0/code")).isEqualTo("ttl-below-floor");

            var thought = Map.of(
                    "method",
                    "geographic",
                    "ttlSeconds",
                    0,
                    "endpoints",
                    List.of(Map.of("region", "westeurope", "geo", List.of("GEO-EU"))));
            var judged = fleet.post(LINT + "?detection=PT10S", thought);
            assertThat(judged.status()).isEqualTo(200);
            assertThat(judged.body().at("/findings").findValuesAsString("code"))
                    .containsExactly("ttl-zero", "one-region", "geo-one-endpoint", "geo-no-world");
            assertThat(judged.text("/budget/detection")).isEqualTo("PT10S");
            assertThat(fleet.get(LINT).text("/findings/0/code"))
                    .as("nothing was set")
                    .isEqualTo("ttl-below-floor");

            assertThat(fleet.post(LINT, Map.of("method", "no-such")).status()).isEqualTo(422);
            assertThat(fleet.get(LINT + "?resolvers=many").status()).isEqualTo(400);
            assertThat(fleet.get(LINT + "?detection=soon").status()).isEqualTo(400);
        }
    }
}
