package io.posthorn.ladders;

import static io.posthorn.ladders.LargeMessage.cpim;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.cpm.policy.AgentVersion;
import io.posthorn.cpm.policy.Anonymity;
import io.posthorn.cpm.policy.Checks;
import io.posthorn.cpm.policy.Originators;
import io.posthorn.ladders.coverage.LadderTest;
import io.posthorn.ladders.coverage.Proves;
import io.posthorn.ladders.dsl.PlainDialog;
import io.posthorn.ladders.dsl.PlainSip;
import io.posthorn.ladders.dsl.Scenario;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/** OMA CPM Conv 8.3.2.1 at a Terminating PF, with plain peers on both sides. */
class TerminatingLadders {

    // ---- the checks

    @LadderTest
    @Proves({"S1-TPF-01", "S1-TPF-02", "S1-TPF-03"})
    void aBarredOriginatorIsRefused(Scenario l) {
        var at =
                new Terminating(
                        l,
                        s ->
                                s.with(
                                        new Checks(
                                                Originators.listed(
                                                        List.of("sip:mallory@example.com"),
                                                        List.of()),
                                                s.checks().agents(),
                                                s.checks().anonymity(),
                                                s.checks().warnings())));
        var phone = at.device("phone");
        var refusal =
                at.refused(
                        at.invite().set("P-Asserted-Identity", "<sip:mallory@example.com>"), "403");
        assertThat(refusal.header("Warning")).matches("399 \\S+ \".+\"");
        at.core.receivesNothing();
        var up = at.established(phone);
        at.binds(phone, up.invite());
        at.ends(up);
    }

    @LadderTest
    @Proves({"S1-TPF-04", "S1-TPF-05", "S1-TPF-06"})
    void anOldReleaseIsRefusedWhenAVersionIsRequired(Scenario l) {
        var at =
                new Terminating(
                        l,
                        s ->
                                s.with(
                                        new Checks(
                                                s.checks().originators(),
                                                new AgentVersion(
                                                        Pattern.compile("CPM-client/OMA2"),
                                                        "https://example.com/why"),
                                                s.checks().anonymity(),
                                                s.checks().warnings())));
        var phone = at.device("phone");
        var refusal = at.refused(at.invite().set("User-Agent", "CPM-client/OMA1.0"), "403");
        assertThat(refusal.header("Error-Info")).isEqualTo("<https://example.com/why>");
        at.core.receivesNothing();
        var up = at.established(phone);
        at.binds(phone, up.invite());
        at.ends(up);
        var open = new Terminating(l, s -> s, "TPF without a rule");
        phone = open.device("phone");
        open.sends(open.invite().set("User-Agent", "Anything/0.1"));
        open.core.answers(open.invited(phone), 480, "Temporarily Unavailable");
        open.opf.receivesAny();
    }

    @LadderTest
    @Proves({"S1-TPF-07", "S1-TPF-08"})
    void anonymityIsRefusedWhereItIsNotAllowed(Scenario l) {
        var at =
                new Terminating(
                        l,
                        s ->
                                s.with(
                                        new Checks(
                                                s.checks().originators(),
                                                s.checks().agents(),
                                                Anonymity.FORBIDDEN,
                                                s.checks().warnings())));
        at.device("phone");
        var refusal = at.refused(at.invite().with("Privacy", "id"), "403");
        assertThat(refusal.header("Warning")).matches("399 \\S+ \".*[Aa]nonymity.*\"");
        at.core.receivesNothing();
    }

    @LadderTest
    @Proves("S1-TPF-09")
    void theSessionTimerIsNegotiatedOnEachLeg(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var refusal = at.refused(at.invite().set("Session-Expires", "30;refresher=uac"), "422");
        assertThat(Integer.parseInt(refusal.header("Min-SE"))).isGreaterThanOrEqualTo(90);
        var up = at.established(phone);
        assertThat(up.invite().header("Session-Expires")).matches("\\d+ *; *refresher=uac");
        assertThat(up.invite().joined("Supported")).contains("timer");
        assertThat(up.ok().header("Session-Expires")).matches("\\d+ *; *refresher=uac");
        at.binds(phone, up.invite());
        at.ends(up);
    }

    // ---- the INVITEs to the devices

