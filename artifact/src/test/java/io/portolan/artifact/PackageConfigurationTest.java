package io.portolan.artifact;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.artifact.PackageConfiguration.Lookup;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

class PackageConfigurationTest {
    private static final Map<String, String> FILES = Map.of(
            "default", "{\"title\":\"all\",\"limits\":{\"rows\":10,\"columns\":5},\"theme\":\"light\"}",
            "portal.example", "{\"title\":\"portal\",\"limits\":{\"rows\":20}}",
            "ms.portal.example", "{\"$merge\":\"deep\",\"limits\":{\"rows\":30},\"theme\":null}");

    @Test
    void row_1_11_ownFileOverridesTopLevelKeys() {
        assertThat(lookup("portal.example"))
                .isEqualTo(
                        found("{\"title\":\"portal\",\"limits\":{\"rows\":20},\"theme\":\"light\"}", "portal.example"));
    }

    @Test
    void row_1_11_deepMergeReachesBelowTopLevelKeys() {
        assertThat(lookup("ms.portal.example"))
                .isEqualTo(found(
                        "{\"title\":\"all\",\"limits\":{\"rows\":30,\"columns\":5},\"theme\":null}",
                        "ms.portal.example"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rc.portal.example", "a.b.portal.example", "RC.Portal.Example"})
    void row_1_11_subdomainWithoutFileFallsBack(String host) {
        assertThat(lookup(host))
                .isEqualTo(
                        found("{\"title\":\"portal\",\"limits\":{\"rows\":20},\"theme\":\"light\"}", "portal.example"));
    }

    @Test
    void row_1_11_unknownHostIsToldWhichHostsExist() {
        var lookup = (Lookup.UnknownHost) lookup("evil.example");

        assertThat(lookup.hosts()).containsExactly("ms.portal.example", "portal.example");
        assertThat(lookup.message()).contains("evil.example").contains("ms.portal.example, portal.example");
    }

    @Test
    void aDomainIsNoSuffixOfAWord() {
        assertThat(lookup("notportal.example")).isInstanceOf(Lookup.UnknownHost.class);
    }

    @Test
    void anyPortalGetsTheDefault() {
        assertThat(configuration(List.of("*"), FILES).lookup("evil.example"))
                .isEqualTo(found(
                        "{\"title\":\"all\",\"limits\":{\"rows\":10,\"columns\":5},\"theme\":\"light\"}", "default"));
        assertThat(configuration(List.of("*"), FILES).lookup("portal.example")).isEqualTo(lookup("portal.example"));
        assertThat(configuration(List.of("*"), Map.of()).lookup("any")).isEqualTo(found("{}", "default"));
    }

    @Test
    void aListedPortalTakesTheDefaultAsItIs() {
        var configuration = configuration(List.of("other.example"), FILES);

        assertThat(configuration.lookup("x.other.example"))
                .isEqualTo(found(
                        "{\"title\":\"all\",\"limits\":{\"rows\":10,\"columns\":5},\"theme\":\"light\"}",
                        "other.example"));
        assertThat(configuration.lookup("third.example")).isInstanceOf(Lookup.UnknownHost.class);
    }

    @Test
    void answersAreTheCallersOwn() {
        var configuration = configuration(List.of("*"), FILES);
        ((Lookup.Found) configuration.lookup("portal.example")).configuration().put("title", "changed");

        assertThat(configuration.lookup("portal.example")).isEqualTo(lookup("portal.example"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "1",
                "{",
                "{}x",
                "{}{}",
                "{\"a\":1,\"a\":2}",
                "{\"a\":{\"b\":1,\"b\":2}}",
                "\ufeff{}",
                "{'a':1}",
                "{\"a\":1,}",
                "{/**/}",
                "{\"a\":NaN}"
            })
    void row_X_6_hostileJsonIsRefused(String json) {
        assertThatThrownBy(() -> StrictJson.object(json.getBytes(UTF_8))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void row_X_6_deepJsonAndOtherEncodingsAreRefused() {
        var deep = "{\"a\":".repeat(65) + "1" + "}".repeat(65);
        assertThatThrownBy(() -> StrictJson.object(deep.getBytes(UTF_8))).hasMessageContaining("depth");
        assertThatThrownBy(() -> StrictJson.object("{}".getBytes(UTF_16))).hasMessageContaining("UTF-8");
        assertThat(StrictJson.object(("{\"a\":".repeat(64) + "1" + "}".repeat(64)).getBytes(UTF_8)))
                .isNotNull();
    }

    private static Lookup lookup(String host) {
        return configuration(List.of(), FILES).lookup(host);
    }

    private static PackageConfiguration configuration(List<String> portals, Map<String, String> files) {
        var parsed = new HashMap<String, ObjectNode>();
        files.forEach((host, json) -> parsed.put("Content/Config/" + host + ".json", object(json)));
        return PackageConfiguration.of(portals, parsed);
    }

    private static Lookup found(String json, String host) {
        return new Lookup.Found(object(json), host);
    }

    private static ObjectNode object(String json) {
        return StrictJson.object(json.getBytes(UTF_8));
    }
}
