package io.portolan.model.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.document.Delivery.Cdn;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeliveryTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://cdn.example.net",
                "https://cdn.example.net/CDN",
                "http://127.0.0.1:8080/a/b",
                "https://[2001:db8::1]:8443/CDN"
            })
    void takesBaseUrls(String url) {
        assertThat(new Cdn("edge", url).url()).isEqualTo(url);
    }

    /** It stands in a header and in a script of every origin. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "cdn.example.net",
                "ftp://cdn.example.net",
                "https://",
                "https://cdn.example.net/",
                "https://cdn.example.net/CDN/",
                "https://cdn.example.net/CDN?x=1",
                "https://cdn.example.net/CDN#x",
                "https://user@cdn.example.net",
                "https://cdn.example.net; script-src *",
                "https://cdn.example.net/\";alert(1)//",
                "https://cdn.example.net/\r\nX: y",
                "https://cdn.example.net:port",
                "javascript:alert(1)"
            })
    void refusesWhatIsNoBaseUrl(String url) {
        assertThatThrownBy(() -> new Cdn("edge", url))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("edge");
    }

    @Test
    void knowsTheOriginOfACdn() {
        assertThat(new Cdn("edge", "https://cdn.example.net:8443/CDN").origin())
                .isEqualTo("https://cdn.example.net:8443");
    }

    @Test
    void hasFewCdnsOfDifferentNames() {
        var cdn = new Cdn("edge", "https://cdn.example.net");

        assertThatThrownBy(() -> new Delivery(List.of(cdn, cdn), Delivery.Worker.ON, Delivery.FirstVisit.GO))
                .hasMessageContaining("two are named edge");
        assertThatThrownBy(() -> Delivery.STANDARD.withShares(Map.of("edge", 101)))
                .hasMessageContaining("edge: 101 (expected: 0 to 100)");
        assertThatThrownBy(() -> new Delivery(
                        Collections.nCopies(Delivery.MOST_CDNS + 1, cdn), Delivery.Worker.ON, Delivery.FirstVisit.GO))
                .hasMessageContaining("at most 4");
    }
}
