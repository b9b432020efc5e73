package io.posthorn.sip.dialog;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.sim.Simulation;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 4028. */
class SessionRefreshTest extends Bench {

    private final Phone alice = new Phone(s, "alice");
    private final Phone bob = new Phone(s, "bob");
    private final RawPeer peer = new RawPeer(s, "peer");

    private Leg inviting(Phone to, String expires) {
        return alice.invite(alice.inviting(to.uri()).with("Session-Expires", expires));
    }

    @ParameterizedTest
    @CsvSource({"uac", "uas"})
    void aRefreshedSessionLives(String refresher) {
        var leg = inviting(bob, "90;refresher=" + refresher);
        seconds(1_000);
        assertThat(alice.history(leg)).containsExactly("answered 200");
        assertThat(bob.history(bob.call())).containsExactly("confirmed");
        var ok = ((LegEvent.Answered) alice.events.getFirst()).ok();
        assertThat(ok.header("Session-Expires")).contains("90;refresher=" + refresher);
        assertThat(ok.lists("Require", "timer")).isEqualTo(refresher.equals("uac"));
        leg.bye(null, Map.of());
        nothingIsLeft(alice, bob);
    }

    @ParameterizedTest
    @CsvSource({"uac", "uas"})
    void aSessionNobodyCanRefreshEndsOnBothSides(String refresher) {
        var leg = inviting(bob, "90;refresher=" + refresher);
        seconds(1);
        s.network().cut("alice", "bob");
        seconds(90);
        var mine = refresher.equals("uac") ? alice.history(leg) : bob.history(bob.call());
        var theirs = refresher.equals("uac") ? bob.history(bob.call()) : alice.history(leg);
        // 45 s and 32 s of trying come after the 60 s at which the session ends.
        assertThat(mine).endsWith("ended SESSION_EXPIRED");
        assertThat(theirs).endsWith("ended SESSION_EXPIRED");
        nothingIsLeft(alice, bob);
    }

    @Test
    void theSideThatWaitsEndsAThirdBeforeExpiry() {
        var leg = inviting(bob, "90;refresher=uac");
        seconds(1);
        s.network().cut("alice", "bob");
        seconds(58);
        assertThat(bob.history(bob.call())).containsExactly("confirmed");
        seconds(2);
        assertThat(bob.history(bob.call())).containsExactly("confirmed", "ended SESSION_EXPIRED");
        assertThat(alice.history(leg)).endsWith("ended SESSION_EXPIRED");
        nothingIsLeft(alice, bob);
    }

    @Test
    void aTooSmallIntervalIsRaisedOnce() {
        try (var other = new Simulation(3)) {
            var caller = new Phone(other, "caller");
            var strict =
                    new Phone(
                            other,
                            "strict",
                            settings ->
                                    settings.sessionExpires(
                                            600, 3_600, Settings.IntervalCheck.ON_ARRIVAL));
            var leg =
                    caller.invite(
                            caller.inviting(strict.uri())
                                    .with("Session-Expires", "90;refresher=uac"));
            other.pass(java.time.Duration.ofSeconds(1));
            assertThat(caller.history(leg)).containsExactly("answered 200");
            var invite = strict.invite();
            assertThat(invite.header("Session-Expires")).contains("600;refresher=uac");
            assertThat(invite.header("Min-SE")).contains("600");
            assertThat(invite.cseq().number()).isEqualTo(2);
            assertThat(invite.callId()).isEqualTo(leg.invite().callId());
            leg.bye(null, Map.of());
            other.pass(java.time.Duration.ofSeconds(80));
            assertThat(caller.agent.stats().open() + strict.agent.stats().open()).isZero();
        }
    }

    @Test
    void aSecond422IsARefusal() {
        peer.answers = t -> t.respond(SipResponse.to(t.request(), 422).with("Min-SE", "7200"));
        var leg = alice.invite(alice.inviting(peer.uri()).with("Session-Expires", "90"));
        seconds(1);
        assertThat(peer.methods()).containsExactly("INVITE", "INVITE");
        assertThat(alice.history(leg)).containsExactly("refused 422");
        nothingIsLeft(alice);
    }

