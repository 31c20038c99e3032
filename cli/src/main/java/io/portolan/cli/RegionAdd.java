package io.portolan.cli;

import io.portolan.protocol.rest.BringUpBody;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code region add}. One thread at a time. */
@Command(
        name = "add",
        description = {
            "Declares a new region. Its facts come from the catalogue of regions, or are given.",
            "From the start of its node on it goes to its users by itself; see portolan region show."
        },
        footer = {
            "",
            "Examples:",
            "  portolan region add japaneast --dry-run",
            "  portolan region add japaneast",
            "  portolan region add lab1 --latitude 52.4 --longitude 4.9 --capacity 2",
            "  portolan region add polandcentral --stage stage2 --residency eu"
        })
final class RegionAdd extends Verb {
    @Parameters(paramLabel = "REGION", description = "Name of the region.")
    private String name;

    @Option(
            names = "--environment",
            paramLabel = "E",
            defaultValue = "",
            description = "The last of the train unless given.")
    private String environment = "";

    @Option(names = "--display-name", paramLabel = "T", defaultValue = "", description = "Name for people.")
    private String displayName = "";

    @Option(names = "--latitude", paramLabel = "D", description = "Where it stands, in degrees.")
    private @Nullable Double latitude;

    @Option(names = "--longitude", paramLabel = "D", description = "Where it stands, in degrees.")
    private @Nullable Double longitude;

    @Option(
            names = "--pair",
            paramLabel = "REGION",
            split = ",",
            description = "Regions that are never changed together with it.")
    private List<String> pairs = new ArrayList<>();

    @Option(
            names = "--address",
            paramLabel = "IP",
            split = ",",
            description = "What DNS answers for it; that of its node unless given.")
    private List<String> addresses = new ArrayList<>();

    @Option(
            names = "--url",
            paramLabel = "URL",
            split = ",",
            description = "Base URLs of its nodes; only these may join.")
    private List<String> urls = new ArrayList<>();

    @Option(
            names = "--capacity",
            paramLabel = "N",
            defaultValue = "1",
            description = "Relative capacity; 1 unless given.")
    private int capacity = 1;

    @Option(
            names = "--resource-api",
            paramLabel = "URL",
            defaultValue = "",
            description = "Base URL of the resource API that stands in it; users of regions without get the nearest.")
    private String resourceApi = "";

    @Option(
            names = "--residency",
            paramLabel = "CLASS",
            description = {
                "Class of the data that may stay in it, such as eu; as the catalogue says unless given, '' for none.",
                "Placements may be fenced in by it: portolan ext register NAME --placement prod=residency:eu"
            })
    private @Nullable String residency;

    @Option(
            names = "--stage",
            paramLabel = "STAGE",
            defaultValue = "",
            description = "Stage that it joins; the one that the stage definition gives it unless given.")
    private String stage = "";

    @Option(names = "--reason", paramLabel = "T", defaultValue = "", description = "Why; stands in the log.")
    private String reason = "";

    @Override
    protected int run() {
        if ((latitude == null) != (longitude == null)) {
            throw usage("region add: --latitude and --longitude go together");
        }
        var body = new TreeMap<String, Object>();
        body.put("name", name);
        put(body, "environment", environment);
        put(body, "displayName", displayName);
        if (latitude != null && longitude != null) {
            body.put("latitude", latitude);
            body.put("longitude", longitude);
        }
        body.put("pairs", pairs);
        body.put("addresses", addresses);
        body.put("probeUrls", urls);
        body.put("capacity", capacity);
        put(body, "resourceApiEndpoint", resourceApi);
        if (residency != null) {
            body.put("residency", residency);
        }
        put(body, "stage", stage);
        put(body, "reason", reason);
        var reply = api().post("/v1/regions", body);
        portolan().print(reply, () -> portolan().dryRun() ? plan(reply) : declared());
        return ExitCode.DONE;
    }

    private static void put(TreeMap<String, Object> body, String key, String value) {
        if (!value.isEmpty()) {
            body.put(key, value);
        }
    }

    private List<String> declared() {
        return List.of(
                name + " is declared; give its node a token:",
                "  portolan node token " + name,
                "and see how far it is: portolan region show " + name);
    }

    private static List<String> plan(Reply reply) {
        var plan = reply.as(BringUpBody.PlanBody.class);
        var lines = new ArrayList<String>();
        lines.add(plan.name() + " would become a region of " + plan.environment() + ", " + plan.stage() + ", with "
                + plan.extensions() + (plan.extensions() == 1 ? " extension (" : " extensions (")
                + When.size(plan.bytes()) + ")");
        plan.steps().forEach(step -> lines.add("  " + step));
        lines.add("at least " + When.text(plan.atLeast()) + " from its node's start to all of its users, with "
                + When.size(plan.assumedBytesPerSecond()) + " a second");
        return lines;
    }
}
