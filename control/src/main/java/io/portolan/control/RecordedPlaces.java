package io.portolan.control;

import io.portolan.model.GeoPoint;
import io.portolan.model.RegionName;
import io.portolan.model.access.AccessSummary.Asked;
import io.portolan.placement.data.Place;
import io.portolan.placement.workload.Network;
import io.portolan.protocol.Json;
import io.portolan.protocol.NodeStatus;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Where networks are and how far from each region, by the map that the director sends users by: it is asked to explain each network,
 * the {@value #MOST} with most requests. Thread-safe.
 */
final class RecordedPlaces {
    /** Most networks that are located; the others count as not located. */
    static final int MOST = 500;

    private static final Duration DIRECTOR_TIMEOUT = Duration.ofSeconds(3);

    private final NodeRegistry registry;
    private final HttpClient http;
    private final InstantSource clock;

    RecordedPlaces(NodeRegistry registry, HttpClient http, InstantSource clock) {
        this.registry = registry;
        this.http = http;
        this.clock = clock;
    }

    /**
     * What is known of them.
     *
     * @param network   with the director's round trips as measured ones
     * @param unlocated requests of networks that the director cannot place
     */
    record Located(List<Place> places, Network network, long unlocated) {}

    Located locate(Records.Extension extension, ControlSettings.Environment environment, List<Asked> asked) {
        var director = registry.directors(clock.instant()).stream()
                .filter(status -> status.environment().equals(environment.name()))
                .findFirst()
                .orElseThrow(() -> new ApiException(
                        ErrorCode.DIRECTOR_UNREACHABLE,
                        "advising on " + extension.name() + ": no director of " + environment.name()
                                + " has reported lately"));
        var places = new ArrayList<Place>();
        var measured = new HashMap<String, Map<RegionName, Double>>();
        long unlocated = 0;
        for (int i = 0; i < asked.size(); i++) {
            var network = asked.get(i);
            var explained = i < MOST
                    ? explain(director, extension.route() + "." + environment.zone(), network.network())
                    : Optional.<JsonNode>empty();
            var rtts = explained.map(RecordedPlaces::roundTrips).orElse(Map.of());
            if (rtts.isEmpty()) {
                unlocated += network.requests();
                continue;
            }
            measured.put(network.network(), rtts);
            places.add(place(network, explained.orElseThrow(), rtts, environment));
        }
        return new Located(places, network(measured), unlocated);
    }

    private static Map<RegionName, Double> roundTrips(JsonNode explanation) {
        var rtts = new HashMap<RegionName, Double>();
        for (var candidate : explanation.path("candidates")) {
            if (candidate.path("rttMillis").isNumber()) {
                // A region that stands where the client does is not at no distance.
                rtts.put(
                        new RegionName(candidate.path("region").asString()),
                        Math.max(1, candidate.path("rttMillis").asDouble()));
            }
        }
        return rtts;
    }

    /** By the location source; where that says no coordinates, at the region that is nearest. */
    private static Place place(
            Asked asked, JsonNode explanation, Map<RegionName, Double> rtts, ControlSettings.Environment environment) {
        var known = explanation.path("place");
        var label = known.path("label").asString("");
        var point = known.path("latitude").isNumber() && known.path("longitude").isNumber()
                ? new GeoPoint(
                        known.path("latitude").asDouble(),
                        known.path("longitude").asDouble())
                : environment.regions().stream()
                        .filter(region -> rtts.containsKey(region.name()))
                        .min(java.util.Comparator.comparingDouble(region -> rtts.getOrDefault(region.name(), 0.0)))
                        .map(ControlSettings.Region::location)
                        .orElseGet(() -> new GeoPoint(0, 0));
        return new Place(
                asked.network(),
                label.isEmpty() ? asked.network() : label + " (" + asked.network() + ")",
                point,
                asked.requests());
    }

    private static Network network(Map<String, Map<RegionName, Double>> measured) {
        var standard = Network.DEFAULT;
        return new Network(
                standard.accessMillis(),
                standard.baseMillis(),
                standard.per1000KmMillis(),
                standard.regionTable(),
                measured,
                standard.upMbit(),
                standard.downMbit(),
                standard.lossRate(),
                standard.tlsRoundTrips(),
                standard.cdnMillis());
    }

    /** What the director says of a client in the network; empty when it does not say. */
    private Optional<JsonNode> explain(NodeStatus director, String name, String network) {
        var client = network.substring(0, network.indexOf('/'));
        var uri = URI.create(director.url() + "/-/explain?name=" + encode(name) + "&client=" + encode(client));
        try {
            var response = http.send(
                    HttpRequest.newBuilder(uri).timeout(DIRECTOR_TIMEOUT).build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            return response.statusCode() == 200
                    ? Optional.of(Json.mapper().readTree(response.body()))
                    : Optional.empty();
        } catch (IOException e) {
            throw new ApiException(
                    ErrorCode.DIRECTOR_UNREACHABLE,
                    "asking " + director.id() + " about " + network + ": " + e.getMessage());
        } catch (JacksonException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
