package io.portolan.region;

import io.portolan.model.Digest;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.Route;
import io.portolan.model.Slot;
import io.portolan.model.VersionLabel;
import io.portolan.model.VersionState;
import io.portolan.model.document.ExtensionDocument;
import io.portolan.model.document.Profile;
import io.portolan.testkit.RevisionServer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The document of an extension in the making. */
final class Extension {
    static final RegionName REGION = new RegionName("westus");

    private final String name;
    private final String route;
    private final Map<VersionLabel, ExtensionDocument.HeldVersion> versions = new HashMap<>();
    private final Map<String, VersionLabel> stages = new HashMap<>();
    private final Map<String, VersionLabel> names = new HashMap<>();
    private final Map<Slot, VersionLabel> slots = new HashMap<>();
    private final Map<RegionName, ExtensionDocument.Pointer> others = new HashMap<>();
    private Optional<ExtensionDocument.Pointer> pointer = Optional.empty();
    private Map<RegionName, List<VersionLabel>> running = Map.of();

    Extension(String name, String route) {
        this.name = name;
        this.route = route;
    }

    /** Names a version that is to be held in full, and puts it into the store. */
    Extension holds(RevisionServer server, Release release) {
        return version(release, release.store(server), VersionState.PUBLISHED, false, true);
    }

    Extension retains(RevisionServer server, Release release) {
        return version(release, release.store(server), VersionState.PUBLISHED, false, false);
    }

    Extension withdraws(RevisionServer server, Release release) {
        return version(release, release.store(server), VersionState.PUBLISHED, true, true);
    }

    Extension revokes(RevisionServer server, Release release) {
        return version(release, release.store(server), VersionState.REVOKED, false, false);
    }

    /** Names a version that a rollout is bringing. */
    Extension rollsOut(RevisionServer server, Release release) {
        versions.put(
                new VersionLabel(release.label()),
                new ExtensionDocument.HeldVersion(
                        release.store(server),
                        release.identity(),
                        VersionState.PUBLISHED,
                        false,
                        true,
                        List.of("rollout")));
        return this;
    }

    Extension version(Release release, Digest manifest, VersionState state, boolean withdrawn, boolean held) {
        versions.put(
                new VersionLabel(release.label()),
                new ExtensionDocument.HeldVersion(
                        manifest, release.identity(), state, withdrawn, held, List.of("region")));
        return this;
    }

    Extension stage(String stage, String label) {
        stages.put(stage, new VersionLabel(label));
        return this;
    }

    Extension named(String friendly, String label) {
        names.put(friendly, new VersionLabel(label));
        return this;
    }

    Extension slot(Slot slot, String label) {
        slots.put(slot, new VersionLabel(label));
        return this;
    }

    /** Gives the region a version. */
    Extension gives(String label) {
        return points(label, "", 100);
    }

    /** Gives a share of the region's sessions a version, the others the one before. */
    Extension ramps(String label, String previous, int percent) {
        return points(label, previous, percent);
    }

    private Extension points(String label, String previous, int percent) {
        pointer = Optional.of(new ExtensionDocument.Pointer(new VersionLabel(label), "stage4", previous, percent, 1));
        return this;
    }

    /** Names versions whose controllers the region is to run. */
    Extension runs(String... labels) {
        running = Map.of(
                REGION, java.util.Arrays.stream(labels).map(VersionLabel::new).toList());
        return this;
    }

    /** Gives another region a version, as in a stage. */
    Extension gives(RegionName region, String label, String stage) {
        others.put(region, new ExtensionDocument.Pointer(new VersionLabel(label), stage, "", 100, 1));
        return this;
    }

    ExtensionDocument document() {
        var regions = new HashMap<RegionName, ExtensionDocument.Pointer>(others);
        pointer.ifPresent(given -> regions.put(REGION, given));
        return new ExtensionDocument(
                ExtensionDocument.SCHEMA,
                new ExtensionName(name),
                new Route(route),
                Profile.standard(),
                regions,
                stages,
                names,
                slots,
                versions,
                running,
                List.of());
    }
}
