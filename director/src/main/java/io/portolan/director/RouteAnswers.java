package io.portolan.director;

import io.portolan.model.document.Endpoint;
import io.portolan.model.document.Profile;
import io.portolan.planner.routing.CompiledEndpoint;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;

/**
 * The records of every endpoint of every route, ready to be sent; good for one revision, whatever the health. Routes are numbered in
 * the order of their labels. Immutable; equal records are kept once.
 */
final class RouteAnswers {
    private final List<String> labels;
    private final Steered.Answers[][] answers;

    private RouteAnswers(List<String> labels, Steered.Answers[][] answers) {
        this.labels = labels;
        this.answers = answers;
    }

    /** What equal records have in common. */
    private record Key(Endpoint.Target target, List<String> addresses, long ttlSeconds) {}

    /**
     * Makes them.
     *
     * @param ttlSeconds of the environment, where a profile has none of its own
     */
    static RouteAnswers of(Name zone, RouteProfiles profiles, long ttlSeconds) {
        var made = new HashMap<Key, Steered.Answers>();
        var answers = new Steered.Answers[profiles.labels().size()][];
        for (int number = 0; number < answers.length; number++) {
            var profile = profiles.of(number);
            long ttl = profile.ttlSeconds() == Profile.Settings.TTL_OF_ENVIRONMENT ? ttlSeconds : profile.ttlSeconds();
            answers[number] = profile.endpoints().stream()
                    .map(endpoint -> made.computeIfAbsent(
                            new Key(endpoint.target(), endpoint.addresses(), ttl), key -> make(zone, endpoint, ttl)))
                    .toArray(Steered.Answers[]::new);
        }
        return new RouteAnswers(profiles.labels(), answers);
    }

    private static Steered.Answers make(Name zone, CompiledEndpoint endpoint, long ttlSeconds) {
        if (endpoint.target() instanceof Endpoint.Host host) {
            var alias = new CNAMERecord(Name.root, DClass.IN, ttlSeconds, StaticRecords.name(host.host()));
            return new Steered.Answers(Rrset.NONE, Rrset.NONE, RecordWriter.of(zone, List.of(alias)));
        }
        var addresses =
                endpoint.addresses().stream().map(InetAddress::ofLiteral).toList();
        return new Steered.Answers(
                RecordWriter.addresses(zone, addresses, true, ttlSeconds),
                RecordWriter.addresses(zone, addresses, false, ttlSeconds),
                Rrset.NONE);
    }

    /** Labels of the routes in the order of their numbers. */
    List<String> labels() {
        return labels;
    }

    /** Records of an endpoint of a route. */
    Steered.Answers of(int route, int endpoint) {
        return answers[route][endpoint];
    }
}
