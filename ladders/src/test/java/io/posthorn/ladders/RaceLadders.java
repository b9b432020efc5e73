package io.posthorn.ladders;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.ladders.coverage.LadderTest;
import io.posthorn.ladders.dsl.PlainDialog;
import io.posthorn.ladders.dsl.PlainSip;
import io.posthorn.ladders.dsl.Scenario;
import io.posthorn.ladders.dsl.Wire;
import java.time.Duration;

/**
 * The races of RFC 5407, a ladder for each section, at every side where it can occur; and what else
 * may be lost, doubled or late on the way. Section 3.3.3 is not here, as REFER is not taken.
 */
class RaceLadders {

    // ---- RFC 5407 section 3.1: between the 2xx and its ACK

    /** RFC 5407 section 3.1.1: the INVITE comes again after its 200. */
    @LadderTest
    void race311AnInviteThatComesAgainAfterItsAnswerMakesNoSecondCall(Scenario l) {
        for (var one : Side.called()) {
            var side = one.apply(l);
            var invite = side.rings();
            side.answered();
            side.peer.sendsAgain(side.at(), invite);
            l.pass(Duration.ofMillis(100));
            side.peer.receivesNothing();
            side.acknowledges(0);
            side.confirmed();
            side.mediaPasses();
            side.peerLeaves(1);
        }
    }

    /** RFC 5407 section 3.1.2: CANCEL crosses the 200; it is answered, and has no effect. */
    @LadderTest
    void race312ACancelThatCrossesThe200HasNoEffect(Scenario l) {
        for (var one : Side.called()) {
            var side = one.apply(l);
            var invite = side.rings();
            side.answered();
            Side.cancels(side.peer, side.at(), invite);
            side.acknowledges(0);
            side.confirmed();
            side.mediaPasses();
            side.peerLeaves(1);
        }
    }

    /**
     * RFC 5407 section 3.1.3: a BYE sent in the early dialog crosses the 200. A client that is
     * called has no early dialog.
     */
    @LadderTest
    void race313AByeOfTheEarlyDialogThatCrossesThe200EndsTheCall(Scenario l) {
        for (var one : Side.called().subList(1, 3)) {
            var side = one.apply(l);
            side.rings();
            side.answered();
            side.sends(side.dialog().request("BYE", 1));
            side.peer.receives("200");
            // RFC 5407 section 3.1.3: the 200 to the INVITE is acknowledged all the same.
            side.acknowledges(0);
            behindIsAcknowledgedAndEnded(side);
        }
    }

    /** Nobody waits for an ACK any more: who is behind gets ACK and BYE. */
    private static void behindIsAcknowledgedAndEnded(Side side) {
        int copies = side.peer.repeated();
        side.l.pass(Duration.ofMillis(1_200));
        assertThat(side.peer.repeated()).as("copies of the 200").isEqualTo(copies);
        side.leftUnconfirmed();
    }

    /** RFC 5407 section 3.1.4: a re-INVITE comes before the ACK, which is lost. */
    @LadderTest
    void race314AReInviteOvertakesTheAck(Scenario l) {
        for (var one : Side.called()) {
            var side = one.apply(l);
            side.rings();
            var ok = side.answered();
            side.sends(side.again("INVITE", 1));
            var again = side.peer.receives("200");
            assertThat(again.header("CSeq")).isEqualTo("2 INVITE");
            assertThat(again.body()).isEqualTo(ok.body());
            side.acknowledges(1);
            side.confirmed();
            // The first ACK arrives at last.
            side.acknowledges(0);
            side.mediaPasses();
            side.peerLeaves(2);
        }
    }

    /**
     * RFC 5407 section 3.1.5: the re-INVITE overtakes an ACK that brings the answer. It cannot
     * happen to the first INVITE, as one without an offer is refused; so to an offerless re-INVITE.
     */
    @LadderTest
    void race315AReInviteThatOvertakesAnAnswerInTheAckIsRefusedFirst(Scenario l) {
        for (var one : Side.all()) {
            var side = one.apply(l).up();
            side.sends(side.request("INVITE", 1));
            side.peer.receives("200");
            side.sends(side.again("INVITE", 2));
            side.peer.receives("491");
            side.sends(side.dialog().request("ACK", 1).body("application/sdp", side.said().body()));
            side.sends(side.again("INVITE", 3));
            side.peer.receives("200");
            side.acknowledges(3);
            side.mediaPasses();
            if (side.mediaEndsTheCall()) {
                side.answersBye();
                side.over();
            } else side.peerLeaves(4);
        }
    }

