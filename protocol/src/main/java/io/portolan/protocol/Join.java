package io.portolan.protocol;

import io.portolan.model.EnvironmentName;
import io.portolan.model.RegionName;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Bodies of {@code POST /v1/nodes}: a node brings a join token and its public key, and learns the keys of revisions. */
public final class Join {
    private Join() {}

    /**
     * What the node sends; {@code Authorization: Bearer <join token>} goes with it.
     *
     * @param id        name that the node wants, such as {@code node-westus}; joining again with the same token and key is a success
     * @param kind      {@code region} or {@code director}
     * @param region    its region; for a director the name {@code director}
     * @param publicKey key of its status, X.509 in Base64
     * @param url       base URL of its HTTP listener
     * @param facts     what it says of its machine, null from a node of an older build
     */
    public record Request(
            String id,
            String kind,
            EnvironmentName environment,
            RegionName region,
            String publicKey,
            String url,
            @Nullable Facts facts) {
        /** Without facts. */
        public Request(
                String id, String kind, EnvironmentName environment, RegionName region, String publicKey, String url) {
            this(id, kind, environment, region, publicKey, url, null);
        }
    }

    /**
     * What a node says of its machine.
     *
     * @param at            its clock
     * @param timeZoneData  version of its time-zone rules, such as {@code 2026a}
     * @param diskFreeBytes free bytes where its content goes, -1 where the disk does not tell
     */
    public record Facts(Instant at, String timeZoneData, long diskFreeBytes) {}

    /**
     * What the node gets.
     *
     * @param id   its name from now on
     * @param keys public keys that sign revisions, X.509 in Base64; the node pins the first
     */
    public record Response(String id, EnvironmentName environment, RegionName region, List<String> keys) {
        public Response {
            keys = List.copyOf(keys);
        }
    }
}