    @LadderTest
    @Proves({"S1-TPF-10", "S1-TPF-11", "S1-TPF-12", "S1-TPF-13", "S1-TPF-14"})
    void everyCapableDeviceIsInvitedByItsGruuThroughTheCore(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        at.device("meter", "+g.example.meter");
        var invite = at.invite();
        at.sends(invite);
        var invites = at.invited(2);
        assertThat(invites.keySet()).containsExactlyInAnyOrder(phone.gruu(), tablet.gruu());
        for (var onward : invites.values()) {
            assertThat(onward.header("Call-ID")).isNotEqualTo(invite.header("Call-ID"));
            assertThat(PlainSip.parameter(onward.header("From"), "tag"))
                    .isNotEmpty()
                    .isNotEqualTo("o1");
            assertThat(onward.joined("Route")).contains(at.core.hostPort());
            assertThat(onward.joined("Accept-Contact")).contains(LargeMessage.TAG);
            assertThat(onward.header("P-Asserted-Identity"))
                    .isEqualTo(invite.header("P-Asserted-Identity"));
            assertThat(onward.header("Contribution-ID"))
                    .isEqualTo(invite.header("Contribution-ID"));
            var path = onward.sdp("path").split(" ");
            assertThat(path[0]).startsWith("msrp://" + at.pf.host());
            assertThat(List.of(path).subList(1, path.length))
                    .containsExactly(invite.sdp("path").split(" "));
            assertThat(onward.hasSdp("a=sendonly")).isTrue();
            assertThat(onward.sdp("setup")).isEqualTo("actpass");
        }
        assertThat(invites.get(phone.gruu())).isNotNull();
        assertThat(invites.values().stream().map(i -> i.header("Call-ID")).distinct()).hasSize(2);
        for (var onward : invites.values()) at.core.answers(onward, 486, "Busy Here");
        at.opf.receivesAny();
        at.endsSubscription();
        l.nothingMore();
    }

    // ---- the 200 back

    @LadderTest
    @Proves({
        "S1-TPF-15",
        "S1-TPF-16",
        "S1-TPF-17",
        "S1-TPF-18",
        "S1-TPF-19",
        "S1-TPF-20",
        "S1-TPF-21",
        "S1-TPF-22",
        "S1-TPF-23",
        "S1-TPF-24",
        "S1-TPF-25",
        "S1-TPF-30"
    })
    void theFirst200IsAnsweredAndLaterOnesJoin(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        var invite = at.invite();
        at.sends(invite);
        var invites = at.invited(2);
        at.opf.receivesNothing();
        var toPhone = java.util.Objects.requireNonNull(invites.get(phone.gruu()));
        var toTablet = java.util.Objects.requireNonNull(invites.get(tablet.gruu()));
        at.core.answers(toTablet, at.ok(tablet, toTablet));
        var ok = at.opf.receives("200");
        assertThat(ok.header("CSeq")).isEqualTo("1 INVITE");
        assertThat(ok.headers("Via").getLast()).isEqualTo(invite.headers("Via").getLast());
        assertThat(ok.headers("Record-Route")).isEqualTo(invite.headers("Record-Route"));
        assertThat(ok.header("Server")).matches("CPM-serv/OMA\\d.*");
        assertThat(ok.joined("Allow")).contains("INVITE", "ACK", "BYE", "CANCEL");
        assertThat(PlainSip.uri(ok.header("Contact"))).contains(at.pf.hostPort());
        assertThat(ok.body()).containsPattern("m=message \\d+ TCP/MSRP \\*");
        assertThat(ok.countSdp("m=")).isEqualTo(1);
        var path = ok.sdp("path").split(" ");
        assertThat(path).hasSize(2);
        assertThat(path[0]).startsWith("msrp://" + at.pf.host());
        assertThat(path[1]).isEqualTo(tablet.media().uri());
        assertThat(ok.sdp("accept-types")).isEqualTo("message/cpim");
        assertThat(ok.sdp("max-size")).isEqualTo("10485760");
        assertThat(ok.hasSdp("a=recvonly")).isTrue();
        assertThat(ok.hasSdp("a=setup:passive")).isTrue();
        // A later 200 is acknowledged at once, and gives no second answer.
        at.core.answers(toPhone, at.ok(phone, toPhone));
        var ack = at.core.receives("ACK");
        assertThat(PlainSip.parameter(ack.header("To"), "tag")).isEqualTo("phone");
        at.opf.receivesNothing();
        // The first one's ACK waits for the caller's.
        at.core.receivesNothing();
        var caller = PlainDialog.caller(at.opf, invite, ok);
        caller.acknowledges();
        ack = at.core.receives("ACK");
        assertThat(PlainSip.parameter(ack.header("To"), "tag")).isEqualTo("tablet");
        assertThat(ack.requestUri()).isEqualTo("sip:tablet@" + at.core.hostPort());
        caller.saysBye(1);
        at.opf.receives("200");
        for (int i = 0; i < 2; i++) at.core.answers(at.core.receives("BYE"), 200, "OK");
        at.endsSubscription();
        l.nothingMore();
    }

