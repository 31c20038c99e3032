package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.document.Delivery;
import io.portolan.planner.cdn.BreakerPlan;
import io.portolan.storage.Reader;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;

/** What was said of the CDNs of an environment beside their addresses. Pure over the reader. */
final class CdnBreakers {
    private CdnBreakers() {}

    static String key(EnvironmentName environment, String cdn) {
        return environment + "/" + cdn;
    }

    /** Of every CDN of the environment that something was ever said of. */
    static List<Records.CdnBreaker> of(Reader reader, EnvironmentName environment) {
        return Table.CDN_BREAKERS.list(reader, environment + "/").stream()
                .map(Table.Row::value)
                .toList();
    }

    /** The delivery as it is set, with the shares that breakers leave and the pace of probes: what goes into a revision. */
    static Delivery applied(Reader reader, EnvironmentName environment, BreakerPlan plan) {
        var delivery = Lookup.delivery(reader, environment);
        var said = new HashMap<String, Integer>();
        of(reader, environment).forEach(breaker -> said.put(breaker.cdn(), breaker.share()));
        var shares = new HashMap<String, Integer>();
        for (var cdn : delivery.cdns()) {
            int share = share(delivery, plan, said.getOrDefault(cdn.name(), Delivery.ALL));
            if (share < Delivery.ALL) {
                shares.put(cdn.name(), share);
            }
        }
        boolean probes =
                delivery.breaker() == Delivery.Breaker.ON && !delivery.cdns().isEmpty();
        return delivery.withShares(shares).probedEvery(probes ? plan.probeEvery() : Duration.ZERO);
    }

    /** Percent of browsers that ask a CDN of which was said that so many do. */
    static int share(Delivery delivery, BreakerPlan plan, int said) {
        return delivery.breaker() == Delivery.Breaker.ON ? plan.beside(said) : said;
    }
}
