package io.posthorn.ladders;

import static io.posthorn.ladders.LargeMessage.cpim;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.ladders.coverage.LadderTest;
import io.posthorn.ladders.dsl.Party;
import io.posthorn.ladders.dsl.PlainDialog;
import io.posthorn.ladders.dsl.PlainMsrp;
import io.posthorn.ladders.dsl.PlainSip;
import io.posthorn.ladders.dsl.Scenario;
import io.posthorn.ladders.dsl.Wire;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** How a call through an Originating PF can end before its good end: OMA CPM Conv 8.3.1.1. */
class OriginatingEndingLadders {

    private static final String GONE = "SIP;cause=503;text=\"Service Unavailable\"";
    private static final String LATE = "SIP;cause=408;text=\"Request Timeout\"";

    /** The CANCEL of an INVITE as it was sent. RFC 3261 section 9.1. */
    private static PlainSip cancel(PlainSip invite) {
        var cancel =
                PlainSip.of("CANCEL " + invite.requestUri() + " SIP/2.0")
                        .with("Via", invite.header("Via"))
                        .with("Max-Forwards", "70")
                        .with("From", invite.header("From"))
                        .with("To", invite.header("To"))
                        .with("Call-ID", invite.header("Call-ID"))
                        .with("CSeq", invite.header("CSeq").replace("INVITE", "CANCEL"))
                        .with("Reason", "SIP;cause=200;text=\"Call completed elsewhere\"");
        for (var route : invite.headers("Route")) cancel = cancel.with("Route", route);
        return cancel;
    }

    private static List<String> both(Party party) {
        return List.of(party.receivesAny().what(), party.receivesAny().what());
    }

    /** Answers a BYE, and gives its reason. */
    private static String byed(Party party) {
        var bye = party.receives("BYE");
        party.answers(bye, 200, "OK");
        return bye.header("Reason", "");
    }

    /** Answers every BYE that still comes; how many messages came. */
    private static int settled(Originating at) {
        int count = 0;
        for (boolean quiet = false; !quiet; ) {
            quiet = true;
            for (var party : List.of(at.alice, at.next)) {
                var got = party.receivesIfAny(Duration.ofMillis(100));
                if (got == null) continue;
                quiet = false;
                count++;
                if (got.what().equals("BYE")) party.answers(got, 200, "OK");
            }
        }
        return count;
    }

    private static PlainSip bye(PlainDialog dialog, String reason) {
        return dialog.party().sends(dialog.next(), dialog.request("BYE", 1).with("Reason", reason));
    }

    /** A SEND without its end-line, cut off after that many bytes of the body. */
    private static byte[] open(PlainMsrp send, int bytes) {
        var whole = send.bytes();
        int tail = send.body().length - bytes + 2 + 7 + send.transaction().length() + 3;
        return Arrays.copyOf(whole, whole.length - tail);
    }

    /** The rest of the same SEND. */
    private static byte[] rest(PlainMsrp send, int bytes) {
        var whole = send.bytes();
        return Arrays.copyOfRange(whole, open(send, bytes).length, whole.length);
    }

    /** A call with media bound on both sides. */
    private static Originating.Up bound(Originating at) {
        var up = at.established();
        at.bound(up);
        at.receiver.isDialled();
        at.receiver.receives("SEND");
        return up;
    }

    // ---- before the 200

    @LadderTest
    void aCancelGoesOn(Scenario l) {
        var at = new Originating(l);
        var invite = at.invite();
        var onward = at.onward(invite);
        at.next.answers(onward, 180, "Ringing");
        at.alice.receives("180");
        at.alice.sends(at.pf.at(), cancel(invite));
        assertThat(both(at.alice)).containsExactlyInAnyOrder("200", "487");
        var cancelled = at.next.receives("CANCEL");
        assertThat(cancelled.header("Via")).isEqualTo(onward.header("Via"));
        assertThat(cancelled.header("Reason")).contains("cause=200");
        at.next.answers(cancelled, 200, "OK");
        at.next.answers(onward, 487, "Request Terminated");
        l.nothingMore();
    }

