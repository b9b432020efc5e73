package io.posthorn.ladders;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.ladders.coverage.LadderTest;
import io.posthorn.ladders.dsl.PlainSip;
import io.posthorn.ladders.dsl.Scenario;
import io.posthorn.ladders.dsl.Wire;
import java.time.Duration;
import java.util.List;

/** RFC 4028 at every side of a call: the interval is agreed, kept up, refused, and runs out. */
class RefreshLadders {

    private static final String WITHOUT_UPDATE = "INVITE, ACK, BYE, CANCEL, OPTIONS";

    /** The unit is to refresh within 90 s. */
    private static PlainSip unitRefreshes(PlainSip first) {
        return interval(first, "90", first.isRequest() ? "uas" : "uac");
    }

    /** The peer is to refresh within 90 s. */
    private static PlainSip peerRefreshes(PlainSip first) {
        return interval(first, "90", first.isRequest() ? "uac" : "uas");
    }

    private static PlainSip interval(PlainSip first, String seconds, String refresher) {
        var said = first.set("Session-Expires", seconds + ";refresher=" + refresher);
        return first.isRequest() ? said : said.set("Require", "timer");
    }

    /** The peer's answer to a refresh: the same once more. */
    private static PlainSip refreshed(Side side, PlainSip refresh) {
        return side.repeats(refresh)
                .with("Require", "timer")
                .with("Session-Expires", refresh.header("Session-Expires"));
    }

    // ---- the interval is agreed

    @LadderTest
    void tooShortAnIntervalIs422AndTheNextOneIsTaken(Scenario l) {
        for (var one : Side.called()) {
            var side = one.apply(l);
            var refusal = side.refused(i -> interval(i, "30", "uac"), "422");
            assertThat(refusal.header("Min-SE")).isEqualTo("90");
            side.up();
            side.peerLeaves(1);
        }
    }

    /** RFC 4028 section 9: who does not know timers could not understand a 422. */
    @LadderTest
    void whoKnowsNoTimersIsNotRefusedForThem(Scenario l) {
        for (var one : Side.called(i -> interval(i, "30", "uac").without("Supported"))) {
            var side = one.apply(l).up();
            assertThat(side.heard().header("Session-Expires")).isEqualTo("90;refresher=uas");
            assertThat(side.heard().has("Require")).isFalse();
            side.peerLeaves(1);
        }
    }

    @LadderTest
    void a422IsObeyedAsOftenAsItAsksForMore(Scenario l) {
        for (var one : Side.calling()) {
            var side = one.apply(l);
            var invite = side.invited();
            var callId = invite.header("Call-ID");
            int cseq = number(invite);
            for (var minimum : List.of("3600", "7200")) {
                side.peer.answers(
                        invite,
                        side.peer
                                .answer(invite, 422, "Session Interval Too Small")
                                .with("Min-SE", minimum));
                invite = side.peer.receives("INVITE");
                assertThat(invite.header("Session-Expires")).startsWith(minimum + ";");
                assertThat(invite.header("Min-SE")).isEqualTo(minimum);
                assertThat(invite.header("Call-ID")).isEqualTo(callId);
                assertThat(number(invite)).isEqualTo(++cseq);
            }
            // The same again asks for nothing that was not given.
            side.peer.answers(
                    invite,
                    side.peer
                            .answer(invite, 422, "Session Interval Too Small")
                            .with("Min-SE", "7200"));
            side.failed("422");
        }
    }

    private static int number(PlainSip sip) {
        return Integer.parseInt(sip.header("CSeq").split(" ")[0]);
    }

    // ---- it is kept up

    @LadderTest(Wire.SIMULATED)
    void theUnitRefreshesByUpdateAndTheSessionOutlivesItsInterval(Scenario l) {
        for (var one : Side.all(RefreshLadders::unitRefreshes)) {
            var side = one.apply(l).up();
            var refresh = side.awaits("UPDATE");
            assertThat(refresh.header("Session-Expires")).isEqualTo("90;refresher=uac");
            assertThat(refresh.body()).isEmpty();
            side.peer.answers(refresh, refreshed(side, refresh));
            refresh = side.awaits("UPDATE");
            side.peer.answers(refresh, refreshed(side, refresh));
            side.peerLeaves(1);
        }
    }

    @LadderTest(Wire.SIMULATED)
    void theUnitRefreshesByReInviteWithTheSameDescription(Scenario l) {
        for (var one : Side.all(f -> unitRefreshes(f).set("Allow", WITHOUT_UPDATE))) {
            var side = one.apply(l).up();
            for (int i = 0; i < 2; i++) {
                var refresh = side.awaits("INVITE");
                assertThat(refresh.body()).isEqualTo(side.heard().body());
                assertThat(refresh.header("Session-Expires")).isEqualTo("90;refresher=uac");
                side.peer.answers(refresh, refreshed(side, refresh));
                side.peer.receives("ACK");
            }
            side.peerLeaves(1);
        }
    }

