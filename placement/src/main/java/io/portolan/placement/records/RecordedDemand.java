package io.portolan.placement.records;

import io.portolan.model.GeoPoint;
import io.portolan.model.access.AccessSummary.Asked;
import io.portolan.placement.data.Place;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/**
 * Demand by where the clients of recorded requests are. Immutable.
 *
 * @param places    one for each place of the location table, weighted by requests, most first
 * @param requests  all requests
 * @param unlocated those of clients that the table does not know; they are no part of {@code places}
 */
public record RecordedDemand(List<Place> places, long requests, long unlocated) {
    public RecordedDemand {
        places = List.copyOf(places);
    }

    /** Locates the networks. */
    public static RecordedDemand of(List<Asked> asked, Locations locations) {
        record Spot(GeoPoint point, String label, long requests) {}
        var spots = new TreeMap<String, Spot>();
        long all = 0;
        long unlocated = 0;
        for (var one : asked) {
            all += one.requests();
            var located =
                    locations.find(one.network().substring(0, one.network().indexOf('/')));
            if (located.isEmpty()) {
                unlocated += one.requests();
                continue;
            }
            var where = located.get();
            spots.merge(
                    where.point().latitude() + "," + where.point().longitude(),
                    new Spot(where.point(), where.label(), one.requests()),
                    (a, b) -> new Spot(a.point(), a.label(), a.requests() + b.requests()));
        }
        return new RecordedDemand(
                spots.values().stream()
                        .map(spot -> new Place(
                                Locations.nearestCountry(spot.point()).code(),
                                spot.label(),
                                spot.point(),
                                spot.requests()))
                        .sorted(Comparator.comparingDouble(Place::weight)
                                .reversed()
                                .thenComparing(Place::label))
                        .toList(),
                all,
                unlocated);
    }
}
