package io.posthorn.sip.dialog;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.MemoryRecorder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CallTest extends Bench {

    private final Phone alice = new Phone(s, "alice");
    private final Phone bob = new Phone(s, "bob");

    @ParameterizedTest
    @ValueSource(strings = {"udp", "tcp"})
    void aCallIsMadeAndEnded(String transport) {
        bob.taking =
                leg -> {
                    leg.progress(SipResponse.to(leg.invite(), 180));
                    leg.answer(Phone.ok(leg));
                };
        var leg = alice.invite(bob.uri(transport));
        seconds(1);
        assertThat(alice.history(leg)).containsExactly("180", "answered 200");
        assertThat(bob.history(bob.call())).containsExactly("confirmed");
        assertThat(alice.agent.stats().legs()).isEqualTo(1);

        leg.bye(Reason.sip(200, "Call completed"), Map.of("X-More", "1"));
        seconds(1);
        assertThat(alice.history(leg)).endsWith("ended BYE");
        assertThat(bob.history(bob.call())).containsExactly("confirmed", "bye", "ended BYE");
        nothingIsLeft(alice, bob);
    }

    @Test
    void theCalledOneEndsTheCall() {
        var leg = alice.invite(bob.uri("tcp"));
        seconds(1);
        bob.call().bye(null, Map.of());
        seconds(1);
        assertThat(alice.history(leg)).containsExactly("answered 200", "bye", "ended BYE");
        assertThat(bob.history(bob.call())).containsExactly("confirmed", "ended BYE");
        nothingIsLeft(alice, bob);
    }

    @Test
    void aLegKeepsOfAnAcknowledgedInviteOnlyWhatNamesTheCall() {
        var leg = alice.invite(bob.uri("tcp"));
        seconds(1);
        for (var kept : List.of(leg.invite(), bob.call().invite())) {
            assertThat(kept.callId()).isEqualTo(bob.invite().callId());
            assertThat(kept.cseq()).isEqualTo(bob.invite().cseq());
            assertThat(kept.from()).isEqualTo(bob.invite().from());
            assertThat(kept.bodyLength()).isZero();
            assertThat(kept.header("Contact")).isEmpty();
        }
        leg.bye(null, Map.of());
        seconds(1);
        nothingIsLeft(alice, bob);
    }

    @Test
    void headersOfDialogsAreFilledIn() {
        var leg = alice.invite(bob.uri("tcp"));
        seconds(1);
        var invite = bob.invite();
        assertThat(invite.from().tag()).contains(leg.id());
        assertThat(invite.header("Contact"))
                .contains("<sip:" + alice.host + ":5060;transport=tcp>");
        assertThat(invite.header("User-Agent")).contains("UA-alice");
        assertThat(invite.lists("Supported", "timer")).isTrue();
        assertThat(invite.lists("Allow", "UPDATE")).isTrue();
        var ok = ((LegEvent.Answered) alice.events.getFirst()).ok();
        assertThat(ok.to().tag()).contains(bob.call().id());
        assertThat(ok.header("Server")).contains("Server-bob");
        assertThat(ok.header("Contact")).contains("<sip:" + bob.host + ":5060;transport=tcp>");
        leg.bye(null, Map.of());
        nothingIsLeft(alice, bob);
    }

    @Test
    void aRefusalIsTheLastEvent() {
        bob.taking = leg -> leg.answer(SipResponse.to(leg.invite(), 486));
        var leg = alice.invite(bob.uri());
        seconds(1);
        assertThat(alice.history(leg)).containsExactly("refused 486");
        assertThat(bob.history(bob.call())).isEmpty();
        nothingIsLeft(alice, bob);
    }

    @Test
    void nobodyThereIs408() {
        s.network().cut("alice", "bob");
        var leg = alice.invite(bob.uri());
        seconds(33);
        assertThat(alice.history(leg)).containsExactly("refused 408");
        nothingIsLeft(alice, bob);
    }

    @Test
    void eventsBeforeTheInboxAreDeliveredFirst() {
        bob.agent.onInvite(bob.calls::add);
        var leg = alice.invite(bob.uri());
        seconds(1);
        leg.cancel(null);
        seconds(1);
        assertThat(alice.history(leg)).containsExactly("refused 487");
        var heard = new java.util.ArrayList<String>();
        bob.call()
                .inbox(
                        bob.world.recorder().open("late", Map.of()),
                        event -> heard.add(Phone.word(event)));
        seconds(1);
        assertThat(heard).containsExactly("cancelled");
        nothingIsLeft(alice, bob);
    }

    @Test
    void cancelWaitsForTheFirstProvisionalAnswer() {
        bob.taking = _ -> {};
        var leg = alice.invite(bob.uri());
        leg.cancel(Reason.sip(200, "Call completed elsewhere"));
        seconds(1);
        assertThat(alice.history(leg)).containsExactly("refused 487");
        assertThat(bob.history(bob.call())).containsExactly("cancelled");
        var cancelled = (LegEvent.Cancelled) bob.events.getFirst();
        assertThat(Reason.of(cancelled.cancel()))
                .contains(Reason.sip(200, "Call completed elsewhere"));
        nothingIsLeft(alice, bob);
    }

    @Test
    void aTwoHundredThatCrossesTheCancelGetsAckAndBye() {
        bob.taking = _ -> {};
        var leg = alice.invite(bob.uri());
        seconds(1);
        bob.call().answer(Phone.ok(bob.call()));
        leg.cancel(null);
        seconds(1);
        assertThat(alice.history(leg)).containsExactly("ended BYE");
        assertThat(bob.history(bob.call())).containsExactly("confirmed", "bye", "ended BYE");
        nothingIsLeft(alice, bob);
    }

    @Test
    void cancelAfterTheAnswerWasReadChangesNothing() {
        var leg = alice.invite(bob.uri());
        seconds(1);
        leg.cancel(null);
        seconds(1);
        assertThat(alice.history(leg)).containsExactly("answered 200");
        leg.bye(null, Map.of());
        nothingIsLeft(alice, bob);
    }

    @Test
    void withoutAckTheCalledOneGivesUpAfter32Seconds() {
        alice.doing =
                (leg, event) -> {
                    if (event instanceof LegEvent.Bye) Phone.politely(leg, event);
                };
        var leg = alice.invite(bob.uri());
        seconds(31.5);
        assertThat(bob.history(bob.call())).isEmpty();
        seconds(1.5);
        assertThat(bob.history(bob.call())).containsExactly("ended NO_ACK");
        assertThat(alice.history(leg)).containsExactly("answered 200", "bye", "ended BYE");
        nothingIsLeft(alice, bob);
    }

    @Test
    void byeBeforeAcknowledgeAcknowledgesFirst() {
        alice.doing = (_, _) -> {};
        var leg = alice.invite(bob.uri());
        seconds(3);
        leg.bye(null, Map.of());
        seconds(1);
        assertThat(alice.history(leg)).containsExactly("answered 200", "ended BYE");
        assertThat(bob.history(bob.call())).containsExactly("confirmed", "bye", "ended BYE");
        nothingIsLeft(alice, bob);
    }

    @Test
    void byeRightAfterAcknowledgeComesAfterTheAck() {
        alice.doing =
                (leg, event) -> {
                    if (!(event instanceof LegEvent.Answered)) return;
                    leg.acknowledge();
                    leg.bye(null, Map.of());
                };
        alice.invite(bob.uri());
        seconds(1);
        assertThat(bob.history(bob.call())).containsExactly("confirmed", "bye", "ended BYE");
        nothingIsLeft(alice, bob);
    }

    @Test
    void theCalledOnesByeWaitsForTheAck() {
        alice.doing =
                (leg, event) -> {
                    if (event instanceof LegEvent.Bye) Phone.politely(leg, event);
                };
        var leg = alice.invite(bob.uri());
        seconds(2);
        bob.call().bye(null, Map.of());
        seconds(2);
        assertThat(bob.history(bob.call())).isEmpty();
        leg.acknowledge();
        seconds(1);
        assertThat(bob.history(bob.call())).containsExactly("confirmed", "ended BYE");
        assertThat(alice.history(leg)).containsExactly("answered 200", "bye", "ended BYE");
        nothingIsLeft(alice, bob);
    }

    @Test
    void crossingByesEndBothSidesOnce() {
        var leg = alice.invite(bob.uri());
        seconds(1);
        leg.bye(null, Map.of());
        bob.call().bye(null, Map.of());
        seconds(1);
        assertThat(alice.history(leg)).containsExactly("answered 200", "ended BYE");
        assertThat(bob.history(bob.call())).containsExactly("confirmed", "ended BYE");
        nothingIsLeft(alice, bob);
    }

    @Test
    void aByeNobodyAnswersGets200After20Seconds() {
        bob.doing = (_, _) -> {};
        var leg = alice.invite(bob.uri());
        seconds(1);
        leg.bye(null, Map.of());
        seconds(19);
        assertThat(alice.history(leg)).containsExactly("answered 200");
        seconds(2);
        assertThat(alice.history(leg)).endsWith("ended BYE");
        assertThat(bob.history(bob.call())).containsExactly("confirmed", "bye", "ended BYE");
        nothingIsLeft(alice, bob);
    }

    @Test
    void aByeToNobodyEndsWithGone() {
        var leg = alice.invite(bob.uri());
        seconds(1);
        s.network().cut("alice", "bob");
        leg.bye(null, Map.of());
        seconds(33);
        assertThat(alice.history(leg)).endsWith("ended GONE");
        s.network().heal();
        bob.call().bye(null, Map.of());
        seconds(1);
        assertThat(bob.history(bob.call())).endsWith("ended BYE");
        nothingIsLeft(alice, bob);
    }

    @Test
    void anOwnerThatIsGoneLeavesNothingOpen() {
        bob.agent.onInvite(leg -> {
            leg.inbox(bob.world.recorder().open("gone", Map.of()), _ -> false);
            leg.answer(Phone.ok(leg));
        });
        var leg = alice.invite(bob.uri());
        seconds(1);
        assertThat(alice.history(leg)).containsExactly("answered 200", "bye", "ended BYE");
        nothingIsLeft(alice, bob);
    }

    @Test
    void aTakerThatThrowsAnswers500() {
        bob.agent.onInvite(_ -> {
            throw new IllegalStateException("a bug of the taker");
        });
        var leg = alice.invite(bob.uri());
        seconds(1);
        assertThat(alice.history(leg)).containsExactly("refused 500");
        nothingIsLeft(alice, bob);
    }

    @Test
    void everyMessageOfALegIsRecordedOnce() {
        bob.taking =
                leg -> {
                    leg.progress(SipResponse.to(leg.invite(), 180));
                    leg.answer(Phone.ok(leg));
                };
        var leg = alice.invite(bob.uri());
        seconds(5);
        leg.bye(null, Map.of());
        seconds(1);
        var expected = List.of("INVITE", "180", "200", "ACK", "BYE", "200");
        assertThat(labels(alice)).isEqualTo(expected);
        assertThat(labels(bob)).isEqualTo(expected);
        nothingIsLeft(alice, bob);
    }

    private List<String> labels(Phone phone) {
        return s.recorder(phone.name).running().getFirst().entries().stream()
                .filter(MemoryRecorder.Message.class::isInstance)
                .map(entry -> ((MemoryRecorder.Message) entry).label())
                .toList();
    }

    @Test
    void anInfoIsAskedAndReplied() {
        var leg = alice.invite(bob.uri());
        seconds(1);
        leg.ask(SipRequest.of("INFO", "sip:filled@in").withBody("text/plain", new byte[] {'x'}));
        seconds(1);
        assertThat(alice.history(leg)).endsWith("replied 200");
        assertThat(bob.history(bob.call())).containsExactly("confirmed", "asked INFO");
        leg.bye(null, Map.of());
        nothingIsLeft(alice, bob);
    }

    @Test
    void aChangedOfferIsAsked() {
        var leg = alice.invite(bob.uri());
        seconds(1);
        leg.ask(SipRequest.of("INVITE", "sip:filled@in").withBody("application/sdp", Phone.sdp(2)));
        seconds(1);
        assertThat(alice.history(leg)).containsExactly("answered 200", "replied 200");
        assertThat(bob.history(bob.call())).containsExactly("confirmed", "asked INVITE");
        seconds(40);
        leg.bye(null, Map.of());
        seconds(1);
        assertThat(alice.history(leg)).endsWith("ended BYE");
        nothingIsLeft(alice, bob);
    }

    @ParameterizedTest
    @ValueSource(strings = {"INVITE", "UPDATE"})
    void anUnchangedOfferIsAnsweredBelow(String method) {
        var leg = alice.invite(bob.uri());
        seconds(1);
        leg.ask(SipRequest.of(method, "sip:filled@in").withBody("application/sdp", Phone.sdp(1)));
        seconds(1);
        assertThat(bob.history(bob.call())).containsExactly("confirmed");
        var replied = (LegEvent.Replied) alice.events.getLast();
        assertThat(replied.response().code()).isEqualTo(200);
        assertThat(replied.response().body()).isEqualTo(Phone.sdp(1));
        leg.bye(null, Map.of());
        nothingIsLeft(alice, bob);
    }

    @Test
    void crossingOffersAreBothAnsweredInTheEnd() {
        var leg = alice.invite(bob.uri());
        seconds(1);
        var offer = SipRequest.of("INVITE", "sip:filled@in");
        leg.ask(offer.withBody("application/sdp", Phone.sdp(3)));
        bob.call().ask(offer.withBody("application/sdp", Phone.sdp(4)));
        seconds(15);
        assertThat(alice.history(leg)).contains("replied 200", "asked INVITE");
        assertThat(bob.history(bob.call())).contains("replied 200", "asked INVITE");
        leg.bye(null, Map.of());
        nothingIsLeft(alice, bob);
    }

    @Test
    void askingWhenTheCallIsOverIs481() {
        var leg = alice.invite(bob.uri());
        seconds(1);
        leg.bye(null, Map.of());
        leg.ask(SipRequest.of("INFO", "sip:filled@in"));
        seconds(1);
        assertThat(alice.history(leg)).containsExactly("answered 200", "replied 481", "ended BYE");
        nothingIsLeft(alice, bob);
    }
}
