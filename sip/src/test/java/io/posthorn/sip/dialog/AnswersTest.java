package io.posthorn.sip.dialog;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.sip.auth.Account;
import io.posthorn.sip.transaction.Transactions.ServerTransaction;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * RFC 6026 section 7.2: for 32 s copies of a 2xx come, and other forks, also to a leg that ended.
 */
class AnswersTest extends Bench {

    private final Phone alice =
            new Phone(
                    s,
                    "alice",
                    settings ->
                            settings.account(
                                    new Account(
                                            "alice", "zanzibar", s.node("accounts").entropy())));
    private final RawPeer peer = new RawPeer(s, "peer");

    private Leg called() {
        var leg = alice.invite(alice.inviting(peer.uri()).with("Session-Expires", "90"));
        seconds(1);
        return leg;
    }

    private void ok(String tag) {
        peer.answer(
                200,
                tag,
                ok ->
                        ok.withAdded("Record-Route", "<sip:far@" + peer.host + ";lr>")
                                .withAdded("Record-Route", "<sip:near@" + peer.host + ";lr>"));
        seconds(1);
    }

    /** When its transaction is over at both sides. */
    private void late(String tag) {
        var invite = peer.lastRequest("INVITE");
        var ok =
                SipResponse.to(invite, 200)
                        .with("To", invite.to().withTag(tag).toString())
                        .with("Contact", "<" + peer.uri() + ">");
        peer.world
                .net()
                .datagrams(
                        peer.world.loops().getFirst(),
                        new InetSocketAddress(s.address("peer"), 0),
                        (_, _) -> {})
                .send(new InetSocketAddress(s.address("alice"), 5060), ok.bytes());
        seconds(1);
    }

    private Leg ended() {
        var leg = called();
        ok("one");
        leg.bye(null, Map.of());
        seconds(1);
        assertThat(alice.history(leg)).containsExactly("answered 200", "ended BYE");
        assertThat(alice.agent.stats().open()).isZero();
        return leg;
    }

    private void sameAck(int one, int other) {
        assertThat(peer.acks.get(other).toString()).isEqualTo(peer.acks.get(one).toString());
    }

    private static Consumer<ServerTransaction> refusing(int code, String field, String value) {
        return asked -> {
            var request = asked.request();
            if (!request.method().equals("INVITE")) asked.respond(SipResponse.to(request, 200));
            else if (request.cseq().number() == 1)
                asked.respond(SipResponse.to(request, code).with(field, value));
        };
    }

    @Test
    void aCopyAfterOurByeGetsTheSameAckAndNoBye() {
        var leg = ended();
        ok("one");
        seconds(25);
        ok("one");
        assertThat(peer.acks).hasSize(3);
        sameAck(0, 1);
        sameAck(0, 2);
        assertThat(peer.methods()).containsExactly("INVITE", "BYE");
        assertThat(alice.history(leg)).containsExactly("answered 200", "ended BYE");
        nothingIsLeft(alice);
    }

    /** RFC 3261 section 13.3.1.4: the callee repeats it for 64*T1, and no longer. */
    @Test
    void aCopyOfACallThatIsHeldGetsTheSameAckFor32Seconds() {
        var leg = called();
        ok("one");
        seconds(30);
        ok("one");
        assertThat(peer.acks).hasSize(2);
        sameAck(0, 1);
        seconds(3);
        late("one");
        assertThat(peer.acks).hasSize(2);
        assertThat(alice.history(leg)).containsExactly("answered 200");
        leg.bye(null, Map.of());
        seconds(1);
        assertThat(alice.history(leg)).containsExactly("answered 200", "ended BYE");
        nothingIsLeft(alice);
    }

    /** Its callee answered later than the one that was taken, and so repeats it for longer. */
    @Test
    void aLateCopyOfAnotherForkGetsTheSameAckAndNoSecondBye() {
        var leg = called();
        ok("one");
        seconds(5);
        ok("two");
        seconds(29);
        late("two");
        assertThat(peer.acks)
                .extracting(ack -> ack.to().tag().orElse(""))
                .containsExactly("one", "two", "two");
        sameAck(1, 2);
        assertThat(peer.methods()).containsExactly("INVITE", "BYE");
        assertThat(alice.history(leg)).containsExactly("answered 200");
        leg.bye(null, Map.of());
        seconds(1);
        nothingIsLeft(alice);
    }

