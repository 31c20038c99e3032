package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.document.Delivery;
import io.portolan.storage.Writer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Takes a CDN away from browsers and gives it back to a share of them. Thread-safe.
 *
 * <p>It is intent of its own: whoever sets the delivery of the environment anew does not undo it.
 */
final class CdnBreakersApi {
    /** Type of the rows that take a CDN away. */
    static final String TRIPPED = "portolan.cdn.tripped";

    /** Type of the rows that give it back, by a share or whole. */
    static final String RESET = "portolan.cdn.reset";

    private static final String TEMPLATE = "/v1/environments/{environment}/cdns/{cdn}/";

    private final Commands commands;
    private final InstantSource clock;

    CdnBreakersApi(Commands commands, InstantSource clock) {
        this.commands = commands;
        this.clock = clock;
    }

    void addTo(Routes routes) {
        routes.add("POST", TEMPLATE + "trip", call -> change(call, false));
        routes.add("POST", TEMPLATE + "reset", call -> change(call, true));
    }

    /**
     * What is asked for.
     *
     * @param share of a reset, in percent; null for all browsers
     */
    private record Wanted(@Nullable String reason, @Nullable Integer share) {}

    /** What was done. */
    private record Body(EnvironmentName environment, String cdn, int share, String reason, Instant since) {}

    private Answer change(Call call, boolean back) {
        var bytes = call.bytes();
        var wanted = bytes.length == 0 ? new Wanted(null, null) : Call.json(bytes, Wanted.class);
        int share = share(wanted, back);
        var reason = Objects.requireNonNullElse(wanted.reason(), "");
        return commands.change(call, bytes, tx -> {
            var environment = Lookup.environment(
                            tx, Call.identifier(EnvironmentName::new, call.parameter("environment")))
                    .name();
            var cdn = cdn(Lookup.delivery(tx, environment), call.parameter("cdn"));
            var key = CdnBreakers.key(environment, cdn);
            var present = Table.CDN_BREAKERS.get(tx, key).map(Table.Row::value);
            int before = present.map(Records.CdnBreaker::share).orElse(Delivery.ALL);
            // Who holds it where it is by hand says something new of one that the breaker moved there.
            boolean byHand =
                    present.map(last -> !CdnSteps.ACTOR.equals(last.by())).orElse(true);
            if (before == share && byHand) {
                throw new ApiException(
                        ErrorCode.NOTHING_TO_CHANGE,
                        "CDN " + cdn + ": " + share + " % of browsers ask it already"
                                + present.map(last -> ", since " + last.since() + ": " + last.reason())
                                        .orElse(""));
            }
            var record = Records.CdnBreaker.said(cdn, share, reason, call.actor(), clock.instant());
            Table.CDN_BREAKERS.put(tx, key, Writer.ANY, record);
            Incidents.resolve(
                    tx,
                    CdnSteps.incidentKey(key),
                    call.actor(),
                    back ? "a person gave the CDN back" : "a person took the CDN away",
                    clock.instant());
            commands.log(
                    tx,
                    call,
                    back ? RESET : TRIPPED,
                    "environment/" + environment,
                    reason,
                    Map.of("cdn", cdn, "before", before, "after", share),
                    Table.CDN_BREAKERS,
                    key,
                    record);
            return new Commands.Result(200, new Body(environment, cdn, share, reason, record.since()));
        });
    }

    private static int share(Wanted wanted, boolean back) {
        if (!back) {
            if (wanted.share() != null) {
                throw new ApiException(ErrorCode.INVALID, "share: a trip takes the CDN from every browser");
            }
            return 0;
        }
        int share = Objects.requireNonNullElse(wanted.share(), Delivery.ALL);
        if (share < 1 || share > Delivery.ALL) {
            throw new ApiException(ErrorCode.INVALID, "share: " + share + " (expected: 1 to " + Delivery.ALL + ")");
        }
        return share;
    }

    private static String cdn(Delivery delivery, String name) {
        return delivery.cdns().stream()
                .map(Delivery.Cdn::name)
                .filter(name::equals)
                .findFirst()
                .orElseThrow(() -> new ApiException(ErrorCode.NOT_FOUND, "CDN " + name + ": there is none"));
    }
}
