package io.portolan.director;

import io.portolan.model.document.ExtensionDocument;
import io.portolan.planner.routing.CompiledProfile;
import io.portolan.planner.routing.HealthView;
import io.portolan.planner.routing.RegionTable;
import io.portolan.sync.VerifiedRevision;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * What every route of one revision answers from with one view of health. Routes are numbered in the order of their labels. Immutable to
 * whoever reads it, and thread-safe.
 *
 * <p>A revision's profiles are all compiled at once, so that a bad one refuses the revision. With other health, each is compiled when it is
 * first asked for: a change of health that takes thousands of routes with it is in use at once, and who asks first pays microseconds.
 */
final class RouteProfiles {
    private final List<String> labels;
    private final List<ExtensionDocument> extensions;
    private final Map<String, Integer> numbers;
    private final RegionTable regions;
    private final HealthView health;
    /** By number; empty where nobody asked yet. Two who ask at once make the same. */
    private final AtomicReferenceArray<CompiledProfile> compiled;

    private RouteProfiles(
            List<String> labels,
            List<ExtensionDocument> extensions,
            Map<String, Integer> numbers,
            RegionTable regions,
            HealthView health) {
        this.labels = labels;
        this.extensions = extensions;
        this.numbers = numbers;
        this.regions = regions;
        this.health = health;
        this.compiled = new AtomicReferenceArray<>(labels.size());
    }

    /**
     * Compiles the profiles of a revision.
     *
     * @throws IllegalArgumentException when one of them breaks a rule
     */
    static RouteProfiles of(VerifiedRevision revision, RegionTable regions, HealthView health) {
        var sorted = new TreeMap<String, ExtensionDocument>();
        revision.extensions()
                .values()
                .forEach(extension -> sorted.put(extension.route().value(), extension));
        var numbers = new HashMap<String, Integer>();
        sorted.keySet().forEach(label -> numbers.put(label, numbers.size()));
        var profiles = new RouteProfiles(
                List.copyOf(sorted.keySet()), List.copyOf(sorted.values()), Map.copyOf(numbers), regions, health);
        for (int number = 0; number < profiles.labels.size(); number++) {
            profiles.of(number);
        }
        return profiles;
    }

    /** The same routes with other health; nothing is compiled yet. */
    RouteProfiles with(HealthView other) {
        return new RouteProfiles(labels, extensions, numbers, regions, other);
    }

    /** Labels of the routes in the order of their numbers. */
    List<String> labels() {
        return labels;
    }

    /** What a route answers from, by its number. */
    CompiledProfile of(int number) {
        var ready = compiled.get(number);
        if (ready != null) {
            return ready;
        }
        var extension = extensions.get(number);
        var made = CompiledProfile.compile(extension.profile(), extension, regions, health);
        compiled.set(number, made);
        return made;
    }

    /** What a DNS label in any case answers from, if it is a registered route. */
    Optional<CompiledProfile> of(String label) {
        return Optional.ofNullable(numbers.get(label.toLowerCase(Locale.ROOT))).map(number -> of(number.intValue()));
    }

    /** How many routes have been asked for. */
    int ready() {
        int count = 0;
        for (int number = 0; number < compiled.length(); number++) {
            count += compiled.get(number) == null ? 0 : 1;
        }
        return count;
    }
}
