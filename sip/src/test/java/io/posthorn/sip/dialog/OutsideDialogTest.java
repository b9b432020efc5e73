package io.posthorn.sip.dialog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthorn.sip.transaction.Transactions;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutsideDialogTest extends Bench {

    private final Phone alice = new Phone(s, "alice");
    private final Phone bob = new Phone(s, "bob");
    private final RawPeer peer = new RawPeer(s, "peer");
    private final List<SipResponse> answers = new ArrayList<>();

    private SipRequest message(String uri) {
        return SipRequest.of("MESSAGE", uri)
                .with("From", "<sip:alice@example.com>")
                .withBody("text/plain", new byte[] {'h', 'i'});
    }

    @Test
    void aMessageIsAskedAndAnswered() {
        bob.agent.onRequest("MESSAGE", q -> q.answer(SipResponse.to(q.request(), 202)));
        alice.agent.ask(message(bob.uri()), answers::add);
        seconds(1);
        assertThat(answers).extracting(SipResponse::code).containsExactly(202);
        assertThat(answers.getFirst().to().tag()).isPresent();
        assertThat(answers.getFirst().header("Server")).contains("Server-bob");
        nothingIsLeft(alice, bob);
    }

    @Test
    void nobodyAnswersIs408AtTheSenderAnd500AtTheLoop() {
        bob.agent.onRequest("MESSAGE", _ -> {});
        alice.agent.ask(message(bob.uri()), answers::add);
        seconds(21);
        assertThat(answers).extracting(SipResponse::code).containsExactly(500);
        answers.clear();
        s.network().cut("alice", "bob");
        alice.agent.ask(message(bob.uri()), answers::add);
        seconds(33);
        assertThat(answers).extracting(SipResponse::code).containsExactly(408);
        nothingIsLeft(alice, bob);
    }

    @Test
    void aCallIdLivesOnTheLoopItWasMadeFor() {
        for (int i = 0; i < 20; i++) {
            for (var loop : alice.world.loops()) {
                var id = alice.agent.callId(loop);
                assertThat(Transactions.home(alice.world, id)).isSameAs(loop);
            }
        }
        var stranger = bob.world.loops().getFirst();
        assertThatThrownBy(() -> alice.agent.callId(stranger))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aTakerThatThrowsIs500() {
        bob.agent.onRequest(
                "MESSAGE",
                _ -> {
                    throw new IllegalStateException("a bug of the taker");
                });
        alice.agent.ask(message(bob.uri()), answers::add);
        seconds(1);
        assertThat(answers).extracting(SipResponse::code).containsExactly(500);
        nothingIsLeft(alice, bob);
    }

    private int answerTo(SipRequest request) {
        peer.responses.clear();
        peer.send(request);
        seconds(1);
        return peer.codes().getFirst();
    }

    @Test
    void whatIsNotTakenIsRefusedByItsKind() {
        assertThat(answerTo(peer.fresh("MESSAGE", alice))).isEqualTo(405);
        assertThat(peer.responses.getFirst().lists("Allow", "INVITE")).isTrue();
        assertThat(answerTo(peer.fresh("DANCE", alice))).isEqualTo(501);
        assertThat(answerTo(peer.fresh("NOTIFY", alice).with("Event", "reg"))).isEqualTo(481);
        assertThat(answerTo(peer.fresh("BYE", alice))).isEqualTo(481);
        assertThat(answerTo(peer.fresh("UPDATE", alice))).isEqualTo(481);
        nothingIsLeft(alice);
    }

    @Test
    void optionsSaysWhatWeCan() {
        alice.agent.onRequest("MESSAGE", _ -> {});
        assertThat(answerTo(peer.fresh("OPTIONS", alice))).isEqualTo(200);
        var ok = peer.responses.getFirst();
        assertThat(ok.lists("Allow", "MESSAGE")).isTrue();
        assertThat(ok.header("Accept")).contains("application/sdp");
        nothingIsLeft(alice);
    }

    @Test
    void unknownExtensionsAre420AndSchemes416() {
        assertThat(answerTo(peer.fresh("INVITE", alice).with("Require", "timer, x-y, z")))
                .isEqualTo(420);
        assertThat(peer.responses.getFirst().header("Unsupported")).contains("x-y, z");
        var other =
                peer.fresh("OPTIONS", alice)
                        .withUri("urn:service:sos")
                        .with("Route", "<" + alice.uri() + ";lr>")
                        .with("Call-ID", "2");
        assertThat(answerTo(other)).isEqualTo(416);
        nothingIsLeft(alice);
    }
}