    // ---- media

    @LadderTest
    @Proves({"S1-TPF-29", "S1-TPF-34", "S1-TPF-38", "S1-TPF-40"})
    void everyDeviceGetsTheBytesUnchanged(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        var invite = at.invite();
        at.sends(invite);
        var invites = at.invited(2);
        var toPhone = java.util.Objects.requireNonNull(invites.get(phone.gruu()));
        var toTablet = java.util.Objects.requireNonNull(invites.get(tablet.gruu()));
        at.core.answers(toPhone, at.ok(phone, toPhone));
        var ok = at.opf.receives("200");
        at.core.answers(toTablet, at.ok(tablet, toTablet));
        at.core.receives("ACK");
        var caller = PlainDialog.caller(at.opf, invite, ok);
        caller.acknowledges();
        at.core.receives("ACK");
        at.bound(ok);
        at.binds(phone, toPhone);
        at.binds(tablet, toTablet);
        var message = cpim(100_000);
        at.sender.sendsMessage(List.of(ok.sdp("path").split(" ")), "m1", message, 20_000);
        assertThat(phone.media().receivesMessage()).isEqualTo(message);
        assertThat(tablet.media().receivesMessage()).isEqualTo(message);
        // The PF never dials a device: each has the one connection that it made itself.
        assertThat(phone.media().connections()).isEqualTo(1);
        assertThat(tablet.media().connections()).isEqualTo(1);
        caller.saysBye(1);
        assertThat(at.opf.receives("200").header("CSeq")).isEqualTo("2 BYE");
        for (int i = 0; i < 2; i++) at.core.answers(at.core.receives("BYE"), 200, "OK");
        at.endsSubscription();
        l.nothingMore();
    }

    @LadderTest
    @Proves({"S1-TPF-41", "S1-TPF-42"})
    void aSlowDeviceGetsItsByeAfterItsLastByte(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        var invite = at.invite();
        at.sends(invite);
        var invites = at.invited(2);
        var toPhone = java.util.Objects.requireNonNull(invites.get(phone.gruu()));
        var toTablet = java.util.Objects.requireNonNull(invites.get(tablet.gruu()));
        at.core.answers(toPhone, at.ok(phone, toPhone));
        var ok = at.opf.receives("200");
        at.core.answers(toTablet, at.ok(tablet, toTablet));
        at.core.receives("ACK");
        var caller = PlainDialog.caller(at.opf, invite, ok);
        caller.acknowledges();
        at.core.receives("ACK");
        at.bound(ok);
        at.binds(phone, toPhone);
        at.binds(tablet, toTablet);
        tablet.media().keepsQuiet();
        var message = cpim(1_500);
        at.sender.sendsMessage(List.of(ok.sdp("path").split(" ")), "m1", message, 1_500);
        assertThat(phone.media().receivesMessage()).isEqualTo(message);
        caller.saysBye(1);
        at.opf.receives("200");
        var first = at.core.receives("BYE");
        assertThat(PlainSip.parameter(first.header("To"), "tag")).isEqualTo("phone");
        at.core.answers(first, 200, "OK");
        l.pass(Duration.ofSeconds(1));
        at.core.receivesNothing();
        tablet.media().answers(tablet.media().receivesContent(), "200 OK");
        var second = at.core.receives("BYE");
        assertThat(PlainSip.parameter(second.header("To"), "tag")).isEqualTo("tablet");
        at.core.answers(second, 200, "OK");
        // The listener's entry is gone: another SEND finds no session.
        phone.media().forgets();
        phone.media().connects(toPhone.sdp("path").split(" ")[0]);
        phone.media().binds(List.of(toPhone.sdp("path").split(" ")));
        phone.media().receives("481");
        at.endsSubscription();
        l.nothingMore();
    }

    @LadderTest
    @Proves("S1-TPF-39")
    void the200OfTheLastChunkWaitsForADevice(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var up = at.established(phone);
        at.bound(up.ok());
        at.binds(phone, up.invite());
        phone.media().keepsQuiet();
        at.sender.sends(at.sender.chunk(up.path(), "m1", cpim(1_500), 0, 1_500));
        var send = phone.media().receivesContent();
        l.pass(Duration.ofSeconds(1));
        assertThat(at.sender.hasNothing()).isTrue();
        phone.media().answers(send, "200 OK");
        at.sender.receives("200");
        at.ends(up);
    }
}