    @LadderTest
    void aCancelIsHeldBackUntilTheNextHopSaysSomething(Scenario l) {
        var at = new Originating(l);
        var invite = at.invite();
        var onward = at.onward(invite);
        at.alice.sends(at.pf.at(), cancel(invite));
        assertThat(both(at.alice)).containsExactlyInAnyOrder("200", "487");
        at.next.receivesNothing();
        at.next.answers(onward, 100, "Trying");
        var cancelled = at.next.receives("CANCEL");
        at.next.answers(cancelled, 200, "OK");
        at.next.answers(onward, 487, "Request Terminated");
        l.nothingMore();
    }

    @LadderTest
    void aCancelThatIsFasterThanThe200EndsTheOtherSideWithBye(Scenario l) {
        var at = new Originating(l);
        var invite = at.invite();
        var onward = at.onward(invite);
        at.next.answers(onward, 180, "Ringing");
        at.alice.receives("180");
        at.alice.sends(at.pf.at(), cancel(invite));
        assertThat(both(at.alice)).containsExactlyInAnyOrder("200", "487");
        at.next.receives("CANCEL");
        var answer = at.ok(onward);
        at.next.answers(onward, answer);
        at.next.receives("ACK");
        byed(at.next);
        l.nothingMore();
    }

    @LadderTest
    void aCancelAfterThe200HasNoEffect(Scenario l) {
        var at = new Originating(l);
        var invite = at.invite();
        var onward = at.onward(invite);
        var answer = at.ok(onward);
        at.next.answers(onward, answer);
        var ok = at.alice.receives("200");
        at.alice.sends(at.pf.at(), cancel(invite));
        assertThat(at.alice.receivesAny().header("CSeq")).endsWith("CANCEL");
        at.next.receivesNothing();
        var caller = PlainDialog.caller(at.alice, invite, ok);
        caller.acknowledges();
        at.next.receives("ACK");
        at.ends(
                new Originating.Up(
                        onward, ok, caller, PlainDialog.called(at.next, onward, answer)));
    }

    /** Whichever is first: both sides end alike, and nobody is left with half a call. */
    @LadderTest
    void aCancelAndThe200AtTheSameMoment(Scenario l) {
        for (int i = 0; i < (l.wire() == Wire.SIMULATED ? 40 : 5); i++) {
            var at = new Originating(l, s -> s, "OPF " + i);
            var invite = at.invite();
            var onward = at.onward(invite);
            var cancel = cancel(invite);
            var answer = at.ok(onward);
            if (i % 2 == 0) at.next.answers(onward, answer);
            at.alice.sends(at.pf.at(), cancel);
            if (i % 2 == 1) at.next.answers(onward, answer);
            var got = List.of(at.alice.receivesAny(), at.alice.receivesAny());
            var toInvite =
                    got.stream().filter(a -> a.header("CSeq").endsWith("INVITE")).findFirst();
            assertThat(got.stream().filter(a -> a.header("CSeq").endsWith("CANCEL"))).hasSize(1);
            var ok = toInvite.orElseThrow();
            if (ok.what().equals("487")) {
                var first = at.next.receivesAny();
                if (first.what().equals("CANCEL")) {
                    at.next.answers(first, 481, "Gone");
                    first = at.next.receivesAny();
                }
                assertThat(first.what()).isEqualTo("ACK");
            } else {
                var caller = PlainDialog.caller(at.alice, invite, ok);
                caller.acknowledges();
                at.next.receives("ACK");
                caller.saysBye(1);
                at.alice.receives("200");
            }
            byed(at.next);
        }
        l.nothingMore();
    }

    // ---- refusals

