package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.document.Delivery;
import io.portolan.storage.Reader;
import java.util.List;
import java.util.stream.Collectors;

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

    /** The delivery as it is set, with the shares that breakers leave: what goes into a revision. */
    static Delivery applied(Reader reader, EnvironmentName environment) {
        var delivery = Lookup.delivery(reader, environment);
        var names = delivery.cdns().stream().map(Delivery.Cdn::name).collect(Collectors.toSet());
        return delivery.withShares(of(reader, environment).stream()
                .filter(breaker -> breaker.share() < Delivery.ALL && names.contains(breaker.cdn()))
                .collect(Collectors.toMap(Records.CdnBreaker::cdn, Records.CdnBreaker::share)));
    }
}
