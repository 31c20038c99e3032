package io.portolan.sync;

import io.portolan.protocol.Signer;
import java.net.URI;
import java.util.List;
import java.util.Objects;

/**
 * Other nodes that a node knows without a revision. Immutable.
 *
 * @param urls     base URLs of region nodes of the same environment, the best first
 * @param trustKey public key (X.509, Base64) that may sign the first revision, for a node that has not joined yet and whose
 *                 control plane is away; empty text for none. Of no meaning once {@code trust.json} is there.
 */
public record PeerSettings(List<URI> urls, String trustKey) {
    /** None, and no key. */
    public static final PeerSettings NONE = new PeerSettings(List.of(), "");

    /** Most nodes that may be named. */
    public static final int URL_LIMIT = 64;

    public PeerSettings {
        urls = List.copyOf(urls);
        Objects.requireNonNull(trustKey, "trustKey");
        if (urls.size() > URL_LIMIT) {
            throw new IllegalArgumentException("peers: " + urls.size() + " (expected: at most " + URL_LIMIT + ")");
        }
        for (var url : urls) {
            if (!Peers.isUsable(url)) {
                throw new IllegalArgumentException("peers: " + url + " (expected: http://HOST:PORT)");
            }
        }
        if (!trustKey.isEmpty()) {
            Signer.publicKey(trustKey);
        }
    }
}
