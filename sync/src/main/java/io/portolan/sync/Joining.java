package io.portolan.sync;

import io.portolan.protocol.Join;
import io.portolan.protocol.Signer;
import java.io.IOException;
import java.nio.file.Files;
import java.time.InstantSource;
import java.time.zone.ZoneRulesProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a node known to its control plane, with its token and key: at first, and again when it was forgotten. Thread-safe. */
final class Joining {
    private static final Logger LOG = LoggerFactory.getLogger(Joining.class);

    private final ReplicaSettings settings;
    private final ControlClient control;
    private final Signer key;
    private final InstantSource clock;

    Joining(ReplicaSettings settings, ControlClient control, Signer key, InstantSource clock) {
        this.clock = clock;
        this.settings = settings;
        this.control = control;
        this.key = key;
    }

    /** Joins; what to trust from then on. */
    Trust join() throws IOException, InterruptedException {
        var answer = ask();
        LOG.info("joined node={} environment={}", answer.id(), answer.environment());
        return Trust.pinned(answer.environment(), answer.id(), answer.keys().getFirst());
    }

    /** Joins again a control plane that knows this node no more. Whom this node trusts does not change. */
    void again(Supplier<List<String>> trustedKeys) throws IOException, InterruptedException {
        var offered = new ArrayList<>(ask().keys());
        LOG.info("joined again node={} environment={}", settings.nodeId(), settings.environment());
        offered.retainAll(trustedKeys.get());
        if (offered.isEmpty()) {
            LOG.error(
                    "node={} the control plane signs with a key that this node does not trust: its revisions will be"
                            + " refused",
                    settings.nodeId());
        }
    }

    private Join.Facts facts() {
        // The provider's own number: rules of other versions give other times for the same window.
        var rules = ZoneRulesProvider.getVersions("UTC").lastKey();
        long free;
        try {
            free = Files.getFileStore(settings.folder()).getUsableSpace();
        } catch (IOException e) {
            free = -1;
        }
        return new Join.Facts(clock.instant(), rules, free);
    }

    private Join.Response ask() throws IOException, InterruptedException {
        var request = new Join.Request(
                settings.nodeId(),
                settings.kind(),
                settings.environment(),
                settings.region(),
                key.publicKeyText(),
                settings.url(),
                facts());
        var answer = control.join(request, settings.joinToken());
        if (!answer.environment().equals(settings.environment())
                || answer.keys().isEmpty()) {
            throw new IOException("joining: answered environment " + answer.environment() + " and "
                    + answer.keys().size() + " keys (expected: " + settings.environment() + ", at least one key)");
        }
        return answer;
    }
}
