package io.posthorn.ladders;

import static io.posthorn.ladders.LargeMessage.cpim;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.ladders.Terminating.Device;
import io.posthorn.ladders.coverage.LadderTest;
import io.posthorn.ladders.coverage.Proves;
import io.posthorn.ladders.dsl.PlainDialog;
import io.posthorn.ladders.dsl.PlainSip;
import io.posthorn.ladders.dsl.Scenario;
import io.posthorn.ladders.dsl.Wire;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What the recipient's devices answer to their INVITEs, and what a sender does meanwhile: OMA CPM
 * Conv 8.3.2.1.1.
 */
class DeviceAnswerLadders {

    private static Terminating at(Scenario l, Object what) {
        return new Terminating(l, s -> s, "TPF " + what);
    }

    private static PlainSip called(Map<Device, PlainSip> invites, Device device) {
        return java.util.Objects.requireNonNull(invites.get(device));
    }

    // ---- all refuse

    @LadderTest
    void theRefusalOfTheOnlyDeviceIsPassedOn(Scenario l) {
        // RFC 3261 sections 8.1.3.4, 22: redirections and credentials are between two hops.
        var passed =
                Map.of(
                        302, 480, 401, 500, 403, 403, 404, 404, 407, 500, 480, 480, 486, 486, 503,
                        500, 600, 600, 603, 603);
        for (int code : passed.keySet().stream().sorted().toList()) {
            var at = at(l, code);
            var phone = at.device("phone" + code);
            at.sends(at.invite());
            at.core.answers(at.invited(phone), code, "No");
            at.opf.receives(String.valueOf(passed.get(code)));
            at.endsSubscription();
        }
        l.nothingMore();
    }

    @LadderTest
    void theRefusalsOfAllDevicesAreOneAnswer(Scenario l) {
        for (var codes :
                List.of(
                        List.of(486, 486, 486),
                        List.of(603, 603, 480),
                        List.of(486, 404, 403),
                        List.of(415, 415, 415),
                        List.of(404, 404, 486),
                        List.of(503, 503, 503),
                        List.of(600, 486, 486))) {
            var at = at(l, codes);
            var devices = List.of(at.device("one"), at.device("two"), at.device("three"));
            at.sends(at.invite());
            var invites = at.invitedAll();
            for (int i = 0; i < 3; i++)
                at.core.answers(called(invites, devices.get(i)), codes.get(i), "No");
            var all = codes.getFirst() == 503 ? 500 : codes.getFirst();
            var equal = codes.stream().distinct().count() == 1;
            // What only some say is no answer for the user: 480 (RFC 3261 section 16.7, adapted).
            at.opf.receives(String.valueOf(equal ? all : 480));
            at.endsSubscription();
        }
        l.nothingMore();
    }

