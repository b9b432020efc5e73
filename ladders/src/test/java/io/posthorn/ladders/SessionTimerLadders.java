package io.posthorn.ladders;

import static io.posthorn.ladders.LargeMessage.cpim;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.ladders.Terminating.Device;
import io.posthorn.ladders.coverage.LadderTest;
import io.posthorn.ladders.coverage.Proves;
import io.posthorn.ladders.dsl.Party;
import io.posthorn.ladders.dsl.PlainDialog;
import io.posthorn.ladders.dsl.PlainSip;
import io.posthorn.ladders.dsl.Scenario;
import io.posthorn.ladders.dsl.Wire;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** RFC 4028 on both sides of a Terminating PF; each leg has a timer of its own. */
class SessionTimerLadders {

    private static final String OURS = "200;refresher=uac";
    private static final String THEIRS = "200;refresher=uas";

    /** A call whose legs have these timers. */
    private record Held(
            Terminating at, PlainDialog caller, Map<Device, PlainDialog> devices, PlainSip ok) {

        PlainDialog of(Device device) {
            return Objects.requireNonNull(devices.get(device));
        }
    }

    private static Held held(Terminating at, String sender, Map<Device, String> timers) {
        return held(at, sender, timers, "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE");
    }

    private static Held held(
            Terminating at, String sender, Map<Device, String> timers, String allow) {
        var invite = at.invite().set("Session-Expires", sender);
        at.sends(invite);
        PlainSip ok = null;
        var dialogs = new LinkedHashMap<Device, PlainDialog>();
        var invites = at.invitedAll();
        for (var called : invites.entrySet()) {
            var answer =
                    at.ok(called.getKey(), called.getValue())
                            .set("Allow", allow)
                            .with("Supported", "timer")
                            .with(
                                    "Session-Expires",
                                    Objects.requireNonNull(timers.get(called.getKey())));
            at.core.answers(called.getValue(), answer);
            dialogs.put(called.getKey(), PlainDialog.called(at.core, called.getValue(), answer));
            if (ok == null) ok = at.opf.receives("200");
            else at.core.receives("ACK");
        }
        var first = Objects.requireNonNull(ok);
        var caller = PlainDialog.caller(at.opf, invite, first);
        caller.acknowledges();
        at.core.receives("ACK");
        at.bound(first);
        for (var called : invites.entrySet()) at.binds(called.getKey(), called.getValue());
        return new Held(at, caller, dialogs, first);
    }

    /** The message passes, and everybody leaves. */
    private static void ends(Held call, int step, Device... devices) {
        var at = call.at();
        var message = cpim(1_500);
        at.sender.sendsMessage(List.of(call.ok().sdp("path").split(" ")), "m1", message, 1_500);
        for (var device : devices) assertThat(device.media().receivesMessage()).isEqualTo(message);
        call.caller().saysBye(step);
        at.opf.receives("200");
        for (int i = 0; i < devices.length; i++)
            at.core.answers(at.core.receives("BYE"), 200, "OK");
        at.endsSubscription();
    }

    private static void refreshed(Party party, PlainSip refresh, String timer) {
        var ok =
                party.answer(refresh, 200, "OK")
                        .with("Contact", "<sip:peer@" + party.hostPort() + ">")
                        .with("Require", "timer")
                        .with("Session-Expires", timer);
        party.answers(
                refresh,
                refresh.body().isEmpty() ? ok : ok.body("application/sdp", refresh.body()));
    }