    @Test
    void aCopyAfterTheirByeGetsTheSameAckAndNoBye() {
        var leg = called();
        ok("one");
        peer.send(peer.back("BYE", 1, "one"));
        seconds(1);
        assertThat(alice.history(leg)).containsExactly("answered 200", "bye", "ended BYE");
        ok("one");
        assertThat(peer.acks).hasSize(2);
        sameAck(0, 1);
        assertThat(peer.methods()).containsExactly("INVITE");
        nothingIsLeft(alice);
    }

    @Test
    void anotherForkAfterTheEndGetsAckAndOneBye() {
        var leg = ended();
        ok("two");
        ok("two");
        ok("one");
        assertThat(peer.acks)
                .extracting(ack -> ack.to().tag().orElse(""))
                .containsExactly("one", "two", "two", "one");
        sameAck(1, 2);
        sameAck(0, 3);
        assertThat(peer.acks.get(1).via().branch()).isNotEqualTo(peer.acks.get(0).via().branch());
        assertThat(peer.acks.get(1).uri()).isEqualTo(peer.uri());
        assertThat(peer.acks.get(1).fields("Route"))
                .containsExactly(
                        "<sip:near@" + peer.host + ";lr>", "<sip:far@" + peer.host + ";lr>");
        assertThat(peer.methods()).containsExactly("INVITE", "BYE", "BYE");
        var bye = peer.lastRequest("BYE");
        assertThat(bye.to().tag()).contains("two");
        assertThat(bye.from().tag()).isEqualTo(peer.lastRequest("INVITE").from().tag());
        assertThat(bye.cseq().toString()).isEqualTo("2 BYE");
        assertThat(alice.history(leg)).containsExactly("answered 200", "ended BYE");
        nothingIsLeft(alice);
    }

    /** RFC 3261 section 13.2.2.4: the ACK has the number of the INVITE that was answered. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    401 | WWW-Authenticate   | Digest realm="r", nonce="n", qop="auth"
                    407 | Proxy-Authenticate | Digest realm="r", nonce="n", qop="auth"
                    422 | Min-SE             | 600
                    """)
    void copiesForAnInviteSentAgainGetAnAckWithItsNumber(int code, String field, String value) {
        peer.answers = refusing(code, field, value);
        var leg = called();
        ok("one");
        ok("one");
        leg.bye(null, Map.of());
        seconds(1);
        ok("one");
        ok("two");
        assertThat(alice.history(leg)).containsExactly("answered 200", "ended BYE");
        assertThat(peer.acks)
                .extracting(ack -> ack.cseq().toString() + " " + ack.to().tag().orElse(""))
                .containsExactly("2 ACK one", "2 ACK one", "2 ACK one", "2 ACK two");
        sameAck(0, 1);
        sameAck(0, 2);
        assertThat(peer.received)
                .extracting(r -> r.cseq().toString())
                .containsExactly("1 INVITE", "2 INVITE", "3 BYE", "3 BYE");
        nothingIsLeft(alice);
    }

    /** Its owner never acknowledged it, and nobody does so in its place. */
    @Test
    void copiesForALegThatEndedUnacknowledgedGetNothing() {
        alice.doing = (_, _) -> {};
        peer.answers =
                asked -> {
                    if (!asked.request().method().equals("INVITE"))
                        asked.respond(SipResponse.to(asked.request(), 481));
                };
        var leg = called();
        ok("one");
        leg.ask(SipRequest.of("INFO", "sip:filled@in"));
        seconds(1);
        ok("one");
        ok("one");
        assertThat(alice.history(leg)).containsExactly("answered 200", "replied 481", "ended GONE");
        assertThat(peer.acks).isEmpty();
        assertThat(peer.methods()).containsExactly("INVITE", "INFO");
        assertThat(alice.agent.stats().open()).isZero();
        ok("two");
        assertThat(peer.acks).hasSize(1);
        assertThat(peer.methods()).containsExactly("INVITE", "INFO", "BYE");
        assertThat(peer.lastRequest("BYE").to().tag()).contains("two");
        nothingIsLeft(alice);
    }
}
