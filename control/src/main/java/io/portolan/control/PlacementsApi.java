package io.portolan.control;

import io.portolan.model.EnvironmentName;
import io.portolan.model.ExtensionName;
import io.portolan.model.RegionName;
import io.portolan.model.access.AccessSummary.Asked;
import io.portolan.placement.data.CloudRegion;
import io.portolan.placement.data.RegionCatalogue;
import io.portolan.placement.plan.AdvicePlanner;
import io.portolan.placement.plan.PlacementPlanner;
import io.portolan.placement.plan.Usage;
import io.portolan.placement.workload.Attachments;
import io.portolan.placement.workload.WorkloadReader;
import io.portolan.placement.workload.WorkloadRejected;
import io.portolan.protocol.Json;
import io.portolan.protocol.MalformedJson;
import io.portolan.protocol.Problem;
import io.portolan.protocol.rest.DemandBody;
import io.portolan.storage.StateStore;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;

/** How many regions, and which: of a workload, and of what an extension's records say. Thread-safe. */
final class PlacementsApi {
    /** Plans that are made at once; each takes a processor for seconds. */
    private static final int AT_ONCE = 1;

    private static final Duration NODE_TIMEOUT = Duration.ofSeconds(10);
    private static final double USUAL_THRESHOLD_MILLIS = 50;
    private static final double LARGEST_THRESHOLD_MILLIS = 10_000;

    private final StateStore store;
    private final RecordedPlaces recorded;
    private final HttpClient http;
    private final Semaphore planning = new Semaphore(AT_ONCE);

    PlacementsApi(StateStore store, RecordedPlaces recorded, HttpClient http) {
        this.store = store;
        this.recorded = recorded;
        this.http = http;
    }

    void addTo(Routes routes) {
        routes.add("POST", "/v1/placements", this::plan);
        routes.add("GET", "/v1/extensions/{name}/advice", this::advise);
    }

    /** Plans a workload; nothing is kept of it. */
    private Answer plan(Call call) {
        try {
            var workload = WorkloadReader.read(call.bytes(), "of the request", Attachments.NONE);
            planning.acquire();
            try {
                return Answer.json(200, PlacementPlanner.plan(workload));
            } finally {
                planning.release();
            }
        } catch (WorkloadRejected e) {
            throw new ApiException(
                    ErrorCode.INVALID,
                    "planning a placement: " + e.violations().size() + " wrong values",
                    e.violations().stream()
                            .map(violation -> new Problem.Violation(
                                    "workload-value", null, violation.path(), violation.toString(), null, null))
                            .toList());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ApiException(ErrorCode.INTERNAL, "planning a placement: the control plane is being stopped");
        }
    }

    /** What is known of an extension before its nodes are asked. */
    private record Subject(
            Records.Extension extension,
            ControlSettings.Environment environment,
            List<RegionName> placed,
            List<Records.Node> nodes) {}

    private Answer advise(Call call) {
        var subject = subject(call);
        double threshold = threshold(call);
        var bodies = demand(subject);
        var asked = sum(bodies);
        long requests = asked.stream().mapToLong(Asked::requests).sum();
        if (requests == 0) {
            throw new ApiException(
                    ErrorCode.NOT_YET,
                    "advising on " + subject.extension().name() + ": the access logs of "
                            + String.join(
                                    ", ", bodies.stream().map(DemandBody::node).toList())
                            + " hold no request for it");
        }
        var located = recorded.locate(subject.extension(), subject.environment(), asked);
        if (located.places().isEmpty()) {
            throw new ApiException(
                    ErrorCode.NOT_YET,
                    "advising on " + subject.extension().name() + ": the location source knows none of the "
                            + asked.size() + " networks that asked for it (portolan location, or --locations FILE)");
        }
        var candidates = new LinkedHashMap<RegionName, CloudRegion>();
        if ("recommended".equals(call.query().get("candidates"))) {
            RegionCatalogue.bundled().recommended().forEach(region -> candidates.put(region.name(), region));
        }
        subject.environment()
                .regions()
                .forEach(region -> candidates.put(
                        region.name(),
                        new CloudRegion(region.name(), region.displayName(), "", "", region.location(), true)));
        return Answer.json(
                200,
                AdvicePlanner.advise(new AdvicePlanner.Asked(
                        subject.extension().name().value(),
                        "access logs of " + bodies.size() + (bodies.size() == 1 ? " node" : " nodes"),
                        requests,
                        located.unlocated(),
                        located.places(),
                        located.network(),
                        List.copyOf(candidates.values()),
                        subject.placed(),
                        Usage.of(asked),
                        threshold)));
    }

    private Subject subject(Call call) {
        var name = Call.identifier(ExtensionName::new, call.parameter("name"));
        var named = call.query().get("environment");
        return store.read(reader -> {
            var extension = Lookup.extension(reader, name).value();
            var environment =
                    Lookup.environment(reader, named == null ? null : Call.identifier(EnvironmentName::new, named));
            return new Subject(
                    extension,
                    environment,
                    Lookup.placed(extension, environment),
                    Table.NODES.list(reader, "").stream()
                            .map(Table.Row::value)
                            .filter(node -> node.environment().equals(environment.name())
                                    && !node.kind().equals("director"))
                            .toList());
        });
    }

    private static double threshold(Call call) {
        var text = call.query().get("thresholdMillis");
        if (text == null) {
            return USUAL_THRESHOLD_MILLIS;
        }
        double given = text.matches("[0-9]{1,5}(\\.[0-9]{1,3})?") ? Double.parseDouble(text) : -1;
        if (given < 0 || given > LARGEST_THRESHOLD_MILLIS) {
            throw new ApiException(ErrorCode.BAD_REQUEST, "thresholdMillis: " + text + " (expected: 0 to 10000)");
        }
        return given;
    }

    /** Asks every node; those that do not answer are left out, unless none does. */
    private List<DemandBody> demand(Subject subject) {
        var bodies = new ArrayList<DemandBody>();
        var failures = new ArrayList<String>();
        for (var node : subject.nodes()) {
            var uri = URI.create(node.url() + "/" + subject.extension().route() + "/-/demand");
            try {
                var response = http.send(
                        HttpRequest.newBuilder(uri).timeout(NODE_TIMEOUT).build(),
                        HttpResponse.BodyHandlers.ofByteArray());
                var body = response.statusCode() == 200 ? Json.read(response.body(), DemandBody.class) : null;
                if (body != null && body.complete()) {
                    bodies.add(body);
                } else {
                    failures.add(node.id() + ": "
                            + (body == null ? "answered " + response.statusCode() : "keeps no access log"));
                }
            } catch (IOException | MalformedJson e) {
                failures.add(node.id() + ": " + e.getMessage());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        if (bodies.isEmpty()) {
            throw new ApiException(
                    ErrorCode.NODES_UNREACHABLE,
                    "advising on " + subject.extension().name() + ": "
                            + (failures.isEmpty() ? "no node has joined" : String.join(", ", failures))
                            + " (expected: nodes with an access log, on this machine)");
        }
        return bodies;
    }

    private static List<Asked> sum(List<DemandBody> bodies) {
        var sums = new TreeMap<String, Asked>();
        bodies.forEach(body -> body.networks().forEach(asked -> sums.merge(asked.network(), asked, Asked::plus)));
        return sums.values().stream()
                .sorted(java.util.Comparator.comparingLong(Asked::requests).reversed())
                .toList();
    }
}
