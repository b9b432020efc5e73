package io.posthorn.ladders;

import static io.posthorn.ladders.LargeMessage.TAG;
import static io.posthorn.ladders.LargeMessage.cpim;
import static io.posthorn.ladders.LargeMessage.tag;
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
import io.posthorn.ladders.dsl.Wire;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/** OMA CPM Conv 8.3.1.1 at an Originating PF, with plain peers on both sides. */
class OriginatingLadders {

    // ---- the trigger and the checks

    @LadderTest
    @Proves("S0-OPF-00")
    void onlyTheLargeMessageServiceIsHandledAsOne(Scenario l) {
        var at = new Originating(l);
        var byTag = at.invite().without("P-Asserted-Service");
        var onward = at.onward(byTag);
        assertThat(onward.sdp("path")).startsWith("msrp://" + at.pf.host());
        at.next.answers(onward, 480, "Temporarily Unavailable");
        at.alice.receives("480");
        var asserted =
                at.invite()
                        .without("Accept-Contact")
                        .set("Contact", "<sip:alice@" + at.alice.hostPort() + ">");
        onward = at.onward(asserted);
        assertThat(onward.sdp("path")).startsWith("msrp://" + at.pf.host());
        at.next.answers(onward, 480, "Temporarily Unavailable");
        at.alice.receives("480");
        // A chat is another procedure: nothing of it leaves as a large message.
        var chat =
                at.invite()
                        .without("Accept-Contact")
                        .with("Accept-Contact", "*;" + tag("session"))
                        .set("P-Asserted-Service", LargeMessage.ICSI.replace("largemsg", "session"))
                        .set(
                                "Contact",
                                "<sip:alice@" + at.alice.hostPort() + ">;" + tag("session"));
        at.refused(chat, "403");
        at.next.receivesNothing();
        l.nothingMore();
    }

    @LadderTest
    void idsAreMadeWhereTheClientLeftThemOut(Scenario l) {
        var at = new Originating(l);
        var bare = at.invite().without("Conversation-ID").without("Contribution-ID");
        var onward = at.onward(bare);
        for (var id : List.of("Conversation-ID", "Contribution-ID"))
            assertThat(onward.header(id)).matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
        at.next.answers(onward, 480, "Temporarily Unavailable");
        at.alice.receives("480");
    }

