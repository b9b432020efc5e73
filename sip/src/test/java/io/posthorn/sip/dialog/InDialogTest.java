package io.posthorn.sip.dialog;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a peer may do that no decent user agent does. */
class InDialogTest extends Bench {

    private final Phone alice = new Phone(s, "alice");
    private final RawPeer peer = new RawPeer(s, "peer");

    private Leg established() {
        var leg = alice.invite(peer.uri());
        seconds(1);
        peer.answer(200, "one");
        seconds(1);
        return leg;
    }

    private SipResponse called() {
        peer.send(peer.fresh("INVITE", alice));
        seconds(1);
        return peer.responses.getLast();
    }

    private void confirm(SipResponse ok) {
        peer.send(peer.inDialog("ACK", 1, ok));
        seconds(1);
    }

    @Test
    void anotherForkGetsAckAndByeByItself() {
        var leg = established();
        peer.answer(200, "two");
        seconds(1);
        assertThat(alice.history(leg)).containsExactly("answered 200");
        assertThat(peer.acks).hasSize(2);
        assertThat(peer.lastRequest("BYE").to().tag()).contains("two");
        peer.answer(200, "two");
        peer.answer(200, "one");
        seconds(1);
        assertThat(peer.acks).hasSize(4);
        assertThat(peer.methods()).containsExactly("INVITE", "BYE");
        leg.bye(null, Map.of());
        nothingIsLeft(alice);
    }

    @Test
    void copiesAreAbsorbedUntilTheAckAndThenGetTheSameAck() {
        alice.doing = (_, _) -> {};
        var leg = established();
        peer.answer(200, "one");
        seconds(1);
        assertThat(peer.acks).isEmpty();
        leg.acknowledge();
        leg.acknowledge();
        seconds(1);
        peer.answer(200, "one");
        seconds(1);
        assertThat(peer.acks).hasSize(2);
        assertThat(peer.acks.get(1).bytes()).isEqualTo(peer.acks.get(0).bytes());
        assertThat(peer.acks.getFirst().values("Via")).hasSize(1);
        assertThat(peer.acks.getFirst().via().branch().orElseThrow())
                .isNotEqualTo(peer.lastRequest("INVITE").via().branch().orElseThrow());
        assertThat(alice.history(leg)).containsExactly("answered 200");
        leg.bye(null, Map.of());
        nothingIsLeft(alice);
    }

    @Test
    void routesAreReversedAndTheContactIsTheTarget() {
        var leg = alice.invite(peer.uri());
        seconds(1);
        peer.answer(
                200,
                "one",
                ok ->
                        ok.withAdded("Record-Route", "<sip:far@" + peer.host + ";lr>")
                                .withAdded("Record-Route", "<sip:near@" + peer.host + ";lr>")
                                .with("Contact", "<sip:target@192.0.2.9>"));
        seconds(1);
        var ack = peer.acks.getFirst();
        assertThat(ack.uri()).isEqualTo("sip:target@192.0.2.9");
        assertThat(ack.values("Route"))
                .containsExactly(
                        "<sip:near@" + peer.host + ";lr>", "<sip:far@" + peer.host + ";lr>");
        assertThat(ack.cseq().toString()).isEqualTo("1 ACK");
        leg.bye(null, Map.of());
        seconds(1);
        assertThat(peer.lastRequest("BYE").cseq().toString()).isEqualTo("2 BYE");
        nothingIsLeft(alice);
    }

    @Test
    void aStrictRouterGetsItselfAsRequestUri() {
        var leg = alice.invite(peer.uri());
        seconds(1);
        peer.answer(
                200,
                "one",
                ok ->
                        ok.withAdded("Record-Route", "<sip:strict@" + peer.host + ">")
                                .with("Contact", "<sip:target@192.0.2.9>"));
        seconds(1);
        var ack = peer.acks.getFirst();
        assertThat(ack.uri()).isEqualTo("sip:strict@" + peer.host);
        assertThat(ack.values("Route")).containsExactly("<sip:target@192.0.2.9>");
        leg.bye(null, Map.of());
        nothingIsLeft(alice);
    }

    @Test
    void aReInviteMovesTheTarget() {
        var leg = established();
        peer.send(peer.back("UPDATE", 5, "one").with("Contact", "<sip:moved@" + peer.host + ">"));
        seconds(1);
        assertThat(peer.codes()).containsExactly(200);
        leg.bye(null, Map.of());
        seconds(1);
        assertThat(peer.lastRequest("BYE").uri()).isEqualTo("sip:moved@" + peer.host);
        nothingIsLeft(alice);
    }

    @Test
    void wrongTagsAndCallIdsAre481() {
        var leg = established();
        peer.send(peer.back("INFO", 1, "other"));
        peer.send(peer.back("INFO", 1, "one").with("Call-ID", "other"));
        peer.send(peer.back("INFO", 1, "one").with("To", "<sip:alice@example.com>;tag=0-unknown"));
        peer.send(peer.back("INFO", 1, "one").with("To", "<sip:alice@example.com>;tag=77-x"));
        seconds(1);
        assertThat(peer.codes()).containsExactly(481, 481, 481, 481);
        assertThat(alice.history(leg)).containsExactly("answered 200");
        leg.bye(null, Map.of());
        nothingIsLeft(alice);
    }