    /** RFC 4028 section 7.4. */
    @LadderTest
    @Proves("S1-TPF-09")
    void aDeviceThatWantsALongerIntervalIsAskedAgain(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var invite = at.invite();
        at.sends(invite);
        var first = at.invited(phone);
        at.core.answers(
                first,
                at.core.answer(first, 422, "Session Interval Too Small").with("Min-SE", "7200"));
        var second = at.invited(phone);
        assertThat(second.header("Call-ID")).isEqualTo(first.header("Call-ID"));
        assertThat(second.header("CSeq")).isEqualTo("2 INVITE");
        assertThat(second.header("Min-SE")).isEqualTo("7200");
        assertThat(second.header("Session-Expires")).matches("7200 *; *refresher=uac");
        assertThat(second.body()).isEqualTo(first.body());
        at.core.answers(second, at.ok(phone, second));
        var ok = at.opf.receives("200");
        // The other leg is none of that device's business.
        assertThat(ok.header("Session-Expires")).startsWith("1800");
        var caller = PlainDialog.caller(at.opf, invite, ok);
        caller.acknowledges();
        at.core.receives("ACK");
        at.hangsUp(caller);
        at.byeOf(phone);
        at.endsSubscription();
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    @Proves("S1-TPF-09")
    void aDeviceIsRefreshedByUpdate(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var call = held(at, "1800;refresher=uac", Map.of(phone, OURS));
        for (int i = 0; i < 4; i++) {
            l.pass(Duration.ofSeconds(99));
            at.core.receivesNothing();
            var update = at.core.receives("UPDATE");
            assertThat(update.header("Session-Expires")).matches("200 *; *refresher=uac");
            refreshed(at.core, update, OURS);
        }
        at.opf.receivesNothing();
        ends(call, 1, phone);
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    @Proves("S1-TPF-09")
    void aDeviceWithoutUpdateIsRefreshedByReInvite(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var call = held(at, "1800;refresher=uac", Map.of(phone, OURS), "INVITE, ACK, BYE, CANCEL");
        for (int i = 0; i < 3; i++) {
            l.pass(Duration.ofSeconds(99));
            at.core.receivesNothing();
            var again = at.core.receives("INVITE");
            assertThat(again.hasSdp("a=sendonly")).isTrue();
            refreshed(at.core, again, OURS);
            at.core.receives("ACK");
        }
        ends(call, 1, phone);
        l.nothingMore();
    }

    /** Refreshes of the sender end here; no device hears of them. */
    @LadderTest(Wire.SIMULATED)
    @Proves("S1-TPF-09")
    void theSenderRefreshesItsLegByUpdateAndReInvite(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var call = held(at, OURS, Map.of(phone, "1800;refresher=uac"));
        var offer = at.opf.lastSent("INVITE").body();
        for (int step = 1; step <= 4; step++) {
            l.pass(Duration.ofSeconds(100));
            var invites = step % 2 == 0;
            var refresh =
                    call.caller()
                            .request(invites ? "INVITE" : "UPDATE", step)
                            .with("Contact", "<sip:alice@" + at.opf.hostPort() + ">")
                            .with("Supported", "timer")
                            .with("Session-Expires", OURS);
            at.opf.sends(
                    call.caller().next(),
                    invites ? refresh.body("application/sdp", offer) : refresh);
            var ok = at.opf.receives("200");
            assertThat(ok.header("Session-Expires")).matches("200 *; *refresher=uac");
            if (!invites) continue;
            assertThat(ok.body()).isEqualTo(call.ok().body());
            at.opf.sends(call.caller().next(), call.caller().request("ACK", step));
        }
        at.core.receivesNothing();
        ends(call, 5, phone);
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    @Proves("S1-TPF-09")
    void theSenderIsRefreshedWhereItAsksForThat(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var call = held(at, THEIRS, Map.of(phone, "1800;refresher=uac"));
        for (int i = 0; i < 3; i++) {
            l.pass(Duration.ofSeconds(99));
            at.opf.receivesNothing();
            refreshed(at.opf, at.opf.receives("UPDATE"), OURS);
        }
        at.core.receivesNothing();
        ends(call, 1, phone);
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    @Proves("S1-TPF-09")
    void aDeviceRefreshesItsLegByUpdateAndReInvite(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var call = held(at, "1800;refresher=uac", Map.of(phone, THEIRS));
        var dialog = call.of(phone);
        var answer = LargeMessage.activeAnswer(phone.media());
        for (int step = 1; step <= 4; step++) {
            l.pass(Duration.ofSeconds(100));
            var invites = step % 2 == 0;
            var refresh =
                    dialog.request(invites ? "INVITE" : "UPDATE", step)
                            .with("Contact", "<sip:phone@" + at.core.hostPort() + ">")
                            .with("Supported", "timer")
                            .with("Session-Expires", OURS);
            at.core.sends(
                    dialog.next(), invites ? refresh.body("application/sdp", answer) : refresh);
            var ok = at.core.receives("200");
            assertThat(ok.header("Session-Expires")).matches("200 *; *refresher=uac");
            if (invites) at.core.sends(dialog.next(), dialog.request("ACK", step));
        }
        at.opf.receivesNothing();
        ends(call, 1, phone);
        l.nothingMore();
    }

    /** RFC 4028 section 10: a BYE, a little before the interval ends. */
    @LadderTest(Wire.SIMULATED)
    void aSenderThatDoesNotRefreshIsGivenUpAndItsDevicesToo(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        held(at, OURS, Map.of(phone, "1800;refresher=uac", tablet, "1800;refresher=uac"));
        l.pass(Duration.ofSeconds(166));
        at.opf.receivesNothing();
        assertThat(at.byeOfSender().header("Reason")).contains("cause=408");
        for (int i = 0; i < 2; i++) {
            var bye = at.core.receives("BYE");
            assertThat(bye.header("Reason")).contains("cause=408");
            at.core.answers(bye, 200, "OK");
        }
        at.endsSubscription();
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    void aDeviceThatDoesNotRefreshIsGivenUpAndTheOthersGoOn(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        var call =
                held(at, "1800;refresher=uac", Map.of(phone, "1800;refresher=uac", tablet, THEIRS));
        l.pass(Duration.ofSeconds(166));
        at.core.receivesNothing();
        assertThat(at.byeOf(tablet).header("Reason")).contains("cause=408");
        at.opf.receivesNothing();
        ends(call, 1, phone);
        assertThat(tablet.media().hasMessage()).isFalse();
        l.nothingMore();
    }

    /** One that no longer knows the call says so to the refresh: it has failed, too. */
    @LadderTest(Wire.SIMULATED)
    void aDeviceThatAnswersARefreshWith481IsGone(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        var call =
                held(at, "1800;refresher=uac", Map.of(phone, "1800;refresher=uac", tablet, OURS));
        l.pass(Duration.ofSeconds(99));
        at.core.answers(at.core.receives("UPDATE"), 481, "Call/Transaction Does Not Exist");
        l.pass(Duration.ofSeconds(1));
        at.core.receivesNothing();
        ends(call, 1, phone);
        assertThat(tablet.media().hasMessage()).isFalse();
        l.nothingMore();
    }
}