    @LadderTest
    void refusalsOfTheNextHopAreMapped(Scenario l) {
        var mapped =
                Map.ofEntries(
                        Map.entry(300, 480),
                        Map.entry(302, 480),
                        Map.entry(380, 480),
                        Map.entry(401, 500),
                        Map.entry(407, 500),
                        Map.entry(503, 500));
        for (int code :
                new int[] {
                    300, 302, 380, 400, 401, 403, 404, 406, 407, 408, 410, 413, 415, 420, 480, 481,
                    484, 486, 488, 491, 500, 501, 503, 504, 513, 600, 603, 606
                }) {
            var at = new Originating(l, s -> s, "OPF " + code);
            var onward = at.onward(at.invite());
            at.next.answers(
                    onward,
                    at.next
                            .answer(onward, code, "No")
                            .with("Contact", "<sip:elsewhere@192.0.2.9>")
                            .with("Retry-After", "5")
                            .with("Warning", "399 example.net \"a reason\"")
                            .with("WWW-Authenticate", "Digest realm=\"x\", nonce=\"y\""));
            var refusal = at.alice.receivesAny();
            assertThat(refusal.what()).isEqualTo("" + mapped.getOrDefault(code, code));
            assertThat(refusal.header("Warning")).isEqualTo("399 example.net \"a reason\"");
            for (var hidden : List.of("WWW-Authenticate", "Contact"))
                assertThat(refusal.has(hidden)).as(hidden + " of " + code).isFalse();
            if (code == 503) assertThat(refusal.has("Retry-After")).isFalse();
        }
        l.nothingMore();
    }

    @LadderTest
    void a422IsAnsweredWithALongerInterval(Scenario l) {
        var at = new Originating(l);
        var invite = at.invite();
        var first = at.onward(invite);
        at.next.answers(
                first,
                at.next.answer(first, 422, "Session Interval Too Small").with("Min-SE", "3600"));
        var onward = at.next.receives("INVITE");
        assertThat(onward.header("Call-ID")).isEqualTo(first.header("Call-ID"));
        assertThat(onward.header("Session-Expires")).startsWith("3600");
        assertThat(onward.header("Min-SE")).isEqualTo("3600");
        // It got what it asked for, and has nothing more to ask for.
        at.next.answers(
                onward,
                at.next.answer(onward, 422, "Session Interval Too Small").with("Min-SE", "3600"));
        // RFC 4028 section 6: a 422 without Min-SE tells a caller nothing.
        assertThat(at.alice.receives("422").header("Min-SE")).isEqualTo("3600");
        l.nothingMore();
    }

    @LadderTest
    void anAnswerThatIsOfNoUseEndsTheCall(Scenario l) {
        for (var wrong : List.of("", "v=0", "sendonly", "actpass", "m=message 0", "no path")) {
            var at = new Originating(l, s -> s, "OPF " + l.number());
            var onward = at.onward(at.invite());
            var ok = at.ok(onward);
            var sdp = ok.body();
            ok =
                    switch (wrong) {
                        case "" -> ok.without("Content-Type").body("application/sdp", "");
                        case "v=0" -> ok.body("application/sdp", "v=0\r\n");
                        case "sendonly" ->
                                ok.body("application/sdp", sdp.replace("recvonly", "sendonly"));
                        case "actpass" ->
                                ok.body("application/sdp", sdp.replace(":passive", ":actpass"));
                        case "no path" ->
                                ok.body("application/sdp", sdp.replaceAll("a=path.*\r\n", ""));
                        default ->
                                ok.body(
                                        "application/sdp",
                                        sdp.replaceAll("m=message \\d+", "m=message 0"));
                    };
            at.next.answers(onward, ok);
            assertThat(at.alice.receivesAny().what()).as(wrong).isEqualTo("500");
            at.next.receives("ACK");
            byed(at.next);
        }
        l.nothingMore();
    }

    // ---- time and transport