    @LadderTest(Wire.SIMULATED)
    void thePeerRefreshesByUpdateAndByReInvite(Scenario l) {
        for (var one : Side.all(RefreshLadders::peerRefreshes)) {
            var side = one.apply(l).up();
            int step = 1;
            for (var method : List.of("UPDATE", "INVITE", "UPDATE", "INVITE")) {
                side.waits();
                var refresh =
                        method.equals("INVITE")
                                ? side.again(method, step)
                                : side.request(method, step);
                side.sends(
                        refresh.with("Supported", "timer")
                                .with("Session-Expires", "90;refresher=uac"));
                var ok = side.peer.receives("200");
                assertThat(ok.header("Session-Expires")).isEqualTo("90;refresher=uac");
                assertThat(ok.joined("Require")).contains("timer");
                if (method.equals("INVITE")) side.acknowledges(step);
                step++;
            }
            side.peerLeaves(step);
        }
    }

    // ---- it is refused

    @LadderTest(Wire.SIMULATED)
    void aPeerThatDeniesUpdateIsRefreshedByReInvite(Scenario l) {
        for (var one : Side.all(RefreshLadders::unitRefreshes)) {
            var side = one.apply(l).up();
            side.peer.answers(side.awaits("UPDATE"), 501, "Not Implemented");
            var refresh = side.peer.receives("INVITE");
            assertThat(refresh.body()).isEqualTo(side.heard().body());
            side.peer.answers(refresh, refreshed(side, refresh));
            side.peer.receives("ACK");
            side.peerLeaves(1);
        }
    }

    @LadderTest(Wire.SIMULATED)
    void aRefreshThatAsksForALongerIntervalGetsIt(Scenario l) {
        for (var one : Side.all(RefreshLadders::unitRefreshes)) {
            var side = one.apply(l).up();
            var refresh = side.awaits("UPDATE");
            side.peer.answers(
                    refresh,
                    side.peer
                            .answer(refresh, 422, "Session Interval Too Small")
                            .with("Min-SE", "600"));
            refresh = side.peer.receives("UPDATE");
            assertThat(refresh.header("Session-Expires")).isEqualTo("600;refresher=uac");
            assertThat(refresh.header("Min-SE")).isEqualTo("600");
            side.peer.answers(refresh, refreshed(side, refresh));
            side.peerLeaves(1);
        }
    }

    /** RFC 4028 section 10: it lasts until it expires, and is asked for again meanwhile. */
    @LadderTest(Wire.SIMULATED)
    void aSessionWhoseRefreshIsRefusedExpires(Scenario l) {
        for (var one : Side.all(RefreshLadders::unitRefreshes)) {
            var side = one.apply(l).up();
            var refresh = side.awaits("UPDATE");
            side.peer.answers(refresh, 500, "Server Internal Error");
            refresh = side.peer.receives("UPDATE");
            side.peer.answers(refresh, 500, "Server Internal Error");
            expires(side);
        }
    }

    /** RFC 3261 section 12.2.1.2: a peer that knows nothing of the dialog has none. */
    @LadderTest(Wire.SIMULATED)
    void aRefreshThatFindsNoDialogEndsTheCall(Scenario l) {
        for (var one : Side.all(RefreshLadders::unitRefreshes)) {
            var side = one.apply(l).up();
            side.peer.answers(side.awaits("UPDATE"), 481, "Call/Transaction Does Not Exist");
            side.expired();
        }
    }

    // ---- it runs out

    @LadderTest(Wire.SIMULATED)
    void aSessionThatNobodyRefreshesExpires(Scenario l) {
        for (var one : Side.all(RefreshLadders::peerRefreshes)) {
            var side = one.apply(l).up();
            side.waits();
            expires(side);
        }
    }

    /** 90 s minus a third after it began: BYE on this leg, and the whole call ends. */
    private static void expires(Side side) {
        var bye = side.peer.receives("BYE", Duration.ofSeconds(20));
        assertThat(bye.header("Reason")).startsWith("SIP;cause=408");
        side.peer.answers(bye, 200, "OK");
        side.expired();
        assertThat(side.mediaIsReleased()).as("%s: media is released", side).isTrue();
    }

    /** A call whose interval nobody agreed upon lasts. */
    @LadderTest(Wire.SIMULATED)
    void withoutAnIntervalNothingExpires(Scenario l) {
        for (var one : Side.called(i -> i.without("Session-Expires"))) {
            var side = one.apply(l).up();
            assertThat(side.heard().has("Session-Expires")).isFalse();
            l.pass(Duration.ofMinutes(9));
            side.peer.receivesNothing();
            side.peerLeaves(1);
        }
    }
}
