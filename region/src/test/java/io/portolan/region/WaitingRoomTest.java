package io.portolan.region;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** Who may wait for content, row X.7 of the reference's contract. */
class WaitingRoomTest {
    @Test
    void row_x_7_oneExtensionTakesHalfOfThePlacesAtMost() {
        var room = new WaitingRoom(10);
        var greedy = new ArrayList<WaitingRoom.Place>();
        for (int i = 0; i < 10; i++) {
            room.enter("Contoso_Greedy").ifPresent(greedy::add);
        }

        assertThat(greedy).hasSize(5);
        for (var other : new String[] {"Contoso_A", "Contoso_B", "Contoso_C", "Contoso_D", "Contoso_E"}) {
            assertThat(room.enter(other)).as(other).isPresent();
        }
        assertThat(room.enter("Contoso_F")).isEmpty();

        greedy.removeLast().close();

        assertThat(room.enter("Contoso_Greedy")).isPresent();
        assertThat(room.enter("Contoso_F")).isEmpty();
    }

    @Test
    void hasAPlaceForOneAtLeast() {
        var room = new WaitingRoom(1);

        for (int i = 0; i < 3; i++) {
            var place = room.enter("Contoso_A");
            assertThat(place).isPresent();
            assertThat(room.enter("Contoso_B")).isEmpty();
            place.orElseThrow().close();
        }
    }
}
