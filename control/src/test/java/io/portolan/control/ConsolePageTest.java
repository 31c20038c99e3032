package io.portolan.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Holds the page to the policy that {@link StaticApi} sends with it: a browser blocks the rest without a word. */
class ConsolePageTest {
    private final String html = html();

    @Test
    void hasNothingInlineThatThePolicyBlocks() {
        assertThat(html.split("<script>", -1)).hasSize(2);
        assertThat(html.split("<style>", -1)).hasSize(2);
        assertThat(html.split("<script|<style", -1)).hasSize(3);
        assertThat(html)
                .doesNotContainPattern("<[^>]+\\sstyle\\s*=")
                .doesNotContainPattern("<[^>]+\\son[a-z]+\\s*=")
                .doesNotContain("javascript:", "eval(", "setAttribute('style'");
    }

    @Test
    void asksNothingOfOtherOrigins() {
        assertThat(html.replace("http://www.w3.org/2000/svg", "")).doesNotContainPattern("https?://[a-z]");
        assertThat(html).doesNotContainPattern("@import|url\\(|<link[^>]+stylesheet");
    }

    @Test
    void writesTextAsTextOnly() {
        assertThat(html).doesNotContain("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write");
    }

    private static String html() {
        try (var input = ConsolePageTest.class.getResourceAsStream("console/index.html")) {
            return new String(
                    Objects.requireNonNull(input, "console/index.html").readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
