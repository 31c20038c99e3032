package io.portolan.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.ExtensionName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretsTest {
    private static final ExtensionName MAPS = new ExtensionName("Contoso_Maps");

    @TempDir
    Path folder;

    @Test
    void areFilesOfTheirExtension() throws IOException {
        Files.createDirectories(folder.resolve("Contoso_Orders"));
        Files.writeString(folder.resolve("Contoso_Orders/KEY"), "one\n");
        Files.writeString(folder.resolve("KEY"), "nobody's");
        var secrets = new FolderSecrets(folder);

        assertThat(secrets.find(Specs.ORDERS, "KEY")).contains("one");
        assertThat(secrets.find(MAPS, "KEY")).as("another extension's").isEmpty();
        assertThat(secrets.find(MAPS, "../Contoso_Orders/KEY")).isEmpty();
        assertThat(secrets.find(Specs.ORDERS, "..")).isEmpty();
    }

    @Test
    void areReadAgainWhenTheyAreAskedFor() throws IOException {
        Files.createDirectories(folder.resolve("Contoso_Orders"));
        Files.writeString(folder.resolve("Contoso_Orders/KEY"), "one");
        var secrets = new FolderSecrets(folder);
        assertThat(secrets.find(Specs.ORDERS, "KEY")).contains("one");

        Files.writeString(folder.resolve("Contoso_Orders/KEY"), "two");

        assertThat(secrets.find(Specs.ORDERS, "KEY")).contains("two");
    }

    @Test
    void areVariablesOfTheNodeWhereThereIsNoFile() {
        var secrets = new FolderSecrets(folder)
                .or(new EnvironmentSecrets(Map.of("PORTOLAN_SECRET_CONTOSO_ORDERS__DB_PASSWORD", "three")));

        assertThat(secrets.find(Specs.ORDERS, "db-password")).contains("three");
        assertThat(secrets.find(MAPS, "db-password")).isEmpty();
    }
}