    @LadderTest
    @Proves({"S0-OPF-01", "S0-OPF-02", "S0-OPF-03"})
    void aBarredOriginatorIsRefused(Scenario l) {
        var at =
                new Originating(
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
        var mallory = at.invite().set("P-Asserted-Identity", "<sip:mallory@example.com>");
        var refusal = at.refused(mallory, "403");
        assertThat(refusal.header("Warning")).matches("399 \\S+ \".+\"");
        at.next.receivesNothing();
        at.ends(at.established());
    }

    @LadderTest
    @Proves({"S0-OPF-04", "S0-OPF-05", "S0-OPF-06"})
    void anOldReleaseIsRefusedWhenAVersionIsRequired(Scenario l) {
        var at =
                new Originating(
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
        var refusal = at.refused(at.invite().set("User-Agent", "CPM-client/OMA1.0"), "403");
        assertThat(refusal.header("Error-Info")).isEqualTo("<https://example.com/why>");
        at.next.receivesNothing();
        at.ends(at.established());
        var open = new Originating(l, s -> s, "OPF without a rule");
        var onward = open.onward(open.invite().set("User-Agent", "Anything/0.1"));
        open.next.answers(onward, 480, "Temporarily Unavailable");
        open.alice.receives("480");
    }

    @LadderTest
    @Proves({"S0-OPF-07", "S0-OPF-08"})
    void anonymityIsRefusedWhereItIsNotAllowed(Scenario l) {
        var at =
                new Originating(
                        l,
                        s ->
                                s.with(
                                        new Checks(
                                                s.checks().originators(),
                                                s.checks().agents(),
                                                Anonymity.FORBIDDEN,
                                                s.checks().warnings())));
        var refusal = at.refused(at.invite().with("Privacy", "id"), "403");
        assertThat(refusal.header("Warning")).matches("399 \\S+ \".*[Aa]nonymity.*\"");
        at.next.receivesNothing();
        var open = new Originating(l, s -> s, "OPF that allows it");
        var onward = open.onward(open.invite().with("Privacy", "id"));
        assertThat(onward.header("Privacy")).isEqualTo("id");
        open.next.answers(onward, 480, "Temporarily Unavailable");
        open.alice.receives("480");
    }

    @LadderTest
    @Proves("S0-OPF-09")
    void theSessionTimerIsNegotiated(Scenario l) {
        var at = new Originating(l);
        var refusal = at.refused(at.invite().set("Session-Expires", "30;refresher=uac"), "422");
        assertThat(Integer.parseInt(refusal.header("Min-SE"))).isGreaterThanOrEqualTo(90);
        at.next.receivesNothing();
        var up = at.established();
        assertThat(up.ok().header("Session-Expires")).matches("\\d+ *; *refresher=uac");
        at.ends(up);
    }

    // ---- the INVITE onward

    @LadderTest
    @Proves({"S0-OPF-10", "S0-OPF-11"})
    void theInviteGoesOnAsItsOwn(Scenario l) {
        var at = new Originating(l);
        var invite = at.invite();
        var onward = at.onward(invite);
        assertThat(onward.header("Call-ID")).isNotEqualTo(invite.header("Call-ID"));
        assertThat(PlainSip.parameter(onward.header("From"), "tag"))
                .isNotEmpty()
                .isNotEqualTo("a1");
        assertThat(PlainSip.uri(onward.header("Contact"))).contains(at.pf.hostPort());
        assertThat(onward.has("Record-Route")).isFalse();
        assertThat(onward.requestUri()).isEqualTo(LargeMessage.BOB);
        assertThat(onward.header("Max-Forwards")).isEqualTo("67");
        var path = onward.sdp("path").split(" ");
        assertThat(path[0]).startsWith("msrp://" + at.pf.host());
        assertThat(path[1]).isEqualTo(at.sender.uri());
        assertThat(onward.hasSdp("a=sendonly")).isTrue();
        assertThat(onward.hasSdp("a=setup:actpass")).isTrue();
        for (var kept : List.of("Conversation-ID", "Contribution-ID", "P-Asserted-Identity"))
            assertThat(onward.header(kept)).as(kept).isEqualTo(invite.header(kept));
        assertThat(onward.joined("Accept-Contact"))
                .contains(TAG)
                .contains("+g.oma.sip-im.large-message");
        at.next.answers(onward, 486, "Busy Here");
        at.alice.receives("486");
        l.nothingMore();
    }

    // ---- the 200 back

    @LadderTest
    @Proves({
        "S0-OPF-14",
        "S0-OPF-15",
        "S0-OPF-16",
        "S0-OPF-17",
        "S0-OPF-18",
        "S0-OPF-19",
        "S0-OPF-20",
        "S0-OPF-21",
        "S0-OPF-22",
        "S0-OPF-24"
    })
    void the200DescribesThePfInFrontOfTheAnswer(Scenario l) {
        var at = new Originating(l);
        var invite = at.invite();
        var onward = at.onward(invite);
        // No 200 before the one from further on.
        l.pass(Duration.ofMillis(500));
        at.alice.receivesNothing();
        var answer = at.ok(onward);
        at.next.answers(onward, answer);
        var ok = at.alice.receives("200");
        assertThat(ok.header("CSeq")).isEqualTo("1 INVITE");
        assertThat(PlainSip.parameter(ok.header("To"), "tag")).isNotEmpty();
        assertThat(ok.headers("Via")).hasSameSizeAs(at.alice.lastSent("INVITE").headers("Via"));
        assertThat(ok.headers("Via").getLast()).isEqualTo(invite.headers("Via").getLast());
        assertThat(ok.headers("Record-Route")).isEqualTo(invite.headers("Record-Route"));
        assertThat(ok.header("Server")).matches("CPM-serv/OMA\\d.*");
        assertThat(ok.header("Server")).doesNotContain("plain");
        assertThat(ok.joined("Allow")).contains("INVITE", "ACK", "BYE", "CANCEL");
        assertThat(ok.header("Content-Type")).startsWith("application/sdp");
        assertThat(ok.body()).containsPattern("m=message \\d+ TCP/MSRP \\*");
        assertThat(ok.countSdp("m=")).isEqualTo(1);
        var path = ok.sdp("path").split(" ");
        assertThat(path[0]).startsWith("msrp://" + at.pf.host());
        assertThat(List.of(path).subList(1, path.length))
                .containsExactly(at.receiver.uri(), Originating.BEHIND);
        assertThat(ok.sdp("accept-types")).isEqualTo("message/cpim");
        assertThat(ok.sdp("max-size")).isEqualTo(answer.sdp("max-size"));
        assertThat(ok.hasSdp("a=recvonly")).isTrue();
        assertThat(ok.hasSdp("a=setup:passive")).isTrue();
        var caller = PlainDialog.caller(at.alice, invite, ok);
        caller.acknowledges();
        at.next.receives("ACK");
        at.ends(
                new Originating.Up(
                        onward, ok, caller, PlainDialog.called(at.next, onward, answer)));
    }

    @LadderTest
    @Proves({"S0-OPF-13", "S0-OPF-23", "S0-OPF-27", "S0-OPF-33", "S0-OPF-34"})
    void ackAndByeFollowTheirOwnDialogs(Scenario l) {
        var at = new Originating(l);
        var invite = at.invite();
        var onward = at.onward(invite);
        var answer = at.ok(onward);
        at.next.answers(onward, answer);
        var ok = at.alice.receives("200");
        assertThat(PlainSip.uri(ok.header("Contact"))).contains(at.pf.hostPort());
        // No ACK goes on before the caller's came.
        l.pass(Duration.ofMillis(300));
        at.next.receivesNothing();
        var caller = PlainDialog.caller(at.alice, invite, ok);
        caller.acknowledges();
        var ack = at.next.receives("ACK");
        var target = PlainSip.uri(answer.header("Contact"));
        assertThat(ack.requestUri()).isEqualTo(target);
        assertThat(ack.header("CSeq").split(" ")[0]).isEqualTo(onward.header("CSeq").split(" ")[0]);
        assertThat(ack.header("Call-ID")).isEqualTo(onward.header("Call-ID"));
        assertThat(PlainSip.parameter(ack.header("To"), "tag")).isEqualTo(at.next.tag());
        caller.saysBye(1);
        assertThat(at.alice.receives("200").header("CSeq")).isEqualTo("2 BYE");
        var bye = at.next.receives("BYE");
        assertThat(bye.requestUri()).isEqualTo(target);
        assertThat(bye.header("Call-ID")).isEqualTo(onward.header("Call-ID"));
        assertThat(PlainSip.parameter(bye.header("From"), "tag"))
                .isEqualTo(PlainSip.parameter(onward.header("From"), "tag"));
        assertThat(PlainSip.parameter(bye.header("To"), "tag")).isEqualTo(at.next.tag());
        at.next.answers(bye, 200, "OK");
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    @Proves("S0-OPF-12")
    void theSessionIsRefreshedByAMethodThatTheOtherSideAllows(Scenario l) {
        var at = new Originating(l);
        for (var allows : List.of("UPDATE", "INVITE")) {
            var invite = at.invite();
            var onward = at.onward(invite);
            var allow = "INVITE, ACK, BYE, CANCEL" + (allows.equals("UPDATE") ? ", UPDATE" : "");
            var answer =
                    at.ok(onward)
                            .set("Allow", allow)
                            .with("Require", "timer")
                            .with("Session-Expires", "90;refresher=uac");
            at.next.answers(onward, answer);
            var ok = at.alice.receives("200");
            var caller = PlainDialog.caller(at.alice, invite, ok);
            caller.acknowledges();
            at.next.receives("ACK");
            at.bound(
                    new Originating.Up(
                            onward, ok, caller, PlainDialog.called(at.next, onward, answer)));
            l.pass(Duration.ofSeconds(40));
            var refresh = at.next.receives(allows, Duration.ofSeconds(30));
            var refreshed =
                    at.next
                            .answer(refresh, 200, "OK")
                            .with("Contact", answer.header("Contact"))
                            .with("Require", "timer")
                            .with("Session-Expires", "90;refresher=uac");
            if (allows.equals("INVITE"))
                refreshed = refreshed.body("application/sdp", answer.body());
            at.next.answers(refresh, refreshed);
            if (allows.equals("INVITE")) at.next.receives("ACK");
            caller.saysBye(1);
            at.alice.receives("200");
            at.next.answers(at.next.receives("BYE"), 200, "OK");
        }
        l.nothingMore();
    }

    // ---- media

    @LadderTest
    @Proves({"S0-OPF-28", "S0-OPF-29", "S0-OPF-30", "S0-OPF-31"})
    void sendsAreForwardedChunkByChunk(Scenario l) {
        var at = new Originating(l);
        var up = at.established();
        at.bound(up);
        var first = cpim(5_000);
        at.sender.sendsMessage(up.path(), "m1", first, 2_000);
        at.receiver.isDialled();
        assertThat(at.receiver.receivesMessage()).isEqualTo(first);
        var second = cpim(90_000);
        at.receiver.forgets();
        at.receiver.keepsQuiet();
        var send = at.sender.chunk(up.path(), "m2", second, 0, 2_000);
        at.sender.sends(send);
        var onward = at.receiver.receives("SEND");
        assertThat(onward.header("Message-ID")).isEqualTo("m2");
        assertThat(onward.header("Byte-Range")).isEqualTo(send.header("Byte-Range"));
        assertThat(onward.body()).isEqualTo(send.body());
        assertThat(onward.transaction()).isNotEqualTo(send.transaction());
        assertThat(onward.toPath()).containsExactly(at.receiver.uri(), Originating.BEHIND);
        assertThat(onward.fromPath().getLast()).isEqualTo(at.sender.uri());
        at.receiver.answers(onward, "200 OK");
        at.sender.receives("200");
        assertThat(at.receiver.connections()).isEqualTo(1);
        assertThat(at.sender.connections()).isEqualTo(1);
        assertThat(at.receiver.firstRequest().what()).isEqualTo("SEND");
        at.ends(up);
    }

    @LadderTest
    @Proves("S0-OPF-32")
    void a200WaitsForTheNextNode(Scenario l) {
        var at = new Originating(l);
        var up = at.established();
        at.bound(up);
        at.receiver.isDialled();
        at.receiver.keepsQuiet();
        at.sender.sends(at.sender.chunk(up.path(), "m1", cpim(1_500), 0, 1_500));
        var send = at.receiver.receivesContent();
        l.pass(Duration.ofSeconds(2));
        assertThat(at.sender.hasNothing()).isTrue();
        at.receiver.answers(send, "200 OK");
        at.sender.receives("200");
        at.ends(up);
    }

    @LadderTest
    void anErrorOfTheNextNodeIsPassedBack(Scenario l) {
        var at = new Originating(l);
        var up = at.established();
        at.bound(up);
        at.receiver.isDialled();
        at.receiver.keepsQuiet();
        at.sender.sends(at.sender.chunk(up.path(), "m1", cpim(1_500), 0, 1_500));
        at.receiver.answers(at.receiver.receivesContent(), "413 Stop");
        at.sender.receives("413");
        at.ends(up);
    }

    @LadderTest(Wire.SIMULATED)
    void aSendThatNobodyAnswersGets408After25Seconds(Scenario l) {
        var at = new Originating(l);
        var up = at.established();
        at.bound(up);
        at.receiver.isDialled();
        at.receiver.keepsQuiet();
        at.sender.sends(at.sender.chunk(up.path(), "m1", cpim(1_500), 0, 1_500));
        at.receiver.receivesContent();
        l.pass(Duration.ofSeconds(24));
        assertThat(at.sender.hasNothing()).isTrue();
        l.pass(Duration.ofSeconds(2));
        at.sender.receives("408");
    }
}
