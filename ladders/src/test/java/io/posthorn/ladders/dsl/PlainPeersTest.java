package io.posthorn.ladders.dsl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The peers understand each other, in the simulation and on sockets. */
class PlainPeersTest {

    private static PlainSip invite() {
        return PlainSip.of("INVITE sip:bob@example.net SIP/2.0")
                .with("From", "<sip:alice@example.com>;tag=a1")
                .with("To", "<sip:bob@example.net>")
                .with("Call-ID", "one")
                .with("CSeq", "1 INVITE");
    }

    @ParameterizedTest
    @EnumSource
    void aRefusalIsAcknowledgedByItself(Wire wire) throws Exception {
        try (var l = Scenario.on(wire, "a refusal")) {
            var alice = l.party("Alice");
            var bob = l.party("Bob");
            alice.sends(bob.at(), invite());
            var invite = bob.receives("INVITE");
            bob.answers(invite, 486, "Busy Here");
            alice.receives("486");
            l.nothingMore();
            assertThat(l.drawn()).contains("INVITE").contains("486").contains("ACK");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aMessagePassesInChunks(Wire wire) throws Exception {
        try (var l = Scenario.on(wire, "a message")) {
            var alice = l.msrp("Alice");
            var bob = l.msrp("Bob");
            var body = "Hello, -------pl\r\n".repeat(5_000).getBytes(StandardCharsets.UTF_8);
            alice.connects(bob.uri());
            alice.binds(List.of(bob.uri()));
            assertThat(bob.receives("SEND").header("Byte-Range")).isEqualTo("1-0/0");
            alice.receives("200");
            alice.sendsMessage(List.of(bob.uri()), "m4711", body, 10_000);
            assertThat(Arrays.equals(bob.receivesMessage(), body)).isTrue();
            assertThat(l.drawn()).contains("9 chunks, 90,000 bytes");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 11, 64})
    void theFramerIsRightAtEveryCut(int cut) {
        var one =
                "MSRP abcd SEND\r\nTo-Path: a\r\nFrom-Path: b\r\nContent-Type: text/plain\r\n\r\nx\r\n-------abcx\r\n-------abcd+\r\n";
        var two = "MSRP efgh 200 OK\r\nTo-Path: b\r\nFrom-Path: a\r\n-------efgh$\r\n";
        var all = (one + two).getBytes(StandardCharsets.UTF_8);
        var framer = new PlainMsrp.Framer();
        var messages = new java.util.ArrayList<PlainMsrp>();
        for (int at = 0; at < all.length; at += cut)
            messages.addAll(
                    framer.take(Arrays.copyOfRange(all, at, Math.min(all.length, at + cut))));
        assertThat(messages).extracting(PlainMsrp::what).containsExactly("SEND", "200");
        assertThat(new String(messages.getFirst().body(), StandardCharsets.UTF_8))
                .isEqualTo("x\r\n-------abcx");
        assertThat(messages.getFirst().flag()).isEqualTo('+');
    }

    @ParameterizedTest
    @EnumSource
    void whatDoesNotComeFailsTheTest(Wire wire) throws Exception {
        try (var l = Scenario.on(wire, "nothing")) {
            var bob = l.party("Bob");
            assertThatThrownBy(() -> bob.receives("BYE", java.time.Duration.ofMillis(50)))
                    .isInstanceOf(AssertionError.class)
                    .hasMessage("Bob expected BYE, got nothing");
        }
    }
}
