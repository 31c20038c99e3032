package io.portolan.placement.workload;

import io.portolan.model.RegionName;
import io.portolan.placement.data.CsvRows;
import io.portolan.placement.data.Place;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Reads workloads from YAML or JSON (which is YAML); every fault is found at once. Stateless. */
public final class WorkloadReader {
    /** Largest document. */
    public static final int DOCUMENT_LIMIT_BYTES = 1 << 20;

    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private static final int MOST_INTERACTIONS = 8;
    private static final double MOST_MILLIS = 600_000;
    private static final double MOST_BYTES = 1e12;

    private WorkloadReader() {}

    /**
     * Reads a document.
     *
     * @param name  of the document, for errors
     * @param files what it may name
     * @throws WorkloadRejected naming every fault
     */
    public static Workload read(byte[] document, String name, Attachments files) {
        if (document.length > DOCUMENT_LIMIT_BYTES) {
            throw rejected(name, document.length + " bytes", "at most " + DOCUMENT_LIMIT_BYTES + " bytes");
        }
        JsonNode tree;
        try {
            tree = YAML.readTree(document);
        } catch (JacksonException e) {
            var at = e.getLocation();
            throw rejected(name, e.getOriginalMessage() + (at == null ? "" : " at line " + at.getLineNr()), "YAML");
        }
        return read(tree, name, files);
    }

    /** Reads a tree; see {@link #read(byte[], String, Attachments)}. */
    public static Workload read(JsonNode tree, String name, Attachments files) {
        var violations = new ArrayList<Violation>();
        var fields = new Fields(tree, "", violations);
        fields.text("schema", "1");
        var title = fields.text("name", name);
        var demand = new DemandReader(files).read(fields.object("demand"));
        var interactions = interactions(fields);
        var network = network(fields.object("network"), files);
        var choice = ChoiceReader.read(fields, demand.places());
        fields.end();
        if (!violations.isEmpty()) {
            throw new WorkloadRejected(name, violations);
        }
        return new Workload(title, demand.places(), demand.source(), interactions, network, choice);
    }

    private static WorkloadRejected rejected(String name, String actual, String expected) {
        return new WorkloadRejected(name, List.of(new Violation("the document", actual, expected)));
    }

    private static List<Interaction> interactions(Fields fields) {
        var given = fields.objects("interactions");
        if (given.isEmpty() || given.size() > MOST_INTERACTIONS) {
            fields.note("interactions", given.isEmpty() ? "nothing" : given.size(), "1 to " + MOST_INTERACTIONS);
        }
        var names = new HashSet<String>();
        var read = new ArrayList<Interaction>();
        for (var one : given) {
            var interaction = interaction(one);
            if (!names.add(interaction.name())) {
                one.note("name", interaction.name(), "a name that no other interaction has");
            }
            read.add(interaction);
        }
        return read;
    }

    private static Interaction interaction(Fields fields) {
        var targets = fields.object("targets");
        var interaction = new Interaction(
                fields.text("name", "interaction"),
                fields.number("viewsPerSession", 0.001, 100_000, 1),
                fields.count("serialCalls", 0, 10_000, 0),
                fields.count("parallelCalls", 0, 100_000, 0),
                fields.count("parallelism", 1, 256, 6),
                fields.quantity("requestBytes", Quantity.BYTES, 0, MOST_BYTES, 500),
                fields.quantity("responseBytes", Quantity.BYTES, 0, MOST_BYTES, 2_000),
                fields.quantity("bytesUp", Quantity.BYTES, 0, MOST_BYTES, 0),
                fields.quantity("bytesDown", Quantity.BYTES, 0, MOST_BYTES, 0),
                fields.number("cacheShare", 0, 1, 0),
                fields.quantity("serverTime", Quantity.DURATION, 0, MOST_MILLIS, 0),
                fields.flag("newConnection", false),
                targets.quantity("p50", Quantity.DURATION, 1, MOST_MILLIS, Double.POSITIVE_INFINITY),
                targets.quantity("p95", Quantity.DURATION, 1, MOST_MILLIS, Double.POSITIVE_INFINITY));
        targets.end();
        if (!fields.has("name")) {
            fields.note("name", "nothing", "what users would call it");
        }
        if (interaction.serialCalls() + interaction.parallelCalls() == 0
                && interaction.bytesUp() + interaction.bytesDown() == 0) {
            fields.note("", "neither calls nor bulk", "serialCalls, parallelCalls, bytesUp or bytesDown");
        }
        fields.end();
        return interaction;
    }

    private static Network network(Fields fields, Attachments files) {
        var standard = Network.DEFAULT;
        var read = new Network(
                fields.quantity("access", Quantity.DURATION, 0, 2_000, standard.accessMillis()),
                fields.quantity("base", Quantity.DURATION, 0, 2_000, standard.baseMillis()),
                fields.quantity("per1000Km", Quantity.DURATION, 1, 200, standard.per1000KmMillis()),
                fields.flag("regionTable", standard.regionTable()),
                measured(fields, files),
                fields.quantity("up", Quantity.RATE, 0.01, 100_000, standard.upMbit()),
                fields.quantity("down", Quantity.RATE, 0.01, 100_000, standard.downMbit()),
                fields.number("loss", 0, 0.2, standard.lossRate()),
                fields.count("tlsRoundTrips", 0, 2, standard.tlsRoundTrips()),
                fields.quantity("cdn", Quantity.DURATION, 0, 2_000, standard.cdnMillis()));
        fields.end();
        return read;
    }

    private static Map<String, Map<RegionName, Double>> measured(Fields fields, Attachments files) {
        var found = new HashMap<String, Map<RegionName, Double>>();
        var name = fields.text("measured", "");
        if (name.isEmpty()) {
            return found;
        }
        try {
            for (var row : CsvRows.parse(files.read(name), name, List.of("country", "region", "rtt_ms"))) {
                double rtt = Double.parseDouble(CsvRows.field(row, "rtt_ms"));
                if (!(rtt > 0 && rtt < 10_000)) {
                    throw new IllegalArgumentException(
                            "reading " + name + ": rtt_ms: " + rtt + " (expected: 0 to 10000)");
                }
                found.computeIfAbsent(CsvRows.field(row, "country"), key -> new HashMap<>())
                        .put(new RegionName(CsvRows.field(row, "region")), rtt);
            }
        } catch (IOException | IllegalArgumentException e) {
            fields.note("measured", name + ": " + e.getMessage(), "a CSV file with country,region,rtt_ms");
        }
        return found;
    }

    /** Demand with where it comes from. */
    record Demand(List<Place> places, String source) {}
}
