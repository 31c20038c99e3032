package io.portolan.control;

import io.portolan.model.RegionName;
import io.portolan.planner.bringup.Check;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;

/** Sees simulated nodes at once, where the real one asks over HTTP in the background. One thread at a time. */
final class SimulatedInspector extends RegionInspector {
    private final InstantSource clock;
    private final Eyes eyes;

    /** What is to be seen of a region. */
    interface Eyes {
        /** Of every region whose nodes can be reached: what is wrong with its pages, empty text for nothing. */
        Optional<String> fault(RegionName region);

        /** Everything is always well. */
        Eyes WELL = region -> Optional.of("");
    }

    SimulatedInspector(Changes changes, InstantSource clock, Eyes eyes) {
        super(
                HttpClient.newHttpClient(),
                new PageBrowser(BrowserSettings.OFF, Path.of("browsers"), clock),
                changes,
                clock);
        this.clock = clock;
        this.eyes = eyes;
    }

    private Check seen(String name, RegionName region) {
        return eyes.fault(region)
                .map(fault -> fault.isEmpty() ? Check.pass(name, "well") : Check.fail(name, fault))
                .orElse(Check.pending(name, region + " cannot be reached"));
    }

    @Override
    Check reach(RegionName region, String url) {
        return eyes.fault(region).isPresent()
                ? Check.pass("reachability", url)
                : Check.pending("reachability", url + " cannot be reached");
    }

    @Override
    List<Check> verify(RegionVerification.Subject subject, List<RegionVerification.Page> pages) {
        return List.of(seen("pages", subject.region()));
    }

    @Override
    List<Check> verifyLate(RegionVerification.Subject subject, List<RegionVerification.Page> pages) {
        return verify(subject, pages);
    }

    @Override
    Check browse(RegionVerification.Subject subject, List<RegionVerification.Page> pages, Duration limit) {
        return Check.skipped("browser", "the simulation has none");
    }

    @Override
    Check call(RegionVerification.Subject subject, List<RegionVerification.Backend> backends) {
        return seen("controllers", subject.region());
    }

    @Override
    Optional<Check> probe(RegionVerification.Subject subject, List<RegionVerification.Page> pages) {
        return Optional.of(seen("probe", subject.region()));
    }

    @Override
    void observe(List<String> urls) {}

    @Override
    void observeQuietly(List<String> urls) {}

    @Override
    Optional<NodeObservation> latest(String url) {
        var observer = new RegionName(url.substring("http://node-".length()));
        if (eyes.fault(observer).isEmpty()) {
            return Optional.empty();
        }
        var joining = new HashMap<RegionName, NodeObservation.Seen>();
        for (var region : StormWorld.COMING) {
            var fault = eyes.fault(region).orElse("it cannot be reached");
            joining.put(region, new NodeObservation.Seen(1, fault.isEmpty() ? 1 : 0, fault));
        }
        return Optional.of(new NodeObservation(
                observer.value(), false, 0, 0, 0, 0, 0, joining, null, null, null, null, clock.instant()));
    }

    @Override
    Answers answers(List<String> urls) {
        return new Answers(0, 0);
    }

    @Override
    void forget(RegionName region) {}
}