    /** RFC 5407 section 3.1.6: BYE comes before the ACK, which is absorbed. */
    @LadderTest
    void race316AByeOvertakesTheAck(Scenario l) {
        for (var one : Side.called()) {
            var side = one.apply(l);
            side.rings();
            side.answered();
            side.sends(side.dialog().request("BYE", 1));
            side.peer.receives("200");
            behindIsAcknowledgedAndEnded(side);
            side.acknowledges(0);
            side.peer.receivesNothing();
        }
    }

    // ---- RFC 5407 section 3.2: after our BYE

    /** RFC 5407 section 3.2.1: both say BYE. */
    @LadderTest
    void race321CrossingByesAreBothAnswered(Scenario l) {
        for (var one : Side.all()) {
            var side = one.apply(l).up();
            side.hangsUp();
            var bye = side.peer.receives("BYE");
            side.sends(side.dialog().request("BYE", 1));
            side.peer.receives("200");
            side.peer.answers(bye, 200, "OK");
            side.over();
        }
    }

    /** RFC 5407 section 3.2.2: a re-INVITE meets our BYE. */
    @LadderTest
    void race322AReInviteThatCrossesOurByeIs481(Scenario l) {
        for (var one : Side.all()) {
            var side = one.apply(l).up();
            side.hangsUp();
            var bye = side.peer.receives("BYE");
            side.sends(side.again("INVITE", 1));
            side.peer.receives("481");
            side.peer.answers(bye, 200, "OK");
            side.over();
        }
    }

    /** RFC 5407 section 3.2.3: the 200 to our re-INVITE comes after our BYE. */
    @LadderTest(Wire.SIMULATED)
    void race323The200ToOurReInviteIsAcknowledgedAfterOurBye(Scenario l) {
        for (var one : Side.all(RaceLadders::refreshedByInvites)) {
            var side = one.apply(l).up();
            var refresh = side.awaits("INVITE");
            side.hangsUp();
            var bye = side.peer.receives("BYE");
            side.peer.answers(refresh, side.repeats(refresh));
            assertThat(side.peer.receives("ACK").header("CSeq").split(" ")[0])
                    .isEqualTo(refresh.header("CSeq").split(" ")[0]);
            side.peer.answers(bye, 200, "OK");
            side.over();
        }
    }

    /** RFC 5407 section 3.2.4: the ACK comes after we gave it up and said BYE. */
    @LadderTest(Wire.SIMULATED)
    void race324AnAckThatComesAfterOurByeIsAbsorbed(Scenario l) {
        for (var one : Side.called()) {
            var side = one.apply(l);
            side.rings();
            side.answered();
            l.pass(Duration.ofSeconds(33));
            var bye = side.peer.receives("BYE");
            assertThat(bye.header("Reason")).contains("cause=408");
            side.acknowledges(0);
            side.peer.answers(bye, 200, "OK");
            side.peer.receivesNothing();
            side.leftUnconfirmed();
        }
    }

    // ---- RFC 5407 section 3.3: offers that cross

    /** RFC 5407 section 3.3.1: re-INVITEs cross; both get 491, and ours is tried again. */
    @LadderTest(Wire.SIMULATED)
    void race331CrossingReInvitesAreRefusedAndTriedAgain(Scenario l) {
        for (var one : Side.all(RaceLadders::refreshedByInvites)) {
            var side = one.apply(l).up();
            var refresh = side.awaits("INVITE");
            side.sends(side.again("INVITE", 1));
            side.peer.receives("491");
            side.peer.answers(refresh, 491, "Request Pending");
            l.pass(Duration.ofSeconds(4));
            var again = side.peer.receives("INVITE");
            assertThat(again.header("CSeq")).isNotEqualTo(refresh.header("CSeq"));
            assertThat(again.body()).isEqualTo(refresh.body());
            side.peer.answers(again, side.repeats(again));
            side.peer.receives("ACK");
            side.sends(side.again("INVITE", 2));
            side.peer.receives("200");
            side.acknowledges(2);
            side.peerLeaves(3);
        }
    }

