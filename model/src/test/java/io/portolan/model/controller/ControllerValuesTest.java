package io.portolan.model.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.RegionName;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ControllerValuesTest {
    @ParameterizedTest
    @CsvSource({
        "*, westus, true",
        "westus, westus, true",
        "westus, westus2, false",
        "west*, westeurope, true",
        "*us, westus, true",
        "*us, westus2, false",
        "w*t*s, westus, true",
        "west*st*us, westus, false",
        "!westus, westus, false",
        "!westus, eastus, true",
        "west*;!westeurope, westus, true",
        "west*;!westeurope, westeurope, false",
        "west*;!westeurope, eastus, false"
    })
    void placementTakesNamesPatternsAndExceptions(String entries, String region, boolean expected) {
        var placement = new ControllerPlacement(List.of(entries.split(";", -1)));

        assertThat(placement.includes(new RegionName(region))).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "POST /quotes, POST, /quotes, true",
        "POST /quotes, GET, /quotes, false",
        "POST /quotes, POST, /quotes/1, false",
        "/quotes/*, POST, /quotes/1, true",
        "/quotes/*, PATCH, /quotes/1/lines, false",
        "/quotes/*/lines, PATCH, /quotes/1/lines, true",
        "/quotes/**, PATCH, /quotes/1/lines, true",
        "/q*s, POST, /quotes, true",
        "/q*s, POST, /q/s, false"
    })
    void idempotentRoutesMatchSegments(String route, String method, String path, boolean expected) {
        assertThat(IdempotentRoute.parse(route).matches(method, path)).isEqualTo(expected);
    }

    @Test
    void referencesAreFoundAndReplacedOnce() {
        assertThat(Reference.in("a ${config:b.c} ${secret:D_E}"))
                .containsExactly(
                        new Reference(Reference.Kind.CONFIG, "b.c"), new Reference(Reference.Kind.SECRET, "D_E"));
        assertThat(Reference.replace("x${config:a}y", reference -> "${secret:b}"))
                .isEqualTo("x${secret:b}y");
        assertThat(Reference.in("$HOME {} $")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "${",
                "${}",
                "${env:A}",
                "${secret:}",
                "${secret:../a}",
                "${secret:a b}",
                "${config:}",
                "${secret:a"
            })
    void whatIsNoReferenceIsRefused(String value) {
        assertThatThrownBy(() -> Reference.in(value)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"diagnostics", "diagnostics/x", "/a", "a/", "a//b", "../a", ".a", "a b", "@1"})
    void mountsThatAreNoneAreRefused(String mount) {
        assertThatThrownBy(() -> ControllerSpec.requireMount(mount)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void mountsAndNamesThatAreSome() {
        ControllerSpec.requireMount("");
        ControllerSpec.requireMount("orders/v1.2");
        ControllerSpec.requireName("a");
        assertThatThrownBy(() -> ControllerSpec.requireName("Orders")).isInstanceOf(IllegalArgumentException.class);
    }
}
