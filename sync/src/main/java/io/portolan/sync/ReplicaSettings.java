package io.portolan.sync;

import io.portolan.model.EnvironmentName;
import io.portolan.model.RegionName;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What a node needs to follow its environment.
 *
 * @param nodeId      name that it wants, such as {@code node-westus} or {@code director}
 * @param kind        {@code region} or {@code director}
 * @param region      its region; for a director the name {@code director}
 * @param url         base URL of its own HTTP listener
 * @param control     base URL of the control plane
 * @param joinToken   shown once, at the first join
 * @param folder      its own folder: {@code revisions/<epoch>-<n>.dsse}, {@code objects/<hash>}, {@code node.key}
 * @param pollWait    longest long-poll
 * @param statusEvery interval of its status
 * @param peers       other nodes that it may ask while the control plane is away
 */
public record ReplicaSettings(
        String nodeId,
        String kind,
        EnvironmentName environment,
        RegionName region,
        String url,
        URI control,
        String joinToken,
        Path folder,
        Duration pollWait,
        Duration statusEvery,
        PeerSettings peers) {
    /** Settings that name no peers. */
    public ReplicaSettings(
            String nodeId,
            String kind,
            EnvironmentName environment,
            RegionName region,
            String url,
            URI control,
            String joinToken,
            Path folder,
            Duration pollWait,
            Duration statusEvery) {
        this(
                nodeId,
                kind,
                environment,
                region,
                url,
                control,
                joinToken,
                folder,
                pollWait,
                statusEvery,
                PeerSettings.NONE);
    }

    /** The same with another base URL of its own. */
    public ReplicaSettings withUrl(String other) {
        return new ReplicaSettings(
                nodeId, kind, environment, region, other, control, joinToken, folder, pollWait, statusEvery, peers);
    }

    /** The same with other peers. */
    public ReplicaSettings withPeers(PeerSettings others) {
        return new ReplicaSettings(
                nodeId, kind, environment, region, url, control, joinToken, folder, pollWait, statusEvery, others);
    }
}
