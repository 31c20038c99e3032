package io.portolan.kubernetes;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.portolan.runtime.ControllerId;
import io.portolan.runtime.ControllerInstance;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the objects of one controller as they are to be: compares them with what the watches know, asks for those that differ, and renews
 * this node's claim. For one thread; asks the API server.
 */
final class ObjectKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(ObjectKeeper.class);
    /** How long what was asked for may take to be seen in the watch before it is asked for again. */
    private static final Duration SEEN_WITHIN = Duration.ofSeconds(30);

    private final ControllerId id;
    private final String key;
    private final Region region;
    private final Map<Class<?>, Asked> asked = new HashMap<>();
    private @Nullable ControllerInstance built;
    private String builtSecrets = "";
    private List<HasMetadata> objects = List.of();
    private Instant claimedAt = Instant.MIN;

    /** What was asked for last. */
    private record Asked(String digest, Instant at) {}

    ObjectKeeper(ControllerId id, Region region) {
        this.id = id;
        this.key = region.scope().key(id);
        this.region = region;
    }

    /** Nothing that was asked for counts any more: it is to end, and may be wanted again. */
    void forget() {
        asked.clear();
        claimedAt = Instant.MIN;
    }

    /**
     * Asks for what is not so yet.
     *
     * @throws Refusal                   when something that it refers to is not here
     * @throws io.fabric8.kubernetes.client.KubernetesClientException when the server refuses an object, or is not reached
     */
    void keep(ControllerInstance now) throws Refusal {
        var variables =
                ContainerVariables.of(now, region.scope().region(), now.spec().port());
        if (!variables.missing().isEmpty()) {
            throw new Refusal(variables.missing());
        }
        var secrets = variables.secrets().isEmpty()
                ? ""
                : region.secrets().version(id.extension().value(), variables.secrets());
        if (!now.equals(built) || !secrets.equals(builtSecrets)) {
            objects =
                    ControllerObjects.of(
                                    now,
                                    variables,
                                    secrets,
                                    region.scope(),
                                    region.settings(),
                                    region.api().version())
                            .stream()
                            .map(this::stamped)
                            .toList();
            built = now;
            builtSecrets = secrets;
        }
        for (var object : objects) {
            var digest = object.getMetadata().getAnnotations().getOrDefault(Scope.SPEC, "");
            if (!isThere(object.getClass(), digest)) {
                LOG.info("controller={} kind={} applied", id, object.getKind());
                region.api().apply(object);
                asked.put(object.getClass(), new Asked(digest, region.clock().instant()));
            }
        }
        if (!ControllerObjects.isScaled(now.spec())
                && region.watched().object(HorizontalPodAutoscaler.class, key).isPresent()) {
            region.api().delete(HorizontalPodAutoscaler.class, region.scope().name(id));
        }
        claim(now.spec().drain());
    }

    /** The object with the digest of all that is asked for. */
    private HasMetadata stamped(HasMetadata object) {
        var annotations = new HashMap<>(object.getMetadata().getAnnotations());
        annotations.put(Scope.SPEC, Scope.hash(region.api().text(object)));
        object.getMetadata().setAnnotations(annotations);
        return object;
    }

    private boolean isThere(Class<? extends HasMetadata> kind, String digest) {
        var seen = region.watched()
                .object(kind, key)
                .filter(object -> object.getMetadata().getDeletionTimestamp() == null)
                .map(object -> object.getMetadata().getAnnotations())
                .filter(annotations -> digest.equals(annotations.get(Scope.SPEC)));
        if (seen.isPresent()) {
            asked.remove(kind);
            return true;
        }
        var last = asked.get(kind);
        return last != null
                && last.digest().equals(digest)
                && region.clock().instant().isBefore(last.at().plus(SEEN_WITHIN));
    }

    /** Says that this node wants it, before what it said is over. */
    private void claim(Duration drain) {
        var now = region.clock().instant();
        var lasts = drain.plus(region.settings().timings().claim());
        var due = now.plus(lasts).minus(region.settings().timings().claim().dividedBy(2));
        boolean known = region.watched()
                .deployment(key)
                .flatMap(deployment -> Claims.of(deployment, region.scope().claim()))
                .filter(due::isBefore)
                .isPresent();
        if (!known
                && claimedAt.isBefore(now.minus(
                        shorter(SEEN_WITHIN, region.settings().timings().claim().dividedBy(4))))) {
            region.api()
                    .annotate(
                            region.scope().name(id),
                            region.scope().claim(),
                            Claims.text(now.plus(lasts), region.scope().node()));
            claimedAt = now;
        }
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