    @Test
    void aLowerNumberIs500WithRetryAfter() {
        var leg = established();
        peer.send(peer.back("OPTIONS", 100, "one"));
        seconds(1);
        peer.send(peer.back("OPTIONS", 99, "one"));
        seconds(1);
        peer.send(peer.back("OPTIONS", 2_000_000_000, "one"));
        seconds(1);
        assertThat(peer.codes()).containsExactly(200, 500, 200);
        assertThat(Integer.parseInt(peer.responses.get(1).header("Retry-After").orElseThrow()))
                .isBetween(0, 10);
        leg.bye(null, Map.of());
        nothingIsLeft(alice);
    }

    @Test
    void requestsNobodyKnowsAreRefusedWithAllow() {
        var leg = established();
        peer.send(peer.back("REGISTER", 1, "one"));
        seconds(1);
        peer.send(peer.back("DANCE", 2, "one"));
        seconds(1);
        peer.send(peer.back("PRACK", 3, "one"));
        seconds(1);
        peer.send(peer.back("INFO", 4, "one").with("Require", "timer, dancing"));
        seconds(1);
        assertThat(peer.codes()).containsExactly(405, 501, 481, 420);
        assertThat(peer.responses.get(1).lists("Allow", "INVITE")).isTrue();
        assertThat(peer.responses.get(3).header("Unsupported")).contains("dancing");
        leg.bye(null, Map.of());
        nothingIsLeft(alice);
    }

    @Test
    void aQuestionNobodyAnswersIs500After20Seconds() {
        alice.doing =
                (leg, event) -> {
                    if (event instanceof LegEvent.Answered) leg.acknowledge();
                };
        var leg = established();
        peer.send(peer.back("INFO", 1, "one"));
        seconds(19);
        assertThat(peer.codes()).containsOnly(100);
        seconds(2);
        assertThat(peer.codes()).endsWith(500);
        leg.bye(null, Map.of());
        nothingIsLeft(alice);
    }

    @Test
    void aByePutsAnEndToOpenQuestions() {
        alice.doing =
                (leg, event) -> {
                    if (!(event instanceof LegEvent.Asked)) Phone.politely(leg, event);
                };
        var leg = established();
        peer.send(peer.back("INFO", 1, "one"));
        seconds(1);
        peer.send(peer.back("BYE", 2, "one"));
        seconds(1);
        assertThat(peer.codes()).containsExactlyInAnyOrder(200, 487);
        assertThat(alice.history(leg))
                .containsExactly("answered 200", "asked INFO", "bye", "ended BYE");
        nothingIsLeft(alice);
    }

    @Test
    void aSecondOfferBeforeTheFirstIsAnsweredIs500() {
        alice.doing =
                (leg, event) -> {
                    if (event instanceof LegEvent.Answered) leg.acknowledge();
                };
        var leg = established();
        peer.send(peer.back("INVITE", 1, "one").withBody("application/sdp", Phone.sdp(2)));
        seconds(1);
        peer.send(peer.back("INVITE", 2, "one").withBody("application/sdp", Phone.sdp(3)));
        seconds(1);
        assertThat(peer.codes()).containsExactly(100, 500);
        leg.bye(null, Map.of());
        nothingIsLeft(alice);
    }

    @Test
    void anOfferThatCrossesOursIs491() {
        var leg = established();
        leg.ask(SipRequest.of("UPDATE", "sip:filled@in").withBody("application/sdp", Phone.sdp(5)));
        peer.answers = _ -> {};
        seconds(1);
        peer.send(peer.back("INVITE", 1, "one").withBody("application/sdp", Phone.sdp(2)));
        seconds(1);
        assertThat(peer.codes()).containsExactly(491);
        var update = peer.last("UPDATE");
        update.loop().execute(() -> update.respond(SipResponse.to(update.request(), 200)));
        peer.answers = t -> t.respond(SipResponse.to(t.request(), 200));
        seconds(1);
        assertThat(alice.history(leg)).containsExactly("answered 200", "replied 200");
        leg.bye(null, Map.of());
        nothingIsLeft(alice);
    }

    @Test
    void anUnknownDialogAtThePeerEndsOurs() {
        var leg = established();
        peer.answers = t -> t.respond(SipResponse.to(t.request(), 481));
        leg.ask(SipRequest.of("INFO", "sip:filled@in"));
        seconds(1);
        assertThat(alice.history(leg)).containsExactly("answered 200", "replied 481", "ended GONE");
        nothingIsLeft(alice);
    }

    @Test
    void theTwoHundredIsRepeatedUntilItsAck() {
        var ok = called();
        seconds(4);
        var copies = peer.codes().stream().filter(code -> code == 200).count();
        assertThat(copies).isBetween(3L, 5L);
        confirm(ok);
        peer.responses.clear();
        peer.send(peer.inDialog("ACK", 1, ok));
        seconds(10);
        assertThat(peer.codes()).isEmpty();
        assertThat(alice.history(alice.call())).containsExactly("confirmed");
        peer.send(peer.inDialog("BYE", 2, ok));
        nothingIsLeft(alice);
    }

