package io.portolan.control;

import com.maxmind.db.CHMCache;
import com.maxmind.db.InvalidDatabaseException;
import com.maxmind.db.InvalidNetworkException;
import com.maxmind.db.NetworksIterationException;
import com.maxmind.db.Reader;
import io.portolan.model.GeoPoint;
import io.portolan.planner.routing.IpBits;
import io.portolan.planner.routing.IpBlock;
import io.portolan.planner.routing.LocationCsv;
import io.portolan.planner.routing.LocationRows;
import io.portolan.planner.routing.NetworkPlace;
import io.portolan.planner.routing.Place;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Networks and their places from an {@code .mmdb} file of any vendor. Stateless.
 *
 * <p>Two shapes are known: nested as in GeoIP2 ({@code location.latitude}, {@code country.iso_code}, {@code city.names.en}, {@code
 * subdivisions}, {@code continent.code}) and flat ({@code latitude}, {@code country_code}, {@code city}, {@code continent_code}, {@code
 * state1}). A network is not sure of its codes where the country and the registered country differ, where only the latter is known, or
 * where it is said to be anycast.
 */
final class MmdbSource {
    private MmdbSource() {}

    /** Reads all networks of a file. */
    static LocationRows read(Path file, String name, Map<String, LocationCsv.Country> countries) throws IOException {
        try (var reader = new Reader(file.toFile(), Reader.FileMode.MEMORY_MAPPED, new CHMCache())) {
            var rows = new LocationRows();
            var networks = reader.networks(Map.class);
            while (networks.hasNext()) {
                var record = networks.next();
                var data = record.data();
                if (data == null) {
                    continue;
                }
                var place = place(data, countries);
                if (place.point() instanceof Place.At
                        || !place.country().isEmpty()
                        || !place.continent().isEmpty()) {
                    var address = record.network().networkAddress().getAddress();
                    rows.add(block(address, record.network().prefixLength()), place);
                }
            }
            if (rows.size() == 0) {
                throw new IllegalArgumentException("reading " + name + ": no network has coordinates or a country"
                        + " (database type " + reader.getMetadata().databaseType() + ")");
            }
            return rows;
        } catch (InvalidDatabaseException | InvalidNetworkException | NetworksIterationException e) {
            throw new IllegalArgumentException("reading " + name + ": " + e.getMessage(), e);
        }
    }

    /** In a tree of both families IPv4 lies in ::/96. */
    private static IpBlock block(byte[] address, int length) {
        return address.length == 4 && length > 32
                ? IpBlock.around(IpBits.of(address), length - 96)
                : IpBlock.around(new Bits(address).value(), length);
    }

    /** An address as it is, mapped ones too. */
    private record Bits(byte[] address) {
        IpBits value() {
            var bits = IpBits.of(address);
            return address.length == 16 && bits.width() == 32
                    ? new IpBits(128, 0, 0xffff_0000_0000L | bits.low())
                    : bits;
        }
    }

    private static NetworkPlace place(Map<?, ?> data, Map<String, LocationCsv.Country> countries) {
        var named = code(text(data, "country", "iso_code"), text(data, "country_code"));
        var registered = code(text(data, "registered_country", "iso_code"), "");
        boolean anycast = Boolean.TRUE.equals(at(data, "traits", "is_anycast"));
        var country = named.isEmpty() ? registered : named;
        boolean sure = !anycast && !named.isEmpty() && (registered.isEmpty() || registered.equals(named));
        var known = countries.get(country);
        var continent = code(text(data, "continent", "code"), text(data, "continent_code"));
        if (continent.isEmpty() && known != null) {
            continent = known.continent();
        }
        Place point = point(data);
        if (point instanceof Place.Unknown && known != null) {
            point = new Place.At(known.middle());
        }
        return new NetworkPlace(
                point, continent, country, subdivision(data, country), sure || country.isEmpty(), label(data));
    }

    private static Place point(Map<?, ?> data) {
        var latitude = at(data, "location", "latitude");
        var longitude = at(data, "location", "longitude");
        if (latitude == null || longitude == null) {
            latitude = data.get("latitude");
            longitude = data.get("longitude");
        }
        if (latitude instanceof Number north
                && longitude instanceof Number east
                && Math.abs(north.doubleValue()) <= 90
                && Math.abs(east.doubleValue()) <= 180) {
            return new Place.At(new GeoPoint(north.doubleValue(), east.doubleValue()));
        }
        return new Place.Unknown();
    }

    private static String subdivision(Map<?, ?> data, String country) {
        var code = "";
        if (data.get("subdivisions") instanceof List<?> list
                && !list.isEmpty()
                && list.getFirst() instanceof Map<?, ?> first) {
            code = text(first, "iso_code");
        }
        // Flat files have names there, which are no codes.
        return !country.isEmpty() && code.matches("[A-Z0-9]{1,3}") ? country + "-" + code : "";
    }

    private static String label(Map<?, ?> data) {
        var city = at(data, "city", "names", "en");
        return city instanceof String name ? name : text(data, "city");
    }

    private static String code(String one, String other) {
        var code = one.isEmpty() ? other : one;
        return code.matches("[A-Z]{2}") ? code : "";
    }

    private static String text(Map<?, ?> data, String... path) {
        return at(data, path) instanceof String text ? text : "";
    }

    private static @Nullable Object at(Map<?, ?> data, String... path) {
        Object value = data;
        for (var key : path) {
            value = value instanceof Map<?, ?> map ? map.get(key) : null;
        }
        return value;
    }
}
