package io.portolan.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.RegionName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DevPlanTest {
    private static final RegionCatalogue CATALOGUE = RegionCatalogue.bundled();

    @TempDir
    private Path folder;

    private DevPlan plan(boolean ownAddresses) {
        return new DevPlan(new DevOptions(DevOptions.DEFAULT_REGIONS, folder, 7000, false), ownAddresses);
    }

    @Test
    void addressesAreThoseOfTheContract() {
        var plan = plan(true);

        assertThat(plan.control()).hasToString("127.0.0.1:7070");
        assertThat(plan.node(0)).hasToString("127.0.1.1:7080");
        assertThat(plan.node(5)).hasToString("127.0.1.6:7080");
        assertThat(plan.https(5)).isEqualTo(7443);
        assertThat(plan.dns()).hasToString("127.0.0.1:7053");
        assertThat(plan.directorHttp()).hasToString("127.0.0.1:7054");
        assertThat(plan.components())
                .containsExactly(
                        "control",
                        "node-westcentralus",
                        "node-southcentralus",
                        "node-westus",
                        "node-westeurope",
                        "node-southeastasia",
                        "node-brazilsouth",
                        "director");
    }

    @Test
    void nodesSharingOneAddressHaveAPortEach() {
        assertThat(plan(false).node(0)).hasToString("127.0.0.1:7081");
        assertThat(plan(false).node(1)).hasToString("127.0.0.1:7082");
        assertThat(plan(false).https(0)).isNotEqualTo(plan(false).https(1));
    }

    @Test
    void regionsAreNamedOrCounted() {
        assertThat(DevOptions.regions("", CATALOGUE)).isEqualTo(DevOptions.DEFAULT_REGIONS);
        assertThat(DevOptions.regions("2", CATALOGUE))
                .containsExactly(new RegionName("westcentralus"), new RegionName("southcentralus"));
        assertThat(DevOptions.regions("20", CATALOGUE)).hasSize(20).doesNotHaveDuplicates();
        assertThat(DevOptions.regions("westus, japaneast", CATALOGUE))
                .containsExactly(new RegionName("westus"), new RegionName("japaneast"));
        assertThatThrownBy(() -> DevOptions.regions("atlantis", CATALOGUE)).hasMessageContaining("atlantis");
        assertThatThrownBy(() -> DevOptions.regions("0", CATALOGUE)).hasMessageContaining("--regions: 0");
        assertThatThrownBy(() -> new DevOptions(List.of(new RegionName("a"), new RegionName("a")), folder, 7000, false))
                .hasMessageContaining("each once");
    }

    @Test
    void theBundledRegionsHavePlacesAndPairs() {
        var japan = CATALOGUE.find(new RegionName("japaneast")).orElseThrow();

        assertThat(japan.displayName()).isEqualTo("Japan East");
        assertThat(japan.location().latitude()).isEqualTo(35.68);
        assertThat(japan.pairs()).containsExactly(new RegionName("japanwest"));
        assertThat(CATALOGUE.usual()).hasSizeGreaterThan(50);
    }

    @Test
    void settingsOfEachComponentCanBeReadAndTokensAreKept() throws IOException {
        var settings = new DevSettings(plan(true), CATALOGUE);
        settings.write();
        var token = Files.readString(folder.resolve("regions/westus/join-token"));
        settings.write();

        var control = SettingsFile.read(folder.resolve("control/control.yaml"), ControlConfiguration::read);
        var node = SettingsFile.read(folder.resolve("regions/westus/region.yaml"), RegionConfiguration::read);
        var director = SettingsFile.read(folder.resolve("director/director.yaml"), DirectorConfiguration::read);

        assertThat(Files.readString(folder.resolve("regions/westus/join-token")))
                .isEqualTo(token)
                .hasSize(65);
        assertThat(control.storeFolder()).isEqualTo(folder.resolve("store/sha256"));
        assertThat(control.environments().getFirst().regions()).hasSize(6);
        assertThat(control.environments().getFirst().joinTokens()).hasSize(7);
        assertThat(control.environments().getFirst().joinTokens()).anySatisfy(known -> assertThat(known.token())
                .isEqualTo(node.replica().joinToken()));
        assertThat(node.listenHost()).isEqualTo("127.0.1.3");
        assertThat(node.replica().folder()).isEqualTo(folder.resolve("regions/westus"));
        assertThat(node.controllers().allow()).containsExactly("*");
        assertThat(director.probes().interval()).hasSeconds(1);
    }

    @Test
    void oneWorldAFolder() throws IOException {
        try (var lock = DevLock.take(folder)) {
            assertThat(lock).isNotNull();
            assertThatThrownBy(() -> DevLock.take(folder))
                    .hasMessageContaining("another portolan dev runs on " + folder);
        }
        DevLock.take(folder).close();
    }
}
