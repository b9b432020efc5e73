package io.posthorn.msrp.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

class GateTest {

    private final Gate gate = new Gate(new RelayTest.Beginning(new byte[] {1, 2, 3, 4}));

    private int pass(long at, int... octets) {
        var bytes = Unpooled.buffer();
        for (int octet : octets) bytes.writeByte(octet);
        return gate.pass(at, bytes);
    }

    @Test
    void looksAtTheBeginningInWhateverPieces() {
        assertThat(pass(0, 1)).isEqualTo(200);
        assertThat(pass(1, 2, 3)).isEqualTo(200);
        assertThat(pass(3, 4, 99)).isEqualTo(200);
    }

    @Test
    void whatFollowsPassesInAnyOrder() {
        assertThat(pass(0, 1, 2, 3, 4)).isEqualTo(200);
        assertThat(pass(1000, 7)).isEqualTo(200);
        assertThat(gate.end(1001)).isEqualTo(200);
    }

    @Test
    void aBeginningIsNotWrittenOver() {
        assertThat(pass(0, 1, 2, 3, 4)).isEqualTo(200);
        assertThat(pass(2, 9)).isEqualTo(400);
        assertThat(pass(0, 9, 9, 9, 9)).isEqualTo(400);
        assertThat(pass(2, 3, 4, 5)).isEqualTo(200);
    }

    @Test
    void halfABeginningMayComeAgain() {
        assertThat(pass(0, 1, 2)).isEqualTo(200);
        assertThat(pass(1, 2, 3, 9)).isEqualTo(403);
    }

    @Test
    void aBeginningMayComeLater() {
        assertThat(pass(10, 7, 7)).isEqualTo(200);
        assertThat(gate.end(12)).isEqualTo(200);
        assertThat(pass(0, 1, 2, 3, 9, 7)).isEqualTo(403);
    }

    @Test
    void noPartOfABeginningPassesUnseen() {
        assertThat(pass(2, 9, 9)).isEqualTo(200);
        assertThat(pass(0, 1, 2, 3, 4)).isEqualTo(400);
    }

    @Test
    void aBeginningMayEndWhereTheUnseenBegan() {
        assertThat(pass(4, 7)).isEqualTo(200);
        assertThat(pass(0, 1, 2, 3, 4, 7)).isEqualTo(200);
        assertThat(pass(2, 3, 9)).isEqualTo(400);
    }

    @Test
    void aMessageThatEndsBeforeItsHeadIsRefused() {
        assertThat(pass(0, 1, 2)).isEqualTo(200);
        assertThat(gate.end(2)).isEqualTo(400);
    }

    @Test
    void whatHasNoContentHasNoHead() {
        assertThat(gate.end(0)).isEqualTo(200);
    }
}
