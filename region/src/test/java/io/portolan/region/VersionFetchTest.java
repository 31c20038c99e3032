package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import io.portolan.model.document.ExtensionDocument.HeldVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When the fetch of a version has ended, and how. */
class VersionFetchTest {
    private static final Holdings.Part ONE = part("one", 10);
    private static final Holdings.Part TWO = part("two", 5);

    private final List<VersionFetch> ended = new ArrayList<>();

    private static Holdings.Part part(String text, long bytes) {
        return new Holdings.Part(Digest.of(text.getBytes(StandardCharsets.UTF_8)), bytes);
    }

    private VersionFetch fetch(Holdings.Part... parts) {
        var held = new HeldVersion(ONE.digest(), TWO.digest(), VersionState.PUBLISHED, false, true, List.of("region"));
        var version = new ServedVersion(
                new ExtensionName("Contoso_Orders"), new VersionLabel("1.0"), held, new Holding.Unknown());
        return new VersionFetch(version, List.of(parts), ended::add);
    }

    @Test
    void endsOnceWhenAllPartsCame() {
        var fetch = fetch(ONE, TWO);

        fetch.begun(ONE);
        fetch.came(ONE);
        assertThat(ended).as("another part may follow").isEmpty();
        fetch.begun(TWO);
        fetch.allBegun();
        assertThat(ended).isEmpty();
        assertThat(fetch.leftBytes()).isEqualTo(5);
        fetch.came(TWO);

        assertThat(ended).containsExactly(fetch);
        assertThat(fetch.isWhole()).isTrue();
        assertThat(fetch.leftBytes()).isZero();
    }

    @Test
    void aVersionThatLacksNothingEndsAtOnce() {
        fetch().allBegun();

        assertThat(ended).singleElement().matches(VersionFetch::isWhole);
    }

    @Test
    void tellsOfRefusedContentBeforeAStoreThatIsAway() {
        var fetch = fetch(ONE, TWO);
        fetch.begun(ONE);
        fetch.begun(TWO);
        fetch.allBegun();

        fetch.failed(ONE, new RefusedContent("wrong", null));
        assertThat(fetch.isHopeless()).isFalse();
        fetch.failed(TWO, new IOException("away"));

        assertThat(fetch.isHopeless()).isTrue();
        assertThat(ended).containsExactly(fetch);
        assertThat(fetch.isWhole()).isFalse();
        assertThat(fetch.failure()).get().extracting(Throwable::getMessage).isEqualTo("wrong");
    }

    @Test
    void oneThatWasGivenUpIsNotWhole() {
        var fetch = fetch(ONE, TWO);
        fetch.begun(ONE);
        fetch.giveUp();
        fetch.came(ONE);

        assertThat(ended).containsExactly(fetch);
        assertThat(fetch.isWhole()).isFalse();
        assertThat(fetch.failure()).isEmpty();
    }
}
