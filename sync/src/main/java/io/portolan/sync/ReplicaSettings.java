package io.portolan.sync;

import io.portolan.model.EnvironmentName;
import io.portolan.model.RegionName;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

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
 * @param otherControls base URLs of further control planes on the same database, asked in turn when one fails
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
        PeerSettings peers,
        List<URI> otherControls) {
    public ReplicaSettings {
        otherControls = List.copyOf(otherControls);
    }

    /** Settings that name one control plane. */
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
            Duration statusEvery,
            PeerSettings peers) {
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
                peers,
                List.of());
    }

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

    /** Base URLs of all control planes that it may ask, the preferred one first. */
    public List<URI> controls() {
        return Stream.concat(Stream.of(control), otherControls.stream()).toList();
    }

    /** The same with another base URL of its own. */
    public ReplicaSettings withUrl(String other) {
        return with(other, peers, otherControls);
    }

    /** The same with other peers. */
    public ReplicaSettings withPeers(PeerSettings others) {
        return with(url, others, otherControls);
    }

    /** The same with further control planes. */
    public ReplicaSettings withOtherControls(List<URI> others) {
        return with(url, peers, others);
    }

    private ReplicaSettings with(String newUrl, PeerSettings newPeers, List<URI> newControls) {
        return new ReplicaSettings(
                nodeId,
                kind,
                environment,
                region,
                newUrl,
                control,
                joinToken,
                folder,
                pollWait,
                statusEvery,
                newPeers,
                newControls);
    }
}