    @LadderTest(Wire.SIMULATED)
    void aNextHopThatSaysNothingIs408(Scenario l) {
        var at = new Originating(l);
        at.onward(at.invite());
        l.pass(Duration.ofSeconds(33));
        at.alice.receives("408");
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    void aNextHopThatOnlyRingsIsCancelledAfter45Seconds(Scenario l) {
        var at = new Originating(l);
        var onward = at.onward(at.invite());
        at.next.answers(onward, 180, "Ringing");
        at.alice.receives("180");
        l.pass(Duration.ofSeconds(44));
        at.alice.receivesNothing();
        l.pass(Duration.ofSeconds(2));
        at.alice.receives("408");
        at.next.answers(at.next.receives("CANCEL"), 200, "OK");
        at.next.answers(onward, 487, "Request Terminated");
        l.nothingMore();
    }

    @LadderTest
    void aNextHopThatIsNotThereIs500(Scenario l) {
        var at = new Originating(l);
        var nobody = "<sip:" + Party.text(l.freeAddress("core")) + ";transport=tcp;lr>";
        at.refused(
                at.invite()
                        .without("Route")
                        .with("Route", "<sip:orig@" + at.pf.hostPort() + ";lr>")
                        .with("Route", nobody),
                "500");
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    void withoutTheAckOfTheSenderBothSidesAreEnded(Scenario l) {
        var at = new Originating(l);
        var onward = at.onward(at.invite());
        at.next.answers(onward, at.ok(onward));
        at.alice.receives("200");
        l.pass(Duration.ofSeconds(33));
        assertThat(at.alice.repeated()).isGreaterThan(5);
        byed(at.alice);
        at.next.receives("ACK");
        assertThat(byed(at.next)).isEqualTo(LATE);
        l.nothingMore();
    }

    @LadderTest
    void aRepeatedByeIsAnsweredAgainAndPassedOnOnce(Scenario l) {
        var at = new Originating(l);
        var up = bound(at);
        var bye = up.caller().saysBye(1);
        at.alice.receives("200");
        at.alice.sendsAgain(up.caller().next(), bye);
        l.until("the 200 came again", () -> at.alice.repeated() == 1);
        assertThat(byed(at.next)).isEmpty();
        l.nothingMore();
    }

    @LadderTest
    void byesThatCrossAreBothAnswered(Scenario l) {
        for (int i = 0; i < 6; i++) {
            var at = new Originating(l, s -> s, "OPF " + i);
            var up = bound(at);
            if (i % 2 == 0) up.caller().saysBye(1);
            up.called().saysBye(1);
            if (i % 2 == 1) up.caller().saysBye(1);
            for (var party : List.of(at.alice, at.next)) {
                var first = party.receivesAny();
                if (first.what().equals("BYE")) {
                    party.answers(first, 200, "OK");
                    first = party.receivesAny();
                }
                assertThat(first.what()).isEqualTo("200");
            }
            settled(at);
        }
        l.nothingMore();
    }

    @LadderTest
    void aByeOfTheSenderInMidMessageEndsTheOpenChunk(Scenario l) {
        var at = new Originating(l);
        var up = bound(at);
        var message = cpim(60_000);
        at.sender.sends(at.sender.chunk(up.path(), "m1", message, 0, 20_000));
        at.sender.receives("200");
        at.receiver.receives("SEND");
        at.sender.sendsRaw(open(at.sender.chunk(up.path(), "m1", message, 20_000, 40_000), 10_000));
        l.pass(Duration.ofMillis(100));
        bye(up.caller(), "SIP;cause=480;text=\"Temporarily Unavailable\"");
        at.alice.receives("200");
        var aborted = at.receiver.receives("SEND");
        assertThat(aborted.flag()).isEqualTo('#');
        assertThat(aborted.body()).isEqualTo(Arrays.copyOfRange(message, 20_000, 30_000));
        assertThat(byed(at.next)).contains("cause=480").contains("Temporarily");
        assertThat(at.receiver.hasMessage()).isFalse();
        l.nothingMore();
    }

    @LadderTest
    void aByeOfTheNextHopInMidMessageEndsTheOpenChunk(Scenario l) {
        var at = new Originating(l);
        var up = bound(at);
        var send = at.sender.chunk(up.path(), "m1", cpim(60_000), 0, 60_000);
        at.sender.sendsRaw(open(send, 10_000));
        l.pass(Duration.ofMillis(100));
        bye(up.called(), "SIP;cause=480;text=\"Bearer unavailable\"");
        at.next.receives("200");
        assertThat(at.receiver.receives("SEND").flag()).isEqualTo('#');
        at.sender.receives("481");
        assertThat(byed(at.alice)).contains("cause=480").contains("Bearer unavailable");
        assertThat(at.receiver.hasMessage()).isFalse();
        l.nothingMore();
    }

    @LadderTest
    void theAnswerOfTheLastChunkPassesAfterTheBye(Scenario l) {
        var at = new Originating(l);
        var up = bound(at);
        at.receiver.keepsQuiet();
        at.sender.sends(at.sender.chunk(up.path(), "m1", cpim(1_500), 0, 1_500));
        var send = at.receiver.receivesContent();
        up.called().saysBye(1);
        at.next.receives("200");
        var bye = at.alice.receives("BYE");
        at.receiver.answers(send, "200 OK");
        at.sender.receives("200");
        at.alice.answers(bye, 200, "OK");
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    void aLegThatNobodyRefreshesEndsBoth(Scenario l) {
        for (boolean sender : new boolean[] {true, false}) {
            var at = new Originating(l, s -> s, sender ? "OPF" : "other OPF");
            var invite = at.invite();
            if (sender) invite = invite.set("Session-Expires", "90;refresher=uac");
            var onward = at.onward(invite);
            var answer = at.ok(onward);
            if (!sender)
                answer =
                        answer.with("Require", "timer").with("Session-Expires", "90;refresher=uas");
            at.next.answers(onward, answer);
            var ok = at.alice.receives("200");
            PlainDialog.caller(at.alice, invite, ok).acknowledges();
            at.next.receives("ACK");
            l.pass(Duration.ofSeconds(29));
            at.alice.receivesNothing();
            // Nobody binds, but that is not what ends it.
            at.sender.connects(ok.sdp("path").split(" ")[0]);
            at.sender.binds(List.of(ok.sdp("path").split(" ")));
            l.pass(Duration.ofSeconds(62));
            var reasons = List.of(byed(at.alice), byed(at.next));
            assertThat(reasons).contains(LATE);
        }
        l.nothingMore();
    }

    // ---- the sender's media

    @LadderTest
    void aSenderThatAbortsMaySendAnother(Scenario l) {
        var at = new Originating(l);
        var up = bound(at);
        var message = cpim(9_000);
        for (int bytes : new int[] {0, 1_000, 3_000}) {
            var id = "m" + bytes;
            at.sender.sends(at.sender.chunk(up.path(), id, message, 0, 2_000));
            at.sender.receives("200");
            at.receiver.receives("SEND");
            var last = at.sender.chunk(up.path(), id, message, 2_000, bytes).flag('#');
            at.sender.sends(last.with("Byte-Range", "2001-*/9000"));
            at.sender.receives("200");
            var aborted = at.receiver.receives("SEND");
            assertThat(aborted.flag()).isEqualTo('#');
            assertThat(aborted.header("Message-ID")).isEqualTo(id);
            assertThat(aborted.body()).isEqualTo(Arrays.copyOfRange(message, 2_000, 2_000 + bytes));
        }
        assertThat(at.receiver.hasMessage()).isFalse();
        at.sender.sendsMessage(up.path(), "next", message, 4_000);
        assertThat(at.receiver.receivesMessage()).isEqualTo(message);
        at.ends(up);
    }

    @LadderTest
    void aSenderThatVanishesInMidMessageLeavesAnAbortedOne(Scenario l) {
        var at = new Originating(l);
        var up = bound(at);
        at.sender.sendsRaw(open(at.sender.chunk(up.path(), "m1", cpim(60_000), 0, 60_000), 10_000));
        l.pass(Duration.ofMillis(100));
        at.sender.resets();
        assertThat(at.receiver.receives("SEND").flag()).isEqualTo('#');
        assertThat(byed(at.alice)).isEqualTo(GONE);
        assertThat(byed(at.next)).isEqualTo(GONE);
        assertThat(at.receiver.hasMessage()).isFalse();
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    void aSenderThatIsSilentInMidMessageIsEndedAfter60Seconds(Scenario l) {
        for (boolean open : new boolean[] {true, false}) {
            var at = new Originating(l, s -> s, open ? "OPF" : "other OPF");
            var up = bound(at);
            var send = at.sender.chunk(up.path(), "m1", cpim(60_000), 0, 20_000);
            if (open) at.sender.sendsRaw(open(send, 10_000));
            else at.sender.sends(send);
            if (!open) at.sender.receives("200");
            if (!open) at.receiver.receives("SEND");
            l.pass(Duration.ofSeconds(50));
            // A keep-alive is no part of the message.
            if (!open) at.sender.binds(up.path());
            l.pass(Duration.ofSeconds(9));
            at.alice.receivesNothing();
            l.pass(Duration.ofSeconds(2));
            if (open) assertThat(at.receiver.receives("SEND").flag()).isEqualTo('#');
            assertThat(byed(at.alice)).isEqualTo(LATE);
            assertThat(byed(at.next)).isEqualTo(LATE);
            assertThat(at.receiver.hasMessage()).isFalse();
        }
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    void aSenderThatStallsMayGoOn(Scenario l) {
        var at = new Originating(l);
        var up = bound(at);
        var message = cpim(60_000);
        var send = at.sender.chunk(up.path(), "m1", message, 0, 60_000);
        at.sender.sendsRaw(open(send, 10_000));
        l.pass(Duration.ofSeconds(55));
        at.sender.sendsRaw(Arrays.copyOf(rest(send, 10_000), 20_000));
        l.pass(Duration.ofSeconds(55));
        var tail = rest(send, 10_000);
        at.sender.sendsRaw(Arrays.copyOfRange(tail, 20_000, tail.length));
        at.sender.receives("200");
        assertThat(at.receiver.receivesMessage()).isEqualTo(message);
        // Between two messages nobody has to say anything.
        l.pass(Duration.ofMinutes(5));
        at.sender.sendsMessage(up.path(), "m2", cpim(1_500), 1_500);
        at.receiver.receivesMessage();
        at.ends(up);
    }

    @LadderTest
    void aHoleIsForTheReceiverToRefuse(Scenario l) {
        var at = new Originating(l);
        var up = bound(at);
        var message = cpim(6_000);
        at.sender.sends(at.sender.chunk(up.path(), "m1", message, 0, 2_000));
        at.sender.receives("200");
        at.receiver.receives("SEND");
        at.receiver.keepsQuiet();
        at.sender.sends(at.sender.chunk(up.path(), "m1", message, 4_000, 2_000));
        var last = at.receiver.receives("SEND");
        assertThat(last.header("Byte-Range")).isEqualTo("4001-6000/6000");
        assertThat(last.flag()).isEqualTo('$');
        at.receiver.answers(last, "413 Stop");
        at.sender.receives("413");
        at.ends(up);
    }

    @LadderTest
    void aTerminatingPfRefusesAHole(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var up = at.established(phone);
        at.bound(up.ok());
        at.binds(phone, up.invite());
        var message = cpim(6_000);
        at.sender.sends(at.sender.chunk(up.path(), "m1", message, 0, 2_000));
        at.sender.receives("200");
        at.sender.sends(at.sender.chunk(up.path(), "m1", message, 4_000, 2_000));
        at.sender.receives("413");
        up.caller().saysBye(1);
        at.opf.receives("200");
        byed(at.core);
        assertThat(phone.media().hasMessage()).isFalse();
        at.endsSubscription();
        l.nothingMore();
    }

    // ---- the next hop's media

    @LadderTest
    void errorsOfTheNextHopReachTheSender(Scenario l) {
        var message = cpim(6_000);
        for (var code : List.of("400", "403", "408", "413", "415", "481", "506"))
            for (boolean last : new boolean[] {false, true}) {
                var at = new Originating(l, s -> s, "OPF " + code + last);
                var up = bound(at);
                at.receiver.keepsQuiet();
                if (last) {
                    at.sender.sends(at.sender.chunk(up.path(), "m1", message, 0, 2_000));
                    at.receiver.answers(at.receiver.receives("SEND"), "200 OK");
                    at.sender.receives("200");
                }
                var send =
                        last
                                ? at.sender.chunk(up.path(), "m1", message, 2_000, 4_000)
                                : at.sender.chunk(up.path(), "m1", message, 0, 2_000);
                at.sender.sends(send);
                at.receiver.answers(at.receiver.receives("SEND"), code + " No");
                var answer = at.sender.receives(code);
                assertThat(answer.transaction()).isEqualTo(send.transaction());
                // What still comes of it is refused here: nobody wants it.
                at.sender.sends(at.sender.chunk(up.path(), "m1", message, 2_000, 2_000));
                assertThat(at.sender.receives(code.equals("400") ? "413" : code)).isNotNull();
                assertThat(at.receiver.hasNothing()).isTrue();
                up.caller().saysBye(1);
                at.alice.receives("200");
                byed(at.next);
            }
        l.nothingMore();
    }

    @LadderTest
    void anErrorForAChunkThatIsStillComingEndsItAtOnce(Scenario l) {
        for (var code : List.of("413", "481")) {
            var at = new Originating(l, s -> s, "OPF " + code);
            var up = bound(at);
            at.receiver.keepsQuiet();
            var send = at.sender.chunk(up.path(), "m1", cpim(60_000), 0, 60_000);
            at.sender.sendsRaw(open(send, 10_000));
            l.pass(Duration.ofMillis(100));
            at.receiver.answersOpen(code + " Stop");
            assertThat(at.sender.receives(code).transaction()).isEqualTo(send.transaction());
            assertThat(at.receiver.receives("SEND").flag()).isEqualTo('#');
            at.sender.sendsRaw(rest(send, 10_000));
            l.pass(Duration.ofMillis(100));
            assertThat(at.sender.hasNothing()).isTrue();
            // The session is as good as before.
            at.receiver.answersAgain();
            at.sender.sendsMessage(up.path(), "m2", cpim(1_500), 1_500);
            assertThat(at.receiver.receivesMessage()).isEqualTo(cpim(1_500));
            up.caller().saysBye(1);
            at.alice.receives("200");
            byed(at.next);
        }
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    void anAnswerAfterThe408IsNoAnswer(Scenario l) {
        var at = new Originating(l);
        var up = bound(at);
        at.receiver.keepsQuiet();
        at.sender.sends(at.sender.chunk(up.path(), "m1", cpim(1_500), 0, 1_500));
        var send = at.receiver.receivesContent();
        l.pass(Duration.ofSeconds(26));
        at.sender.receives("408");
        at.receiver.answers(send, "200 OK");
        l.pass(Duration.ofSeconds(1));
        assertThat(at.sender.hasNothing()).isTrue();
        at.receiver.answersAgain();
        at.sender.sendsMessage(up.path(), "m2", cpim(3_000), 2_000);
        at.ends(up);
    }

    @LadderTest
    void aNextHopThatVanishesBetweenChunksEndsTheCall(Scenario l) {
        var at = new Originating(l);
        var up = bound(at);
        at.sender.sends(at.sender.chunk(up.path(), "m1", cpim(6_000), 0, 2_000));
        at.sender.receives("200");
        at.receiver.resets();
        assertThat(byed(at.next)).isEqualTo(GONE);
        var bye = at.alice.receives("BYE");
        assertThat(bye.header("Reason")).isEqualTo(GONE);
        at.sender.sends(at.sender.chunk(up.path(), "m1", cpim(6_000), 2_000, 2_000));
        at.sender.receives("408");
        at.alice.answers(bye, 200, "OK");
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    void aNextHopThatTakesNoByteIsLostAfter20Seconds(Scenario l) {
        var at = new Originating(l);
        var up = bound(at);
        at.receiver.stalls();
        at.sender.sends(at.sender.chunk(up.path(), "m1", cpim(4_000_000), 0, 4_000_000));
        l.pass(Duration.ofSeconds(30));
        at.sender.receives("408");
        assertThat(byed(at.alice)).isEqualTo(GONE);
        assertThat(byed(at.next)).isEqualTo(GONE);
        at.receiver.resets();
        l.nothingMore();
    }

    @LadderTest
    void aNextHopThatCannotBeDialledEndsTheCall(Scenario l) {
        var at = new Originating(l);
        var invite = at.invite();
        var onward = at.onward(invite);
        var nobody = Party.text(l.freeAddress("core"));
        var ok = at.ok(onward);
        at.next.answers(
                onward,
                ok.body(
                        "application/sdp",
                        ok.body().replace(Party.text(at.receiver.at()), nobody)));
        var answered = at.alice.receives("200");
        PlainDialog.caller(at.alice, invite, answered).acknowledges();
        at.next.receives("ACK");
        assertThat(byed(at.alice)).isEqualTo(GONE);
        assertThat(byed(at.next)).isEqualTo(GONE);
        l.nothingMore();
    }

    /**
     * Whatever byte the next hop resets at: no 200 for what it did not get, and no call is left.
     */
    @LadderTest
    void aResetAtAnyByteIsNeverA200(Scenario l) {
        var message = cpim(6_000);
        int step = l.wire() == Wire.SIMULATED ? 151 : 1501;
        for (int bytes = 1; bytes < 8_000; bytes += step) {
            var at = new Originating(l, s -> s, "OPF " + bytes);
            at.receiver.resetsAfter(bytes);
            var up = at.established();
            at.bound(up);
            var answers = new ArrayList<String>();
            for (int from = 0; from < message.length; from += 2_000) {
                at.sender.sends(at.sender.chunk(up.path(), "m1", message, from, 2_000));
                var answer = at.sender.receivesIfAny(Duration.ofMillis(300));
                if (answer != null) answers.add(answer.what());
            }
            int delivered = (int) answers.stream().filter("200"::equals).count();
            assertThat(answers.subList(0, delivered)).allMatch("200"::equals);
            assertThat(delivered * 2_000L).isLessThanOrEqualTo(at.receiver.bytesReceived());
            if (delivered == 3) {
                assertThat(at.receiver.receivesMessage()).isEqualTo(message);
                up.caller().saysBye(1);
            }
            assertThat(settled(at)).as("after %d bytes", bytes).isGreaterThanOrEqualTo(2);
        }
        l.nothingMore();
    }

    // ---- where a peer may not lead us

    @LadderTest
    void aPathThatLeadsToAMetadataServiceIsNotFollowed(Scenario l) {
        var at = new Originating(l);
        var onward = at.onward(at.invite());
        var here = at.receiver.at().getAddress().getHostAddress();
        var sdp = LargeMessage.passiveAnswer(at.receiver).replace(here, "169.254.169.254");
        at.next.answers(onward, at.ok(onward).body("application/sdp", sdp));
        PlainDialog.caller(at.alice, onward, at.alice.receives("200")).acknowledges();
        at.next.receives("ACK");
        assertThat(byed(at.alice)).isEqualTo(GONE);
        assertThat(byed(at.next)).isEqualTo(GONE);
        l.nothingMore();
        assertThat(l.calls()).anyMatch(call -> ("" + call.outcome()).contains("link-local"));
    }
}
