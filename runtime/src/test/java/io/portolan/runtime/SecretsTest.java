package io.portolan.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.ExtensionName;
import io.portolan.model.controller.ControllerRuntimeKind;
import io.portolan.model.controller.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
                .or(new EnvironmentSecrets(Map.of(
                        "PORTOLAN_SECRET_CONTOSO_ORDERS",
                        "Contoso_Orders",
                        "PORTOLAN_SECRET_CONTOSO_ORDERS__DB_PASSWORD",
                        "three")));

        assertThat(secrets.find(Specs.ORDERS, "db-password")).contains("three");
        assertThat(secrets.whyNot(Specs.ORDERS, "db-password")).isEmpty();
        assertThat(secrets.find(MAPS, "db-password")).isEmpty();
        assertThat(secrets.whyNot(MAPS, "db-password"))
                .as("there is none of that name")
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"contoso_orders", "CONTOSO_ORDERS", "Contoso-Orders", "contoso.orders"})
    void ofAVariableAreThoseOfTheExtensionThatTheNodeNamesOnly(String other) {
        var secrets = new FolderSecrets(folder)
                .or(new EnvironmentSecrets(Map.of(
                        "PORTOLAN_SECRET_CONTOSO_ORDERS", "Contoso_Orders",
                        "PORTOLAN_SECRET_CONTOSO_ORDERS__KEY", "tell-nobody")));

        assertThat(secrets.find(Specs.ORDERS, "KEY")).contains("tell-nobody");
        assertThat(secrets.find(new ExtensionName(other), "KEY")).isEmpty();
        assertThat(secrets.whyNot(new ExtensionName(other), "KEY"))
                .isEqualTo(
                        "PORTOLAN_SECRET_CONTOSO_ORDERS__KEY is not taken: PORTOLAN_SECRET_CONTOSO_ORDERS does not say"
                                + " that it is for " + other);
    }

    @Test
    void ofAVariableAreTheExtensionsWhereTheNodeSaysNothing() {
        var secrets = new EnvironmentSecrets(Map.of("PORTOLAN_SECRET_CONTOSO_ORDERS__KEY", "three"));

        assertThat(secrets.find(Specs.ORDERS, "KEY")).contains("three");
        assertThat(secrets.whyNot(Specs.ORDERS, "KEY")).isEmpty();
    }

    /** The same variable each time: where does the extension's name end? */
    @ParameterizedTest
    @CsvSource({"Foo, BAR__X", "Foo, bar--x", "Foo__Bar, X", "Foo-.Bar, X"})
    void ofAVariableWithTwoReadingsAreNobodys(String extension, String name) {
        var secrets = new EnvironmentSecrets(Map.of(
                "PORTOLAN_SECRET_FOO", "Foo",
                "PORTOLAN_SECRET_FOO__BAR", extension,
                "PORTOLAN_SECRET_FOO__BAR__X", "tell-nobody"));

        assertThat(secrets.find(new ExtensionName(extension), name)).isEmpty();
        assertThat(secrets.whyNot(new ExtensionName(extension), name))
                .isEqualTo("PORTOLAN_SECRET_FOO__BAR__X is not taken: more than one extension could mean it");
    }

    @Test
    void ofAVariableWhoseNamesTouchAreNobodys() {
        var secrets = new EnvironmentSecrets(Map.of(
                "PORTOLAN_SECRET_FOO", "Foo",
                "PORTOLAN_SECRET_FOO_", "Foo_",
                "PORTOLAN_SECRET_FOO___X", "tell-nobody"));

        assertThat(secrets.find(new ExtensionName("Foo_"), "X")).isEmpty();
        assertThat(secrets.find(new ExtensionName("Foo"), "_X")).isEmpty();
    }

    @Test
    void thatAreNotTakenAreNamedWithTheReason() {
        var secrets = new EnvironmentSecrets(Map.of(
                "PORTOLAN_SECRET_CONTOSO_ORDERS", "Contoso-Orders",
                "PORTOLAN_SECRET_CONTOSO_ORDERS__KEY", "tell-nobody"));
        var instance = new ControllerInstance(
                Specs.id("1.0", "echo"),
                Specs.process(
                        "echo",
                        ControllerRuntimeKind.NODE,
                        List.of("echo.mjs"),
                        Map.of("KEY", "${secret:KEY}"),
                        1,
                        Duration.ZERO,
                        Resources.UNLIMITED),
                List.of(),
                Map.of());

        assertThatThrownBy(() -> Environment.resolve(instance, secrets))
                .hasMessage(
                        "this region has no secret KEY of Contoso_Orders (PORTOLAN_SECRET_CONTOSO_ORDERS__KEY is not"
                                + " taken: PORTOLAN_SECRET_CONTOSO_ORDERS does not say that it is for Contoso_Orders)");
    }
}
