package io.portolan.director;

import static org.assertj.core.api.Assertions.assertThat;

import io.portolan.model.RegionName;
import io.portolan.planner.routing.HealthView;
import io.portolan.testkit.Samples;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Type;

/** Profiles of many routes and a change of health. */
final class RouteProfilesTest {
    private static final HealthView DOWN = HealthView.down(Set.of(new RegionName("westeurope")));

    private final DirectorState state = Worlds.state(
            Worlds.revision(
                    Worlds.RECORDS,
                    Samples.extension("Contoso_Orders", "orders", "1", List.of("westeurope", "brazilsouth")),
                    Samples.extension("Contoso_Stock", "stock", "1", List.of("westeurope"))),
            Set.of());

    private static Message ask(ZoneState zone, String label) {
        var answerer = new WireAnswerer(() -> Optional.of(zone), () -> Worlds.COOKIES);
        var query = Dig.query(label + ".ext.portolan.test", Type.A, "198.51.100.0/24");
        return Dig.parse(Worlds.answer(answerer, query.toWire(), InetAddress.ofLiteral("127.0.0.1"), false));
    }

    @Test
    void aRevisionIsCompiledWholeAndAChangeOfHealthOnlyWhereItIsAskedFor() {
        var routes = state.profiles().labels();
        assertThat(routes).containsExactly("hello", "idle", "orders", "stock");
        assertThat(state.profiles().ready()).isEqualTo(4);

        var changed = state.withHealth(DOWN);
        assertThat(changed.profiles().ready()).isZero();
        var orders = changed.route("ORDERS").orElseThrow();
        assertThat(changed.profiles().ready()).isEqualTo(1);
        assertThat(changed.route("orders")).as("made once").containsSame(orders);
        assertThat(changed.profiles().of(2)).isSameAs(orders);
        assertThat(changed.route("nothing")).isEmpty();
    }

    @Test
    void answersAfterAChangeOfHealthAreThoseOfAStateMadeAnew() {
        var before = new ZoneBuilder(state).withSerial(17);
        var changed = before.with(state.withHealth(DOWN));
        var anew = new ZoneBuilder(Worlds.state(state.revision(), Set.of(new RegionName("westeurope")))).withSerial(17);

        for (var label : state.profiles().labels()) {
            assertThat(Dig.data(ask(changed, label))).as(label).isEqualTo(Dig.data(ask(anew, label)));
        }
        assertThat(Dig.data(ask(changed, "orders"))).isNotEqualTo(Dig.data(ask(before, "orders")));
    }
}
