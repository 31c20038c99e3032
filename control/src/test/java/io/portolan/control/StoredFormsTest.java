package io.portolan.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.RegionName;
import io.portolan.planner.rollout.TaskState;
import io.portolan.storage.SqliteStateStore;
import io.portolan.storage.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the build before this one recorded is still read. */
class StoredFormsTest {
    private static final String ROLLOUT = """
            {"id":"ro-7","extension":"Contoso_Orders","environment":"prod","version":"2.0","base":"1.0","kind":"safe",
            "state":"RUNNING","reason":"","actor":"operator","plan":{"schema":1,"stages":[
            {"name":"stage2","regions":["westcentralus"],"bake":"PT10S"},
            {"name":"stage5","regions":["westeurope"],"bake":"PT10S"}],"minimumBake":"PT0S"},"planHash":"h","stages":[
            {"name":"stage2","regions":["westcentralus"],"state":"BAKING","convergedAt":"2026-11-23T10:00:00Z",
            "healthyFor":"PT3S","tickedAt":"2026-11-23T10:00:03Z","verdict":""},
            {"name":"stage5","regions":["westeurope"],"state":"PENDING","convergedAt":null,"healthyFor":"PT0S",
            "tickedAt":null,"verdict":""}],"before":{"westcentralus":"1.0","westeurope":"1.0"},
            "stagesBefore":{"stage2":"1.0","stage5":"1.0"},"advance":false,"startedAt":"2026-11-23T09:59:00Z",
            "endedAt":null,"rollback":null}""";

    private static final String DEPLOYMENT = """
            {"extension":"Contoso_Orders","environment":"prod","regions":{
            "westcentralus":{"version":"2.0","previous":"1.0","fence":2}},"stages":{"stage2":"2.0"},"names":{},
            "slots":{"lkg":"1.0"},"good":["1.0"],"withdrawn":[],"hold":null,"fence":2}""";

    @Test
    void readsRolloutsAndDeploymentsOfTheEarlierSchema(@TempDir Path folder) {
        try (var store = SqliteStateStore.open(folder.resolve("state.db"))) {
            store.write(tx -> {
                tx.put("rollout", "000000000007", Writer.ABSENT, ROLLOUT.getBytes(StandardCharsets.UTF_8));
                return tx.put(
                        "deployment",
                        "prod/Contoso_Orders",
                        Writer.ABSENT,
                        DEPLOYMENT.getBytes(StandardCharsets.UTF_8));
            });
            var rollout = store.read(reader -> Table.ROLLOUTS.get(reader, "000000000007"))
                    .orElseThrow()
                    .value();
            var deployment = store.read(reader -> Table.DEPLOYMENTS.get(reader, "prod/Contoso_Orders"))
                    .orElseThrow()
                    .value();

            var stage = rollout.stages().getFirst();
            assertThat(stage.task(new RegionName("westcentralus")).state()).isEqualTo(TaskState.SWITCHED);
            assertThat(stage.wave()).containsExactly(new RegionName("westcentralus"));
            assertThat(rollout.plan().ramp()).isEmpty();
            assertThat(deployment.regions().values()).allMatch(pointer -> pointer.rampPercent() == 100);
            assertThat(deployment.owed()).isEmpty();
            assertThat(deployment.halfway()).isEmpty();
        }
    }
}
