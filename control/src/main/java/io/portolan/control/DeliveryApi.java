package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.document.Delivery;
import io.portolan.protocol.DarkCounters;
import io.portolan.storage.Reader;
import io.portolan.storage.StateStore;
import io.portolan.storage.Writer;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How browsers get the assets of an environment: its CDNs, and the service worker's switches. Thread-safe. */
final class DeliveryApi {
    private static final String TEMPLATE = "/v1/environments/{environment}/delivery";

    private final StateStore store;
    private final Commands commands;
    private final CdnSteps steps;

    DeliveryApi(StateStore store, Commands commands, CdnSteps steps) {
        this.store = store;
        this.commands = commands;
        this.steps = steps;
    }

    void addTo(Routes routes) {
        routes.add("GET", TEMPLATE, this::show);
        routes.add("PUT", TEMPLATE, this::set);
    }

    /** A CDN as it is asked for. */
    private record Cdn(@Nullable String name, @Nullable String url) {}

    /** What is asked for; what is left out gets its standard value. */
    private record Wanted(
            @Nullable List<@Nullable Cdn> cdns,
            @Nullable String worker,
            @Nullable String firstVisit,
            @Nullable String breaker,
            @Nullable String telemetry) {}

    /**
     * As it is shown.
     *
     * @param dark     percent of browsers that never ask a CDN
     * @param darkSeen what came of them
     */
    private record DeliveryBody(
            EnvironmentName environment,
            List<CdnBody> cdns,
            Delivery.Worker worker,
            Delivery.FirstVisit firstVisit,
            Delivery.Breaker breaker,
            Delivery.Telemetry telemetry,
            int dark,
            DarkSeen darkSeen,
            List<Breaker> breakers) {}

    /**
     * What browsers told within the last hours that were drawn to ask no CDN.
     *
     * @param places  regions that this process hears of it from; 0 where it watches no CDN
     * @param failing sessions that lacked a file because nobody gave it
     * @param lastAt  null for never
     */
    private record DarkSeen(
            int windowHours,
            int places,
            long sessions,
            long failing,
            long files,
            long bytes,
            @Nullable Instant lastAt) {
        static DarkSeen of(CdnSights.Dark seen) {
            var counted = seen.counted();
            return new DarkSeen(
                    DarkCounters.WINDOW_HOURS,
                    seen.places(),
                    counted.sessions(),
                    counted.failing(),
                    counted.files(),
                    counted.bytes(),
                    counted.lastAt());
        }
    }

    /**
     * A CDN.
     *
     * @param share   percent of browsers that ask it now
     * @param watched what its breaker waits for; empty text where this process does not watch it
     */
    private record CdnBody(String name, String url, int share, String watched) {}

    /**
     * A CDN of which something was said: how many browsers ask it, in percent, and why.
     *
     * @param by       {@code breaker} where nobody was asked
     * @param state    of its breaker
     * @param evidence what the breaker's last step rests on
     */
    private record Breaker(
            String cdn,
            int share,
            String reason,
            Instant since,
            String by,
            io.portolan.planner.cdn.Breaker.State state,
            List<String> evidence) {}

    private Answer show(Call call) {
        return Answer.json(200, store.read(reader -> {
            var environment = Lookup.environment(reader, name(call));
            return body(reader, environment, Lookup.delivery(reader, environment.name()));
        }));
    }

    private Answer set(Call call) {
        var bytes = call.bytes();
        var delivery = delivery(Call.json(bytes, Wanted.class));
        return commands.change(call, bytes, tx -> {
            var facts = Lookup.environment(tx, name(call));
            var environment = facts.name();
            var before = Lookup.delivery(tx, environment);
            if (!before.equals(delivery)) {
                var record = new Records.Delivered(Records.SCHEMA, delivery);
                Table.DELIVERY.put(tx, environment.value(), Writer.ANY, record);
                commands.log(
                        tx,
                        call,
                        "portolan.delivery.changed",
                        "environment/" + environment,
                        "",
                        Map.of("before", before, "after", delivery),
                        Table.DELIVERY,
                        environment.value(),
                        record);
            }
            return new Commands.Result(200, body(tx, facts, delivery));
        });
    }

    private static EnvironmentName name(Call call) {
        return Call.identifier(EnvironmentName::new, call.parameter("environment"));
    }

    private DeliveryBody body(Reader reader, ControlSettings.Environment facts, Delivery delivery) {
        var environment = facts.name();
        var breakers = CdnBreakers.of(reader, environment).stream()
                .map(said -> new Breaker(
                        said.cdn(),
                        said.share(),
                        said.reason(),
                        said.since(),
                        Objects.requireNonNullElse(said.by(), ""),
                        said.breaker().state(),
                        CdnSteps.evidence(said)))
                .toList();
        var cdns = delivery.cdns().stream()
                .map(cdn -> new CdnBody(
                        cdn.name(),
                        cdn.url(),
                        CdnBreakers.share(
                                delivery,
                                facts.breaker(),
                                breakers.stream()
                                        .filter(said -> said.cdn().equals(cdn.name()))
                                        .findFirst()
                                        .map(Breaker::share)
                                        .orElse(Delivery.ALL)),
                        steps.waiting(CdnBreakers.key(environment, cdn.name())).orElse("")))
                .toList();
        return new DeliveryBody(
                environment,
                cdns,
                delivery.worker(),
                delivery.firstVisit(),
                delivery.breaker(),
                delivery.telemetry(),
                delivery.breaker() == Delivery.Breaker.ON ? facts.breaker().dark() : 0,
                DarkSeen.of(delivery.cdns().isEmpty() ? CdnSights.Dark.UNHEARD : steps.dark(reader, facts)),
                breakers);
    }

    private static Delivery delivery(Wanted wanted) {
        try {
            var cdns = wanted.cdns() == null ? List.<@Nullable Cdn>of() : wanted.cdns();
            return new Delivery(
                            cdns.stream().map(DeliveryApi::cdn).toList(),
                            choice(Delivery.Worker.class, "worker", wanted.worker(), Delivery.STANDARD.worker()),
                            choice(
                                    Delivery.FirstVisit.class,
                                    "firstVisit",
                                    wanted.firstVisit(),
                                    Delivery.STANDARD.firstVisit()))
                    .with(choice(Delivery.Breaker.class, "breaker", wanted.breaker(), Delivery.STANDARD.breaker()))
                    .with(choice(
                            Delivery.Telemetry.class, "telemetry", wanted.telemetry(), Delivery.STANDARD.telemetry()));
        } catch (IllegalArgumentException e) {
            throw new ApiException(ErrorCode.INVALID, "delivery: " + e.getMessage());
        }
    }

    private static Delivery.Cdn cdn(@Nullable Cdn wanted) {
        if (wanted == null || wanted.name() == null || wanted.url() == null) {
            throw new IllegalArgumentException("cdns: one lacks its name or its url");
        }
        return new Delivery.Cdn(wanted.name(), wanted.url());
    }

    private static <E extends Enum<E>> E choice(Class<E> type, String field, @Nullable String text, E otherwise) {
        if (text == null) {
            return otherwise;
        }
        for (var value : type.getEnumConstants()) {
            if (value.name().equals(text.toUpperCase(Locale.ROOT))) {
                return value;
            }
        }
        throw new IllegalArgumentException(
                field + ": " + text + " (expected: " + String.join(" or ", names(type)) + ")");
    }

    private static <E extends Enum<E>> List<String> names(Class<E> type) {
        return List.of(type.getEnumConstants()).stream().map(Enum::name).toList();
    }
}
