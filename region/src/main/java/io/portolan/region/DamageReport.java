package io.portolan.region;

import io.portolan.model.Digest;
import java.util.Map;

/** Makes one incident of each damaged blob, and has its versions looked at again. Thread-safe. */
final class DamageReport implements DamageListener {
    /** Nobody saw a wrong byte; somebody should look at the disk. */
    private static final int SEVERITY = 3;

    private final String node;
    private final Incidents incidents;
    private final RevisionApplier applier;

    DamageReport(String node, Incidents incidents, RevisionApplier applier) {
        this.node = node;
        this.incidents = incidents;
        this.applier = applier;
    }

    @Override
    public void damaged(BlobInspector.Damage damage) {
        var digest = damage.digest();
        var extension = applier.userOf(digest);
        incidents.open(
                key(digest),
                extension,
                SEVERITY,
                "blob " + digest + " was damaged on the disk of " + node + " and is fetched again",
                Map.of(
                        "expectedSha256", digest.value(),
                        "actualSha256", damage.actual(),
                        "sizeBytes", String.valueOf(damage.sizeBytes()),
                        "found", damage.found()));
        applier.damaged(digest);
    }

    @Override
    public void repaired(Digest digest) {
        incidents.resolve(key(digest));
    }

    private String key(Digest digest) {
        return "blob-damaged/" + node + "/" + digest;
    }
}