    @Test
    void aByeBeforeTheAckStopsTheTwoHundreds() {
        var ok = called();
        peer.send(peer.inDialog("BYE", 2, ok));
        seconds(1);
        peer.responses.clear();
        peer.send(peer.inDialog("ACK", 1, ok));
        seconds(40);
        assertThat(peer.codes()).isEmpty();
        assertThat(alice.history(alice.call())).containsExactly("bye", "ended BYE");
        nothingIsLeft(alice);
    }

    @Test
    void aByeInAnEarlyDialogIsAHangUp() {
        alice.taking = leg -> leg.progress(SipResponse.to(leg.invite(), 180));
        var ringing = called();
        peer.send(peer.inDialog("BYE", 2, ringing));
        seconds(1);
        assertThat(peer.codes()).containsExactly(180, 200, 487);
        assertThat(alice.history(alice.call())).containsExactly("cancelled");
        nothingIsLeft(alice);
    }

    @Test
    void recordRouteIsCopiedAndFollowed() {
        var route = "<sip:proxy@" + peer.host + ";lr>";
        peer.send(peer.fresh("INVITE", alice).with("Record-Route", route));
        seconds(1);
        var ok = peer.responses.getLast();
        assertThat(ok.fields("Record-Route")).containsExactly(route);
        confirm(ok);
        alice.call().bye(null, Map.of());
        seconds(1);
        assertThat(peer.lastRequest("BYE").fields("Route")).containsExactly(route);
        assertThat(peer.lastRequest("BYE").uri()).isEqualTo(peer.uri());
        nothingIsLeft(alice);
    }

    @Test
    void noProvisionalAnswerToWhoWantsItReliable() {
        alice.taking = leg -> leg.progress(SipResponse.to(leg.invite(), 180));
        peer.send(peer.fresh("INVITE", alice).with("Require", "100rel"));
        seconds(1);
        assertThat(peer.codes()).containsExactly(100);
        alice.call().answer(Phone.ok(alice.call()));
        seconds(1);
        var ok = peer.responses.getLast();
        confirm(ok);
        peer.send(peer.inDialog("BYE", 2, ok));
        nothingIsLeft(alice);
    }

    @Test
    void theSameCallOnAnotherWayIsMerged() {
        alice.taking = _ -> {};
        peer.send(peer.fresh("INVITE", alice));
        seconds(1);
        peer.send(peer.fresh("INVITE", alice));
        seconds(1);
        assertThat(peer.codes()).isEqualTo(List.of(100, 482));
        alice.call().answer(SipResponse.to(alice.call().invite(), 486));
        nothingIsLeft(alice);
    }

    /** Whatever stands in fields that nobody checked before: the call is made and ends. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    Contact         | <
                    Contact         | *
                    Contact         | <sip:a b@c>
                    Contact         | <tel:+1>
                    Contact         | "unended <sip:a@b>
                    Record-Route    | nonsense
                    Record-Route    | <sip:>
                    Record-Route    | <>,<>
                    Record-Route    | <sip:a@192.0.2.1;lr>, ;;;, <sip:b@192.0.2.1;lr>
                    Session-Expires | 0;refresher=uac
                    Session-Expires | 4294967295;refresher=uas
                    Session-Expires | -1
                    Session-Expires | 1800;refresher=both
                    Allow           | ,,,
                    Supported       | ;
                    Content-Type    | multipart/mixed;boundary=
                    Content-Type    | multipart/mixed
                    """)
    void fieldsThatCannotBeReadHarmNobody(String field, String value) {
        var leg = alice.invite(peer.uri());
        seconds(1);
        peer.answer(
                200, "one", ok -> ok.withBody("text/plain", new byte[] {'x'}).with(field, value));
        seconds(1);
        leg.bye(null, Map.of());
        seconds(40);
        // What the parser refuses already is a response that never came.
        assertThat(alice.history(leg)).last().asString().matches("ended .*|refused 408");
        var invite =
                peer.fresh("INVITE", alice)
                        .withBody("text/plain", new byte[] {'x'})
                        .with("Supported", "timer")
                        .with(field, value);
        peer.send(invite);
        seconds(40);
        if (!alice.calls.isEmpty())
            assertThat(alice.history(alice.call())).containsExactly("ended NO_ACK");
        nothingIsLeft(alice);
    }

    @Test
    void anUnreadableContactInAReInviteMovesNothing() {
        var leg = established();
        peer.send(peer.back("UPDATE", 1, "one").with("Contact", "<"));
        seconds(1);
        leg.bye(null, Map.of());
        seconds(1);
        assertThat(peer.lastRequest("BYE").uri()).isEqualTo(peer.uri());
        nothingIsLeft(alice);
    }

    @Test
    void acksOfNobodyAreDropped() {
        peer.send(
                peer.fresh("ACK", alice)
                        .with("CSeq", "1 ACK")
                        .with("To", "<sip:a@b>;tag=0-unknown"));
        seconds(1);
        assertThat(peer.codes()).isEmpty();
        nothingIsLeft(alice);
    }
}