    /** A 6xx is one device's word in this service: the others still get the message. */
    @LadderTest
    @Proves("S1-TPF-15")
    void aRefusalIsThatDevicesOnly(Scenario l) {
        for (int code : List.of(404, 480, 486, 500, 503, 600, 603, 606)) {
            var at = at(l, code);
            var phone = at.device("phone" + code);
            var tablet = at.device("tablet" + code);
            var invite = at.invite();
            at.sends(invite);
            var invites = at.invitedAll();
            at.core.answers(called(invites, phone), code, "No");
            at.opf.receivesNothing();
            at.core.answers(called(invites, tablet), at.ok(tablet, called(invites, tablet)));
            var ok = at.opf.receives("200");
            var caller = PlainDialog.caller(at.opf, invite, ok);
            caller.acknowledges();
            at.core.receives("ACK");
            at.bound(ok);
            at.binds(tablet, called(invites, tablet));
            var message = cpim(1_500);
            at.sender.sendsMessage(List.of(ok.sdp("path").split(" ")), "m1", message, 1_500);
            assertThat(tablet.media().receivesMessage()).isEqualTo(message);
            at.hangsUp(caller);
            at.byeOf(tablet);
            at.endsSubscription();
        }
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    void devicesThatOnlyRingAreCancelledAndTheCallerGets408(Scenario l) {
        var at = at(l, "");
        var phone = at.device("phone");
        at.device("tablet");
        at.sends(at.invite());
        var invites = at.invitedAll();
        for (var invite : invites.values()) at.core.answers(invite, 180, "Ringing");
        at.opf.receives("180");
        l.pass(Duration.ofSeconds(29));
        at.opf.receivesNothing();
        at.opf.receives("408");
        cancelled(at, invites, 2);
        assertThat(phone.media().connections()).isZero();
        at.endsSubscription();
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    void oneThatRefusesAndOneThatOnlyRingsAre480(Scenario l) {
        var at = at(l, "");
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        at.sends(at.invite());
        var invites = at.invitedAll();
        at.core.answers(called(invites, phone), 486, "Busy Here");
        at.core.answers(called(invites, tablet), 180, "Ringing");
        at.opf.receives("180");
        l.pass(Duration.ofSeconds(29));
        at.opf.receives("480");
        cancelled(at, invites, 1);
        at.endsSubscription();
        l.nothingMore();
    }

    /** The core does not answer at all: nobody can be cancelled (RFC 3261 section 9.1). */
    @LadderTest(Wire.SIMULATED)
    void aCoreThatIsNotThereIs408(Scenario l) {
        var at = at(l, "");
        at.device("phone");
        at.device("tablet");
        at.sends(at.invite());
        at.invitedAll();
        l.pass(Duration.ofSeconds(29));
        at.opf.receives("408");
        l.pass(Duration.ofSeconds(40));
        at.endsSubscription();
        l.nothingMore();
    }

    /** CANCEL for so many devices; each gets its 200 and its INVITE the 487. */
    private static void cancelled(Terminating at, Map<Device, PlainSip> invites, int count) {
        for (int i = 0; i < count; i++) {
            var cancel = at.core.receives("CANCEL");
            at.core.answers(cancel, 200, "OK");
            for (var invite : invites.values())
                if (invite.header("Call-ID").equals(cancel.header("Call-ID")))
                    at.core.answers(invite, 487, "Request Terminated");
        }
    }

    // ---- the sender gives up

    private static PlainSip cancel(Terminating at, PlainSip sent) {
        var cancel =
                PlainSip.of("CANCEL " + sent.requestUri() + " SIP/2.0")
                        .with("Via", sent.headers("Via").getFirst())
                        .with("Max-Forwards", "70")
                        .with("From", sent.header("From"))
                        .with("To", sent.header("To"))
                        .with("Call-ID", sent.header("Call-ID"))
                        .with("CSeq", sent.header("CSeq").replace("INVITE", "CANCEL"))
                        .with("Reason", "SIP;cause=487;text=\"changed my mind\"");
        for (var route : sent.headers("Route")) cancel = cancel.with("Route", route);
        return at.opf.sends(at.pf.at(), cancel);
    }

    private static void receivesBoth(Terminating at, String one, String other) {
        assertThat(List.of(at.opf.receivesAny().what(), at.opf.receivesAny().what()))
                .containsExactlyInAnyOrder(one, other);
    }

    @LadderTest
    void aCancelBeforeAnyDeviceAnsweredCancelsAll(Scenario l) {
        var at = at(l, "");
        at.device("phone");
        at.device("tablet");
        var invite = at.invite();
        at.sends(invite);
        var invites = at.invitedAll();
        for (var onward : invites.values()) at.core.answers(onward, 180, "Ringing");
        at.opf.receives("180");
        cancel(at, invite);
        receivesBoth(at, "200", "487");
        cancelled(at, invites, 2);
        at.endsSubscription();
        l.nothingMore();
    }

    @LadderTest
    void a200ThatCrossesTheCancelGetsAckAndBye(Scenario l) {
        var at = at(l, "");
        var phone = at.device("phone");
        var invite = at.invite();
        at.sends(invite);
        var onward = at.invited(phone);
        at.core.answers(onward, 180, "Ringing");
        at.opf.receives("180");
        cancel(at, invite);
        receivesBoth(at, "200", "487");
        at.core.answers(at.core.receives("CANCEL"), 200, "OK");
        at.core.answers(onward, at.ok(phone, onward));
        at.core.receives("ACK");
        at.core.answers(at.core.receives("BYE"), 200, "OK");
        at.endsSubscription();
        l.nothingMore();
    }

    /** RFC 3261 section 9.2: after the final answer a CANCEL has no effect but its own 200. */
    @LadderTest
    void aCancelAfterThe200HasNoEffect(Scenario l) {
        var at = at(l, "");
        var phone = at.device("phone");
        var invite = at.invite();
        at.sends(invite);
        var onward = at.invited(phone);
        at.core.answers(onward, at.ok(phone, onward));
        var ok = at.opf.receives("200");
        cancel(at, invite);
        at.opf.receives("200");
        var caller = PlainDialog.caller(at.opf, invite, ok);
        caller.acknowledges();
        at.core.receives("ACK");
        at.bound(ok);
        at.binds(phone, onward);
        var message = cpim(1_500);
        at.sender.sendsMessage(List.of(ok.sdp("path").split(" ")), "m1", message, 1_500);
        assertThat(phone.media().receivesMessage()).isEqualTo(message);
        at.hangsUp(caller);
        at.byeOf(phone);
        at.endsSubscription();
        l.nothingMore();
    }

    /** Both arrive in the same moment, many times; whoever was first, everybody hears the end. */
    @LadderTest(Wire.SIMULATED)
    void aCancelThatMeetsThe200EndsTheCallEitherWay(Scenario l) {
        l.network().delay(Duration.ofMillis(1), Duration.ofMillis(1));
        int cancelled = 0;
        for (int i = 0; i < 40; i++) {
            var at = at(l, i);
            var phone = at.device("phone" + i);
            var invite = at.invite();
            at.sends(invite);
            var onward = at.invited(phone);
            at.core.answers(onward, at.ok(phone, onward));
            cancel(at, invite);
            var answers = List.of(at.opf.receivesAny(), at.opf.receivesAny());
            var ok =
                    answers.stream()
                            .filter(a -> a.header("CSeq").endsWith("INVITE"))
                            .findFirst()
                            .orElseThrow();
            if (ok.what().equals("200")) {
                var caller = PlainDialog.caller(at.opf, invite, ok);
                caller.acknowledges();
                at.core.receives("ACK");
                at.hangsUp(caller);
            } else {
                cancelled++;
                assertThat(ok.what()).isEqualTo("487");
                at.core.receives("ACK");
            }
            at.byeOf(phone);
            at.endsSubscription();
        }
        assertThat(cancelled).isBetween(1, 39);
        l.pass(Duration.ofSeconds(6));
        l.nothingMore();
    }

    // ---- the sender is gone

    @LadderTest(Wire.SIMULATED)
    void aSenderThatNeverAcknowledgesIsGivenUp(Scenario l) {
        var at = at(l, "");
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        at.sends(at.invite());
        var invites = at.invitedAll();
        at.core.answers(called(invites, phone), at.ok(phone, called(invites, phone)));
        at.opf.receives("200");
        at.core.answers(called(invites, tablet), at.ok(tablet, called(invites, tablet)));
        at.core.receives("ACK");
        at.binds(tablet, called(invites, tablet));
        // RFC 3261 section 13.3.1.4: 64*T1, then BYE.
        l.pass(Duration.ofSeconds(31));
        at.core.receivesNothing();
        assertThat(at.opf.repeated()).isGreaterThan(5);
        at.opf.answers(at.opf.receives("BYE", Duration.ofSeconds(4)), 200, "OK");
        var heard = new java.util.ArrayList<String>();
        for (int i = 0; i < 3; i++) {
            var next = at.core.receivesAny();
            heard.add(next.what());
            if (next.what().equals("BYE")) {
                assertThat(next.header("Reason")).contains("cause=408");
                at.core.answers(next, 200, "OK");
            }
        }
        assertThat(heard).containsExactlyInAnyOrder("ACK", "BYE", "BYE");
        at.endsSubscription();
        l.nothingMore();
    }

    @LadderTest
    void a200AfterTheSenderHasGoneGetsAckAndBye(Scenario l) {
        var at = at(l, "");
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        var invite = at.invite();
        at.sends(invite);
        var invites = at.invitedAll();
        at.core.answers(called(invites, tablet), 180, "Ringing");
        at.opf.receives("180");
        at.core.answers(called(invites, phone), at.ok(phone, called(invites, phone)));
        var ok = at.opf.receives("200");
        var caller = PlainDialog.caller(at.opf, invite, ok);
        caller.acknowledges();
        at.core.receives("ACK");
        at.hangsUp(caller);
        var first = at.core.receivesAny();
        var second = at.core.receivesAny();
        assertThat(List.of(first.what(), second.what())).containsExactlyInAnyOrder("BYE", "CANCEL");
        at.core.answers(first, 200, "OK");
        at.core.answers(second, 200, "OK");
        at.core.answers(called(invites, tablet), at.ok(tablet, called(invites, tablet)));
        at.core.receives("ACK");
        at.byeOf(tablet);
        at.endsSubscription();
        l.nothingMore();
    }

    // ---- answers of no use

    /** Answers that RFC 3264 section 6 or this service do not know; what each is, and its SDP. */
    private static Map<String, String> useless(Device device) {
        var good = LargeMessage.activeAnswer(device.media());
        var media = good.substring(good.indexOf("m=message"));
        return new java.util.TreeMap<>(
                Map.of(
                        "one media line too many", good + media,
                        "no media line", good.substring(0, good.indexOf("m=message")),
                        "port 0", good.replaceFirst("m=message \\d+", "m=message 0"),
                        "wrong protocol", good.replace("TCP/MSRP", "RTP/AVP"),
                        "wrong direction", good.replace("a=recvonly", "a=sendonly"),
                        "inactive", good.replace("a=recvonly", "a=inactive"),
                        "no path", good.replaceFirst("a=path:[^\r]*\r\n", ""),
                        "no cpim", good.replace("accept-types:message/cpim", "accept-types:x/y"),
                        "actpass", good.replace("setup:active", "setup:actpass"),
                        "no SDP", "nonsense"));
    }

    @LadderTest
    void anAnswerOfNoUseEndsThatDeviceAndLeavesTheOthersAlone(Scenario l) {
        int number = 0;
        for (var what : useless(new Terminating(l).device("none")).keySet()) {
            var at = at(l, what);
            var phone = at.device("phone" + ++number);
            var tablet = at.device("tablet" + number);
            var invite = at.invite();
            at.sends(invite);
            var invites = at.invitedAll();
            var bad =
                    at.ok(phone, called(invites, phone))
                            .body(
                                    "application/sdp",
                                    java.util.Objects.requireNonNull(useless(phone).get(what)));
            at.core.answers(called(invites, phone), bad);
            at.core.receives("ACK");
            assertThat(at.byeOf(phone).header("Reason")).as(what).contains("cause=488");
            at.opf.receivesNothing();
            at.core.answers(called(invites, tablet), at.ok(tablet, called(invites, tablet)));
            var ok = at.opf.receives("200");
            assertThat(ok.countSdp("m=")).isEqualTo(1);
            var caller = PlainDialog.caller(at.opf, invite, ok);
            caller.acknowledges();
            at.core.receives("ACK");
            at.hangsUp(caller);
            at.byeOf(tablet);
            at.endsSubscription();
        }
        l.nothingMore();
    }

    @LadderTest
    void anAnswerOfNoUseOfTheOnlyDeviceIs480(Scenario l) {
        var at = at(l, "");
        var phone = at.device("phone");
        at.sends(at.invite());
        var onward = at.invited(phone);
        at.core.answers(
                onward,
                at.ok(phone, onward)
                        .body(
                                "application/sdp",
                                java.util.Objects.requireNonNull(
                                        useless(phone).get("wrong direction"))));
        at.core.receives("ACK");
        at.opf.receives("480");
        assertThat(at.byeOf(phone).header("Reason")).contains("cause=488");
        at.endsSubscription();
        l.nothingMore();
    }

    /** A 200 without any body answers nothing. */
    @LadderTest
    void a200WithoutAnAnswerIsOfNoUse(Scenario l) {
        var at = at(l, "");
        var phone = at.device("phone");
        at.sends(at.invite());
        var onward = at.invited(phone);
        var ok = at.ok(phone, onward).without("Content-Type");
        at.core.answers(onward, new PlainSip(ok.start(), ok.fields(), ""));
        at.core.receives("ACK");
        at.opf.receives("480");
        assertThat(at.byeOf(phone).header("Reason")).contains("cause=488");
        at.endsSubscription();
        l.nothingMore();
    }

    /** RFC 3264 section 6: as many lines as were offered, those that are not wanted with port 0. */
    @LadderTest
    @Proves("S1-TPF-17")
    void ofTwoMediaLinesTheFirstForMsrpIsTaken(Scenario l) {
        for (boolean msrpFirst : List.of(true, false)) {
            var at = at(l, msrpFirst);
            var phone = at.device("phone" + msrpFirst);
            var invite = at.invite();
            var offer = invite.body();
            var audio = "m=audio 49170 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";
            var second =
                    "m=message 7654 TCP/MSRP *\r\na=accept-types:message/cpim\r\n"
                            + "a=path:msrp://192.0.2.10:7654/second;tcp\r\na=sendonly\r\n";
            int line = offer.indexOf("m=message");
            var both =
                    msrpFirst
                            ? offer + second
                            : offer.substring(0, line) + audio + offer.substring(line);
            invite = invite.body("application/sdp", both);
            at.sends(invite);
            var onward = at.invited(phone);
            assertThat(onward.countSdp("m=")).isEqualTo(1);
            assertThat(onward.body()).doesNotContain("second", "audio");
            at.core.answers(onward, at.ok(phone, onward));
            var ok = at.opf.receives("200");
            var lines = ok.body().lines().filter(s -> s.startsWith("m=")).toList();
            assertThat(lines).hasSize(2);
            assertThat(lines.get(msrpFirst ? 0 : 1)).matches("m=message [1-9]\\d* TCP/MSRP \\*");
            assertThat(lines.get(msrpFirst ? 1 : 0)).matches("m=(message|audio) 0 .*");
            var caller = PlainDialog.caller(at.opf, invite, ok);
            caller.acknowledges();
            at.core.receives("ACK");
            at.bound(ok);
            at.binds(phone, onward);
            at.sender.sendsMessage(List.of(ok.sdp("path").split(" ")), "m1", cpim(1_500), 1_500);
            assertThat(phone.media().receivesMessage()).isEqualTo(cpim(1_500));
            at.hangsUp(caller);
            at.byeOf(phone);
            at.endsSubscription();
        }
        l.nothingMore();
    }
}
