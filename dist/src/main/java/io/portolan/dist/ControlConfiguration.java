package io.portolan.dist;

import io.portolan.control.BrowserSettings;
import io.portolan.control.ControlSettings;
import io.portolan.control.StateDatabase;
import io.portolan.director.StaticRecords;
import io.portolan.model.EnvironmentName;
import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.Stage;
import io.portolan.model.StageDefinition;
import io.portolan.model.document.DnsRecord;
import io.portolan.planner.bringup.BringUpPlan;
import io.portolan.planner.cdn.BreakerPlan;
import io.portolan.planner.routing.ResourceApis;
import io.portolan.protocol.Signer;
import io.portolan.storage.PostgresSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The keys of a control plane's settings file, with their defaults. Stateless. */
final class ControlConfiguration {
    private static final String EMBEDDED = "embedded";

    private ControlConfiguration() {}

    static ControlSettings read(Section keys) {
        var listen = keys.listen("listen", "127.0.0.1:7070");
        return new ControlSettings(
                keys.path("data-folder", "."),
                keys.path("store-folder", "store"),
                listen.host(),
                listen.port(),
                keys.texts("hosts"),
                keys.sections("environments").stream()
                        .map(ControlConfiguration::environment)
                        .toList(),
                keys.duration("default-bake", "30m"),
                database(keys),
                keys.path("signing-key", keys.path("data-folder", ".") + "/" + ControlSettings.SIGNING_KEY),
                keys.value("disk-reserve", "auto", 0L, Units::reserve),
                browser(keys));
    }

    private static BrowserSettings browser(Section keys) {
        return keys.value(
                "browser",
                BrowserSettings.AUTO,
                BrowserSettings.OFF,
                text -> new BrowserSettings(text, keys.texts("browser-arguments")));
    }

    private static StateDatabase database(Section keys) {
        var url = keys.text("database", EMBEDDED);
        if (url.equals(EMBEDDED)) {
            return new StateDatabase.Embedded();
        }
        var user = keys.text("database-user", "portolan");
        var password = keys.has("database-password") ? keys.secret("database-password") : "";
        var renew = keys.duration("lease-renew", StateDatabase.Shared.RENEW.toSeconds() + "s");
        var ttl = keys.duration("lease-ttl", StateDatabase.Shared.TTL.toSeconds() + "s");
        try {
            return new StateDatabase.Shared(PostgresSettings.of(url, user, password), renew, ttl);
        } catch (IllegalArgumentException e) {
            keys.fault("database", String.valueOf(e.getMessage()));
            return new StateDatabase.Embedded();
        }
    }

    private static ControlSettings.Environment environment(Section keys) {
        var zone = keys.text("zone");
        return new ControlSettings.Environment(
                keys.value("name", "", new EnvironmentName("none"), EnvironmentName::new),
                zone,
                keys.texts("portal-hosts"),
                stages(keys),
                keys.duration("minimum-bake", "30m"),
                keys.sections("regions").stream()
                        .map(ControlConfiguration::region)
                        .toList(),
                keys.texts("frame-ancestors"),
                keys.texts("name-servers"),
                keys.sections("join-tokens").stream()
                        .map(ControlConfiguration::token)
                        .toList(),
                records(keys, zone),
                keys.values("operator-keys", text -> {
                    Signer.publicKey(text);
                    return text;
                }),
                bringUp(keys),
                breaker(keys));
    }

    private static BreakerPlan breaker(Section keys) {
        var standard = BreakerPlan.STANDARD;
        var sections = keys.has("breaker") ? keys.sections("breaker") : List.<Section>of();
        if (sections.isEmpty()) {
            return standard;
        }
        var plan = sections.getFirst();
        try {
            return new BreakerPlan(
                    plan.duration("probe-every", standard.probeEvery().toSeconds() + "s"),
                    plan.integer("dark", standard.dark()),
                    plan.integer("least-probes", standard.leastSample()),
                    plan.integer("least-fallbacks", standard.leastFallbacks()),
                    plan.duration("hold", standard.hold().toSeconds() + "s"),
                    plan.duration("step", standard.step().toSeconds() + "s"),
                    plan.has("shares") ? plan.values("shares", Integer::valueOf) : standard.shares(),
                    plan.duration("warming", standard.warming().toSeconds() + "s"));
        } catch (IllegalArgumentException e) {
            keys.fault("breaker", String.valueOf(e.getMessage()));
            return standard;
        }
    }