    @Test
    void intervalsFromOutsideAreRefusedOrClamped() {
        var invite = peer.fresh("INVITE", bob).with("Supported", "timer");
        peer.send(invite.with("Session-Expires", "5"));
        seconds(1);
        assertThat(peer.codes()).containsExactly(422);
        assertThat(peer.responses.getFirst().header("Min-SE")).contains("90");
        peer.send(invite.with("Call-ID", "2").with("Session-Expires", "1800;refresher=xyz"));
        seconds(1);
        assertThat(peer.codes()).endsWith(400);
        peer.send(invite.with("Call-ID", "3").with("Session-Expires", "4294967295"));
        seconds(0.2);
        assertThat(peer.codes()).endsWith(200);
        var ok = peer.responses.getLast();
        assertThat(ok.header("Session-Expires")).contains("86400;refresher=uac");
        peer.send(peer.inDialog("ACK", 1, ok));
        peer.send(peer.inDialog("BYE", 2, ok));
        assertThat(bob.calls).hasSize(1);
        nothingIsLeft(bob);
    }

    @Test
    void withoutUpdateTheRefreshIsAnInviteWithTheSameSdp() {
        var leg = alice.invite(alice.inviting(peer.uri()));
        seconds(1);
        peer.answer(
                200,
                "one",
                ok ->
                        ok.with("Session-Expires", "90;refresher=uac")
                                .with("Require", "timer")
                                .with("Allow", "INVITE, ACK, BYE"));
        seconds(40);
        assertThat(peer.methods()).containsExactly("INVITE");
        peer.answers =
                t ->
                        t.respond(
                                SipResponse.to(t.request(), 200)
                                        .with("Contact", "<" + peer.uri() + ">")
                                        .with("Session-Expires", "90;refresher=uac"));
        seconds(10);
        assertThat(peer.methods()).containsExactly("INVITE", "INVITE");
        var refresh = peer.lastRequest("INVITE");
        assertThat(refresh.body()).isEqualTo(Phone.sdp(1));
        assertThat(refresh.header("Session-Expires")).contains("90;refresher=uac");
        assertThat(refresh.lists("Supported", "timer")).isTrue();
        assertThat(peer.acks).hasSize(2);
        assertThat(peer.acks.getLast().cseq().number()).isEqualTo(2);
        leg.bye(null, Map.of());
        nothingIsLeft(alice);
    }

    @Test
    void aRefreshThatFindsNoDialogEndsOurs() {
        var leg = alice.invite(alice.inviting(peer.uri()));
        seconds(1);
        peer.answer(
                200,
                "one",
                ok -> ok.with("Session-Expires", "90;refresher=uac").with("Allow", "UPDATE"));
        peer.answers = t -> t.respond(SipResponse.to(t.request(), 481));
        seconds(47);
        assertThat(peer.methods()).containsExactly("INVITE", "UPDATE");
        assertThat(alice.history(leg)).containsExactly("answered 200", "ended GONE");
        nothingIsLeft(alice);
    }

    @Test
    void aPeerThatDeniesUpdateGetsAnInvite() {
        var leg = alice.invite(alice.inviting(peer.uri()));
        seconds(1);
        peer.answer(
                200,
                "one",
                ok -> ok.with("Session-Expires", "90;refresher=uac").with("Allow", "UPDATE"));
        peer.answers =
                t -> {
                    var code = t.request().method().equals("UPDATE") ? 405 : 200;
                    t.respond(
                            SipResponse.to(t.request(), code)
                                    .with("Session-Expires", "90;refresher=uac"));
                };
        seconds(47);
        assertThat(peer.methods()).containsExactly("INVITE", "UPDATE", "INVITE");
        assertThat(alice.history(leg)).containsExactly("answered 200");
        leg.bye(null, Map.of());
        nothingIsLeft(alice);
    }

    @Test
    void anOfferOfTheOwnerKeepsTheTimerRunning() {
        var leg = inviting(bob, "90;refresher=uac");
        seconds(1);
        leg.ask(SipRequest.of("UPDATE", "sip:x@y").withBody("application/sdp", Phone.sdp(9)));
        seconds(500);
        assertThat(alice.history(leg)).containsExactly("answered 200", "replied 200");
        s.network().cut("alice", "bob");
        seconds(100);
        assertThat(alice.history(leg)).endsWith("ended SESSION_EXPIRED");
        nothingIsLeft(alice, bob);
    }
}
