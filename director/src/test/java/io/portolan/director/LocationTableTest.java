package io.portolan.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LocationTableTest {
    private static final long SEED = 7;

    @ParameterizedTest
    @CsvSource({
        "81.2.69.142,   London,        24",
        "81.2.69.0,     London,        24",
        "81.2.69.255,   London,        24",
        "200.160.0.1,   São Paulo,     20",
        "200.160.15.255,São Paulo,     20",
        "203.116.7.8,   Singapore,     16",
        "192.0.2.77,    San Francisco, 24",
        "198.51.100.1,  Amsterdam,     24",
        "203.0.113.9,   Singapore,     24",
        "2001:db8::1,   Dallas,        32",
        "2001:db8:ffff::1, Dallas,     32",
    })
    void knowsTheBundledPrefixes(String address, String label, int scope) {
        var located = LocationTable.bundled().locate(InetAddress.ofLiteral(address));

        assertThat(located.rows())
                .singleElement()
                .extracting(LocationTable.Location::label)
                .isEqualTo(label);
        assertThat(located.scope()).isEqualTo(scope);
    }

    @Test
    void anUnknownAddressHasTheScopeOfTheGapAroundIt() {
        var table = LocationTable.bundled();

        assertThat(table.locate(InetAddress.ofLiteral("127.0.0.1")).rows()).isEmpty();
        assertThat(table.locate(InetAddress.ofLiteral("127.0.0.1")).scope()).isEqualTo(3);
        assertThat(table.locate(InetAddress.ofLiteral("81.2.68.1")).scope()).isEqualTo(24);
        assertThat(table.locate(InetAddress.ofLiteral("2001:db9::1")).scope()).isEqualTo(32);
        assertThat(table.locate(InetAddress.ofLiteral("::1")).scope()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.0.0.0",
                "10.0.0.1/24,1,2,x",
                "10.0.0.0/33,1,2,x",
                "10.0.0.0/24,91,2,x",
                "10.0.0.0/24,one,2,x",
                "example.org/24,1,2,x",
                "10.0.0.0/24,1,2,x\n10.0.0.0/24,1,2,y"
            })
    void saysWhichLineIsWrong(String csv) {
        assertThatThrownBy(() -> LocationTable.parse(csv.getBytes(StandardCharsets.UTF_8), "file.csv"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("reading file.csv: line ");
    }

    /** Against the plain definition: the longest prefix that holds the address; the scope is a block in which nothing changes. */
    @Test
    void findsTheLongestPrefixAndAnHonestScope() throws UnknownHostException {
        var random = new Random(SEED);
        for (int round = 0; round < 120; round++) {
            int width = random.nextBoolean() ? 32 : 128;
            var prefixes = new HashSet<IpPrefix>();
            for (int i = 0; i < random.nextInt(25); i++) {
                int length = random.nextInt(10) == 0 ? random.nextInt(width + 1) : random.nextInt(14);
                var bytes = address(width, random).getAddress();
                for (int bit = length; bit < width; bit++) {
                    bytes[bit / 8] &= (byte) ~(0x80 >> (bit % 8));
                }
                prefixes.add(new IpPrefix(InetAddress.getByAddress(bytes), length));
            }
            var list = new ArrayList<>(prefixes);
            var rows = list.stream()
                    .map(prefix -> new PrefixRanges.Row<>(prefix, prefix.toString()))
                    .toList();
            var ranges = PrefixRanges.of(width, rows);
            for (int probe = 0; probe < 60; probe++) {
                var number = Bits128.of(address(width, random));
                var found = ranges.find(number);
                var hint = "seed " + SEED + " round " + round + " " + list + " " + number;

                assertThat(found.rows()).as(hint).isEqualTo(longest(list, number));
                var first = number.blockStart(found.scope(), width);
                var last = number.blockEnd(found.scope(), width);
                assertThat(ranges.find(first).rows()).as(hint).isEqualTo(found.rows());
                assertThat(ranges.find(last).rows()).as(hint).isEqualTo(found.rows());
                assertThat(list)
                        .as(hint)
                        .noneMatch(other -> inside(other, first, last)
                                && !longest(list, other.first()).equals(found.rows()));
                if (found.scope() > 0) {
                    var wider = number.blockStart(found.scope() - 1, width);
                    var widerEnd = number.blockEnd(found.scope() - 1, width);
                    var changes = new ArrayList<Bits128>(List.of(wider, widerEnd));
                    list.forEach(other -> {
                        if (inside(other, wider, widerEnd)) {
                            changes.add(other.first());
                        }
                    });
                    assertThat(changes).as(hint).anyMatch(at -> !longest(list, at)
                            .equals(found.rows()));
                }
            }
        }
    }

    private static boolean inside(IpPrefix prefix, Bits128 first, Bits128 last) {
        return prefix.first().compareTo(first) >= 0 && prefix.last().compareTo(last) <= 0;
    }

    private static List<String> longest(List<IpPrefix> prefixes, Bits128 address) {
        return prefixes.stream()
                .filter(prefix ->
                        prefix.first().compareTo(address) <= 0 && prefix.last().compareTo(address) >= 0)
                .reduce((one, other) -> one.length() > other.length() ? one : other)
                .map(prefix -> List.of(prefix.toString()))
                .orElse(List.of());
    }

    private static InetAddress address(int width, Random random) throws UnknownHostException {
        var bytes = new byte[width / 8];
        random.nextBytes(bytes);
        return InetAddress.getByAddress(bytes);
    }
}