    private static BringUpPlan bringUp(Section keys) {
        var standard = BringUpPlan.STANDARD;
        var sections = keys.has("bring-up") ? keys.sections("bring-up") : List.<Section>of();
        if (sections.isEmpty()) {
            return standard;
        }
        var plan = sections.getFirst();
        try {
            return new BringUpPlan(
                    plan.duration("dark", standard.dark().toSeconds() + "s"),
                    plan.integer("vantage-points", standard.vantagePoints()),
                    plan.duration("canary", standard.canary().toSeconds() + "s"),
                    plan.has("shares") ? plan.values("shares", Integer::valueOf) : standard.shares(),
                    plan.duration("soak", standard.soak().toSeconds() + "s"),
                    plan.duration("drain", standard.drain().toSeconds() + "s"),
                    plan.duration("leave-dark", standard.leaveDark().toSeconds() + "s"),
                    plan.duration("clock-skew", standard.clockSkew().toSeconds() + "s"),
                    plan.duration("timeout", standard.timeout().toSeconds() + "s"),
                    plan.text("weekdays-only", Boolean.toString(standard.weekdaysOnly()))
                            .equals("true"),
                    plan.texts("critical"));
        } catch (IllegalArgumentException e) {
            keys.fault("bring-up", String.valueOf(e.getMessage()));
            return standard;
        }
    }

    private static List<DnsRecord> records(Section keys, String zone) {
        if (!keys.has("records")) {
            return List.of();
        }
        try {
            var records = keys.sections("records").stream()
                    .map(record -> new DnsRecord(
                            record.text("name").toLowerCase(Locale.ROOT),
                            record.text("type").toUpperCase(Locale.ROOT),
                            record.text("value"),
                            record.duration("ttl", "300s").toSeconds()))
                    .toList();
            StaticRecords.check(zone, records);
            return records;
        } catch (IllegalArgumentException e) {
            keys.fault("records", String.valueOf(e.getMessage()));
            return List.of();
        }
    }

    private static StageDefinition stages(Section keys) {
        if (!keys.has("stages")) {
            return keys.value("cloud", "public", StageDefinition.standard(), StageDefinition::of);
        }
        if (keys.has("cloud")) {
            keys.fault("cloud", "given beside stages, which it stands for (expected: one of the two)");
        }
        var stages = new ArrayList<Stage>();
        for (var stage : keys.sections("stages")) {
            var name = stage.text("name");
            var regions = stage.texts("regions");
            try {
                stages.add(new Stage(name, regions));
            } catch (IllegalArgumentException e) {
                stage.fault("name", String.valueOf(e.getMessage()));
            }
        }
        try {
            return new StageDefinition(stages);
        } catch (IllegalArgumentException e) {
            keys.fault("stages", String.valueOf(e.getMessage()));
            return StageDefinition.standard();
        }
    }

    private static ControlSettings.Region region(Section keys) {
        var name = keys.value("name", "", new RegionName("none"), RegionName::new);
        return new ControlSettings.Region(
                name,
                keys.text("display-name", keys.text("name")),
                new GeoPoint(keys.number("latitude"), keys.number("longitude")),
                keys.values("pairs", RegionName::new),
                keys.texts("addresses"),
                keys.texts("probe-urls"),
                keys.integer("capacity", 1),
                resourceApi(keys),
                residency(keys, name),
                "");
    }

    /** As the bundled list has it where it is not said. */
    private static String residency(Section keys, RegionName name) {
        return keys.has("residency")
                ? keys.value("residency", "", "", ControlSettings.Region::residency)
                : RegionCatalogue.residency(name);
    }

    private static String resourceApi(Section keys) {
        if (!keys.has("resource-api-endpoint")) {
            return "";
        }
        return keys.value("resource-api-endpoint", "", "", text -> {
            ResourceApis.requireEndpoint(text);
            return text;
        });
    }

    private static ControlSettings.JoinToken token(Section keys) {
        return new ControlSettings.JoinToken(
                keys.secret("token"),
                keys.value("kind", "", "region", kind -> {
                    if (!List.of("region", "director").contains(kind)) {
                        throw new IllegalArgumentException(kind + " (expected: region or director)");
                    }
                    return kind;
                }),
                keys.value("region", "director", new RegionName("none"), RegionName::new));
    }
}
