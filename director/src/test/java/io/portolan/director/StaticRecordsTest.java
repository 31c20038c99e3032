package io.portolan.director;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portolan.model.document.DnsRecord;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Type;

/** Which fixed records a zone may have. */
final class StaticRecordsTest {
    private static final String ZONE = "ext.portolan.test";

    @Test
    void everyKindOfRecordIsTaken() {
        assertThatCode(() -> StaticRecords.check(ZONE, Worlds.RECORDS)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "www,   SRV,   1 2 3 a.example,  type: SRV",
        "www,   NAPTR, x,                type: NAPTR",
        "www,   A,     300.1.1.1,        value: 300.1.1.1",
        "www,   AAAA,  127.0.0.1,        value: 127.0.0.1",
        "www,   CNAME, a..b,             value: a..b",
        "*,     A,     192.0.2.1,        not a wildcard",
        "a..b,  A,     192.0.2.1,        record a..b",
        "@,     CNAME, a.example,        CNAME",
    })
    void whatIsWrongIsNamed(String name, String type, String value, String message) {
        assertThatThrownBy(() -> StaticRecords.check(ZONE, List.of(new DnsRecord(name, type, value, 60))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void anAliasStandsAloneAndADelegationToo() {
        var alias = new DnsRecord("www", "CNAME", "a.example", 60);
        var cut = new DnsRecord("sub", "NS", "ns.example", 60);

        assertThatThrownBy(() -> StaticRecords.check(ZONE, List.of(alias, new DnsRecord("WWW", "A", "192.0.2.1", 60))))
                .hasMessageContaining("CNAME beside others");
        assertThatThrownBy(() -> StaticRecords.check(ZONE, List.of(cut, new DnsRecord("sub", "TXT", "x", 60))))
                .hasMessageContaining("NS beside others");
        assertThatThrownBy(() -> StaticRecords.check(ZONE, List.of(cut, new DnsRecord("a.sub", "TXT", "x", 60))))
                .hasMessageContaining("which others answer for");
        assertThatCode(() -> StaticRecords.check(ZONE, List.of(cut, new DnsRecord("ns.sub", "A", "192.0.2.1", 60))))
                .doesNotThrowAnyException();
    }

    /** The control plane refuses the two to meet; where they do all the same, what the operator wrote holds. */
    @Test
    void aRecordWinsOverARoute() {
        var records = List.of(new DnsRecord("hello", "A", "192.0.2.99", 60));
        var answerer = Worlds.answerer(Worlds.state(Worlds.revision(records), Set.of()));

        var answer = Dig.parse(Worlds.answer(
                answerer, Dig.query("hello." + ZONE, Type.A).toWire(), InetAddress.ofLiteral("127.0.0.1"), false));

        assertThat(Dig.data(answer)).containsExactly("192.0.2.99");
    }

    @Test
    void aNameServerMayHaveItsAddressesAsRecords() {
        var records = List.of(new DnsRecord("ns1", "A", "192.0.2.53", 60));
        var answerer = Worlds.answerer(Worlds.state(Worlds.revision(records), Set.of()));

        var answer = Dig.parse(Worlds.answer(
                answerer, Dig.query("ns1." + ZONE, Type.A).toWire(), InetAddress.ofLiteral("127.0.0.1"), false));

        assertThat(Dig.data(answer))
                .as("not the advertised address of this director")
                .containsExactly("192.0.2.53");
    }
}