    /** RFC 5407 section 3.3.2: an UPDATE with an offer crosses our re-INVITE. */
    @LadderTest(Wire.SIMULATED)
    void race332AnUpdateThatCrossesOurReInviteIsRefused(Scenario l) {
        for (var one : Side.all(RaceLadders::refreshedByInvites)) {
            var side = one.apply(l).up();
            var refresh = side.awaits("INVITE");
            side.sends(side.again("UPDATE", 1));
            side.peer.receives("491");
            side.peer.answers(refresh, side.repeats(refresh));
            side.peer.receives("ACK");
            side.sends(side.again("UPDATE", 2));
            side.peer.receives("200");
            side.peerLeaves(3);
        }
    }

    /** RFC 3311 section 5.2: an UPDATE without an offer clashes with nothing. */
    @LadderTest(Wire.SIMULATED)
    void race332AnUpdateWithoutAnOfferThatCrossesOurReInviteIsAnswered(Scenario l) {
        for (var one : Side.all(RaceLadders::refreshedByInvites)) {
            var side = one.apply(l).up();
            var refresh = side.awaits("INVITE");
            side.sends(side.request("UPDATE", 1));
            side.peer.receives("200");
            side.peer.answers(refresh, side.repeats(refresh));
            side.peer.receives("ACK");
            side.peerLeaves(2);
        }
    }

    /** RFC 5407 section 3.3.2, the other way: our UPDATE has no offer, so that nothing clashes. */
    @LadderTest(Wire.SIMULATED)
    void race332AReInviteThatCrossesOurUpdateIsAnswered(Scenario l) {
        for (var one : Side.all(RaceLadders::refreshed)) {
            var side = one.apply(l).up();
            var refresh = side.awaits("UPDATE");
            assertThat(refresh.body()).isEmpty();
            side.sends(side.again("INVITE", 1));
            side.peer.receives("200");
            side.acknowledges(1);
            side.peer.answers(refresh, side.repeats(refresh));
            side.peerLeaves(2);
        }
    }

    /** The unit refreshes within a minute; the peer's INVITE or 200 asks for it. */
    private static PlainSip refreshed(PlainSip first) {
        return first.isRequest()
                ? first.set("Session-Expires", "90;refresher=uas")
                : first.with("Require", "timer").set("Session-Expires", "90;refresher=uac");
    }

    private static PlainSip refreshedByInvites(PlainSip first) {
        return refreshed(first).set("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS");
    }

    // ---- lost, doubled, late

    /** RFC 3261 section 13.2.2.4: copies of the 200 wait for the ACK, and get the same again. */
    @LadderTest
    void aCopyOfThe200GetsTheSameAckAgain(Scenario l) {
        for (var one : Side.calling()) {
            var side = one.apply(l);
            var invite = side.invited();
            var ok = side.ok(invite);
            side.peer.answers(invite, ok);
            side.peer.answers(invite, ok);
            side.acknowledged();
            side.isUp(PlainDialog.called(side.peer, invite, ok), invite);
            side.peer.receives("ACK");
            int acks = side.peer.repeated();
            side.peer.answers(invite, ok);
            l.until("the same ACK again", () -> side.peer.repeated() > acks);
            side.peer.receivesNothing();
            side.peerLeaves(1);
        }
    }

    /** RFC 3261 section 17.2.2: the copy of a BYE gets the same 200, and ends nothing more. */
    @LadderTest
    void aCopyOfAByeGetsTheSame200(Scenario l) {
        for (var one : Side.all()) {
            var side = one.apply(l).up();
            var bye = side.sends(side.dialog().request("BYE", 1));
            side.peer.receives("200");
            int copies = side.peer.repeated();
            side.peer.sendsAgain(side.at(), bye);
            l.until("the same 200 again", () -> side.peer.repeated() == copies + 1);
            side.left();
        }
    }

    /** RFC 3261 section 15: our 200 to a BYE is lost with all its copies. */
    @LadderTest
    void aSecondByeAfterTheEndIs481(Scenario l) {
        for (var one : Side.all()) {
            var side = one.apply(l).up();
            side.sends(side.dialog().request("BYE", 1));
            side.peer.receives("200");
            side.sends(side.dialog().request("BYE", 2));
            side.peer.receives("481");
            side.left();
        }
    }

