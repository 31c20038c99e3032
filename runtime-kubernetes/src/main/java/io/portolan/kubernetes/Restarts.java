package io.portolan.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How often containers of a controller's pods were started again. What a pod counted stays counted when it is gone: whoever judges a
 * version looks at what was added. Not thread-safe.
 */
final class Restarts {
    private Map<String, Long> ofPods = Map.of();
    private long ofGone;

    /** Takes in the pods that are there now. */
    void see(List<Pod> pods) {
        var next = new HashMap<String, Long>();
        for (var pod : pods) {
            next.put(pod.getMetadata().getUid(), Sight.restarts(pod));
        }
        for (var before : ofPods.entrySet()) {
            ofGone += next.containsKey(before.getKey()) ? 0 : before.getValue();
        }
        ofPods = next;
    }

    /** All of them together. */
    long count() {
        return ofGone + ofPods.values().stream().mapToLong(Long::longValue).sum();
    }
}
