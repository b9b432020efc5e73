package io.posthorn.ladders;

import static io.posthorn.ladders.LargeMessage.ALICE;
import static io.posthorn.ladders.LargeMessage.BOB;
import static io.posthorn.ladders.LargeMessage.cpim;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.ladders.coverage.LadderTest;
import io.posthorn.ladders.dsl.PlainMsrp;
import io.posthorn.ladders.dsl.Scenario;
import java.util.List;

/** Who may say inside a message who wrote it: OMA CPM Conv 6.1, RFC 3862 section 3.1. */
class SenderNameLadders {

    /** {@link LargeMessage#cpim} with another From. */
    private static byte[] from(String name, int bytes) {
        var whole = new String(cpim(bytes), ISO_8859_1);
        var other = whole.replaceFirst("<" + ALICE + ">", name) + "x".repeat(ALICE.length());
        return other.substring(0, bytes).getBytes(ISO_8859_1);
    }

    /** Nothing of what the next node got ends a message. */
    private static void nothingWhole(Originating at) {
        assertThat(at.receiver.hasMessage()).isFalse();
        assertThat(at.receiver.sends())
                .filteredOn(send -> send.has("Content-Type"))
                .extracting(PlainMsrp::flag)
                .doesNotContain('$');
    }

    private static Originating.Up bound(Originating at) {
        var up = at.established();
        at.bound(up);
        at.receiver.isDialled();
        return up;
    }

    @LadderTest
    void aMessageInTheNameOfAnotherIsRefused(Scenario l) {
        var at = new Originating(l);
        var up = bound(at);
        for (var name : List.of("<" + BOB + ">", "\"" + ALICE + "\" <sip:alice@example.net>")) {
            at.sender.sends(
                    at.sender.chunk(up.path(), "m" + name.length(), from(name, 1_500), 0, 1_500));
            at.sender.receives("403");
        }
        nothingWhole(at);
        at.ends(up);
        assertThat(l.calls())
                .anyMatch(call -> ("" + call.outcome()).contains("403 CPIM From is not who sends"));
    }

    @LadderTest
    void soItIsWhereItsHeadTakesMoreThanOneChunk(Scenario l) {
        var at = new Originating(l);
        var up = bound(at);
        var spoofed = from("<" + BOB + ">", 9_000);
        at.sender.sends(at.sender.chunk(up.path(), "m1", spoofed, 0, 50));
        at.sender.receives("200");
        at.sender.sends(at.sender.chunk(up.path(), "m1", spoofed, 50, 8_950));
        at.sender.receives("403");
        nothingWhole(at);
        at.ends(up);
    }

    @LadderTest
    void aHeadThatIsWrittenOverIsRefused(Scenario l) {
        var at = new Originating(l);
        var up = bound(at);
        at.sender.sends(at.sender.chunk(up.path(), "m1", cpim(5_000), 0, 2_000));
        at.sender.receives("200");
        var other = from("<" + BOB + ">", 5_000);
        at.sender.sends(at.sender.chunk(up.path(), "m1", other, 2, 4_998));
        at.sender.receives("400");
        nothingWhole(at);
        at.ends(up);
    }

    /** The relay remembers 64 messages. */
    @LadderTest
    void whatWasForgottenDoesNotPassByItsRest(Scenario l) {
        var at = new Originating(l);
        var up = bound(at);
        var spoofed = from("<" + BOB + ">", 1_500);
        at.sender.sends(at.sender.chunk(up.path(), "m0", spoofed, 0, 5));
        at.sender.receives("200");
        for (int i = 1; i <= 64; i++) {
            var other = at.sender.chunk(up.path(), "m" + i, cpim(300), 0, 300);
            at.sender.sends(other.with("Content-Type", "text/plain"));
            at.sender.receives("415");
        }
        at.sender.sends(at.sender.chunk(up.path(), "m0", spoofed, 5, 1_495));
        at.sender.receives("413");
        at.ends(up);
    }

    /** Some readers take the first of two addresses, or of two headers, or know no name spaces. */
    @LadderTest
    void aNameThatReadersTakeForDifferentOnesIsRefused(Scenario l) {
        var at = new Originating(l);
        var up = bound(at);
        var mine = "<" + ALICE + ">";
        var victim = "<" + BOB + ">";
        var names =
                List.of(
                        victim + " " + mine,
                        mine + "\r\nfrom: " + victim,
                        mine + "\r\nNS: x <urn:x>\r\nx.From: " + victim);
        for (var name : names) {
            var message = from(name, 1_500);
            at.sender.sends(at.sender.chunk(up.path(), "m" + name.length(), message, 0, 1_500));
            at.sender.receives("403");
        }
        nothingWhole(at);
        at.ends(up);
    }

    @LadderTest
    void oneselfAndNobodyPass(Scenario l) {
        var names =
                List.of(
                        "Alice <sip:alice@EXAMPLE.com>",
                        "<sips:alice@example.com>",
                        "<tel:+1-555-0100>",
                        "<sip:+15550100@example.com;user=phone>",
                        "<sip:anonymous@anonymous.invalid>");
        var at = new Originating(l);
        var invite = at.invite().set("P-Asserted-Identity", "<" + ALICE + ">, <tel:+15550100>");
        var up = at.established(invite);
        at.bound(up);
        at.receiver.isDialled();
        for (var name : names) {
            at.receiver.forgets();
            var message = from(name, 3_000);
            at.sender.sendsMessage(up.path(), "m" + name.length(), message, 2_000);
            assertThat(at.receiver.receivesMessage()).isEqualTo(message);
        }
        at.ends(up);
    }
}