    /** RFC 3261 section 9.2: CANCEL while it rings. */
    @LadderTest
    void aCancelWhileItRingsEndsBothSides(Scenario l) {
        for (var one : Side.calling()) {
            var side = one.apply(l);
            var invite = side.invited();
            side.peer.answers(invite, 180, "Ringing");
            side.rang();
            side.givesUp();
            var cancel = side.peer.receives("CANCEL");
            side.peer.answers(cancel, 200, "OK");
            side.peer.answers(invite, 487, "Request Terminated");
            side.failed("487");
        }
    }

    /** RFC 3261 section 9.1, RFC 5407 appendix C: the 200 crosses our CANCEL. */
    @LadderTest
    void a200ThatCrossesOurCancelGetsAckAndBye(Scenario l) {
        for (var one : Side.calling()) {
            var side = one.apply(l);
            var invite = side.invited();
            side.peer.answers(invite, 180, "Ringing");
            side.rang();
            side.givesUp();
            var cancel = side.peer.receives("CANCEL");
            side.peer.answers(invite, side.ok(invite));
            side.peer.answers(cancel, 200, "OK");
            side.peer.receives("ACK");
            side.answersBye();
            side.failed("487");
        }
    }

    /** RFC 3261 section 9.1: no CANCEL before something came back. */
    @LadderTest
    void aCancelWaitsForTheFirstProvisionalAnswer(Scenario l) {
        for (var one : Side.calling()) {
            var side = one.apply(l);
            var invite = side.invited();
            side.givesUp();
            side.peer.receivesNothing();
            side.peer.answers(invite, 100, "Trying");
            var cancel = side.peer.receives("CANCEL");
            side.peer.answers(cancel, 200, "OK");
            side.peer.answers(invite, 487, "Request Terminated");
            side.failed("487");
        }
    }

    /** RFC 3261 section 13.2.2.4: a fork further on answers a second time. */
    @LadderTest
    void aSecond200OfAForkGetsAckAndByeByItself(Scenario l) {
        for (var one : Side.calling()) {
            var side = one.apply(l);
            var invite = side.invited();
            var ok = side.ok(invite);
            var other = ok.set("To", invite.header("To") + ";tag=fork2");
            side.peer.answers(invite, ok);
            side.peer.answers(invite, other);
            side.acknowledged();
            side.isUp(PlainDialog.called(side.peer, invite, ok), invite);
            int ended = 0;
            for (int i = 0; i < 3; i++) {
                var got = side.peer.receivesAny();
                var fork = PlainSip.parameter(got.header("To"), "tag").equals("fork2");
                if (got.what().equals("BYE")) {
                    assertThat(fork).isTrue();
                    side.peer.answers(got, 200, "OK");
                    ended++;
                } else assertThat(got.what()).isEqualTo("ACK");
            }
            assertThat(ended).isEqualTo(1);
            side.peerLeaves(1);
        }
    }

    /** RFC 3261 section 8.2.2.2: the same INVITE by another way. */
    @LadderTest
    void aMergedInviteIs482(Scenario l) {
        for (var one : Side.called()) {
            var side = one.apply(l);
            var invite = side.rings();
            side.answered();
            side.sends(invite.without("Via"));
            side.peer.receives("482");
            side.acknowledges(0);
            side.confirmed();
            side.peerLeaves(1);
        }
    }

    /** Who rings for ever is given up: CANCEL, and whoever waits hears of it. */
    @LadderTest(Wire.SIMULATED)
    void ringingForEverEnds(Scenario l) {
        for (var one : Side.calling()) {
            var side = one.apply(l);
            var invite = side.invited();
            side.peer.answers(invite, 180, "Ringing");
            side.rang();
            for (int i = 0; i < 6; i++) {
                l.pass(Duration.ofSeconds(10));
                side.peer.answers(invite, 180, "Ringing");
            }
            l.pass(Duration.ofMinutes(2));
            // Neither the CANCEL nor the INVITE ever gets a final answer.
            side.peer.receives("CANCEL");
            side.failed("408");
        }
    }
}
