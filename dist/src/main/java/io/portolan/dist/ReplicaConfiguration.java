package io.portolan.dist;

import io.portolan.model.EnvironmentName;
import io.portolan.model.RegionName;
import io.portolan.sync.PeerSettings;
import io.portolan.sync.ReplicaSettings;
import java.net.URI;

/** The keys that region nodes and directors share: how they follow their environment. Stateless. */
final class ReplicaConfiguration {
    private ReplicaConfiguration() {}

    /** @param kind {@code region} or {@code director} */
    static ReplicaSettings read(Section keys, String kind) {
        return new ReplicaSettings(
                keys.text("node"),
                kind,
                keys.value("environment", "", new EnvironmentName("none"), EnvironmentName::new),
                kind.equals("director")
                        ? new RegionName("director")
                        : keys.value("region", "", new RegionName("none"), RegionName::new),
                keys.text("url", ""),
                keys.value("control", "", URI.create("http://127.0.0.1:7070"), URI::create),
                keys.secret("join-token"),
                keys.path("data-folder", "."),
                keys.duration("poll-wait", "30s"),
                keys.duration("status-every", "5s"),
                new PeerSettings(keys.texts("peers").stream().map(URI::create).toList(), keys.text("trust-key", "")),
                keys.values("other-controls", URI::create));
    }
}
