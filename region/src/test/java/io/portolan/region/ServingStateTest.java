package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.protocol.Revision;
import io.portolan.region.ServedExtension.Default;
import io.portolan.sync.VerifiedRevision;
import io.portolan.testkit.Samples;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which version a node shows by default: a pure rule over revision, disk and what was shown before. */
class ServingStateTest {
    private static final Digest ANY = Digest.of(new byte[0]);
    private static final Release ONE = Release.simple("Contoso_Orders", "1.0");
    private static final Release TWO = Release.simple("Contoso_Orders", "2.0");

    private static Extension both() {
        return new Extension("Contoso_Orders", "orders")
                .version(ONE, ANY, VersionState.PUBLISHED, false, true)
                .version(TWO, ANY, VersionState.PUBLISHED, false, true);
    }

    private static ServingState build(Extension extension, Set<String> complete, Optional<ServingState.Before> before) {
        var document = extension.document();
        var header =
                new Revision(1, Samples.PROD, 1, 1, "", Instant.EPOCH, "test", List.of(), List.of(), List.of(), ANY);
        var revision = new VerifiedRevision(
                header, ANY, Samples.environment(), Map.of(), Map.of(document.name(), document), Map.of());
        return ServingState.build(revision, Extension.REGION, List.of(), new ServingState.Surroundings() {
            @Override
            public Optional<ServedExtension> unchanged(ExtensionDocument document) {
                return Optional.empty();
            }

            @Override
            public Holding holding(ExtensionDocument of, VersionLabel version) {
                return complete.contains(version.value())
                        ? new Holding.Complete(ONE.manifest())
                        : new Holding.Partial(ONE.manifest(), 7);
            }

            @Override
            public Optional<ServingState.Before> before(ExtensionName of) {
                return before;
            }
        });
    }

    /** The version shown, or the name of the reason for showing none. */
    private static String shown(Extension extension, Set<String> complete, Optional<ServingState.Before> before) {
        var route = build(extension, complete, before).routes().get("orders");
        assertThat(route).isNotNull();
        return switch (route.byDefault()) {
            case Default.Serves serves -> serves.version().label().value();
            case Default.Waits waits -> "waits for " + waits.version();
            case Default.Revoked revoked -> "revoked " + revoked.version();
            case Default.None none -> "none";
        };
    }

    private static Optional<ServingState.Before> before(String version, boolean inUse) {
        return Optional.of(new ServingState.Before(new VersionLabel(version), inUse));
    }

    @Test
    void showsWhatTheRegionWasGivenOnceItIsWhole() {
        assertThat(shown(both().gives("2.0"), Set.of("1.0", "2.0"), before("1.0", true)))
                .isEqualTo("2.0");
        assertThat(shown(both().gives("2.0"), Set.of("2.0"), Optional.empty())).isEqualTo("2.0");
    }

    @Test
    void staysWithWhatItShowedWhileTheGivenOneIsNotWhole() {
        assertThat(shown(both().gives("2.0"), Set.of("1.0"), before("1.0", true)))
                .isEqualTo("1.0");
        assertThat(shown(both().gives("2.0"), Set.of("1.0"), before("1.0", false)))
                .isEqualTo("1.0");
    }

    @Test
    void keepsTheVersionInUseWhenOneOfItsBlobsIsLost() {
        assertThat(shown(both().gives("1.0"), Set.of("2.0"), before("1.0", true)))
                .isEqualTo("1.0");
        assertThat(shown(both().gives("2.0"), Set.of(), before("1.0", true))).isEqualTo("1.0");
    }

    @Test
    void showsNothingThatItNeverHeldInFull() {
        assertThat(shown(both().gives("2.0"), Set.of("1.0"), Optional.empty())).isEqualTo("waits for 2.0");
        assertThat(shown(both().gives("2.0"), Set.of(), before("1.0", false))).isEqualTo("waits for 2.0");
        assertThat(shown(both().gives("2.0"), Set.of(), before("2.0", false))).isEqualTo("waits for 2.0");
    }

    @Test
    void showsNothingThatTheRevisionDoesNotNameOrRevokes() {
        var onlyTwo = new Extension("Contoso_Orders", "orders")
                .version(TWO, ANY, VersionState.PUBLISHED, false, true)
                .gives("2.0");
        var oneRevoked = both().version(ONE, ANY, VersionState.REVOKED, false, true);

        assertThat(shown(onlyTwo, Set.of("1.0"), before("1.0", true))).isEqualTo("waits for 2.0");
        assertThat(shown(oneRevoked.gives("2.0"), Set.of("1.0"), before("1.0", true)))
                .isEqualTo("waits for 2.0");
        assertThat(shown(oneRevoked.gives("1.0"), Set.of("1.0", "2.0"), before("1.0", true)))
                .isEqualTo("revoked 1.0");
        assertThat(shown(both(), Set.of("1.0", "2.0"), before("1.0", true))).isEqualTo("none");
    }

    @Test
    void listsWhatIsLackingTheGivenVersionFirst() {
        var extension = both().version(
                        Release.simple("Contoso_Orders", "0.1"), ANY, VersionState.PUBLISHED, false, false)
                .version(Release.simple("Contoso_Orders", "0.2"), ANY, VersionState.REVOKED, false, true)
                .gives("2.0");

        assertThat(build(extension, Set.of(), Optional.empty()).lacking())
                .extracting(version -> version.label() + " " + version.missingBytes())
                .containsExactly("2.0 7", "1.0 7");
    }
}
