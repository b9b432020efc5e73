package io.posthorn.ladders;

import static io.posthorn.ladders.LargeMessage.cpim;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.ladders.Terminating.Device;
import io.posthorn.ladders.Terminating.Together;
import io.posthorn.ladders.coverage.LadderTest;
import io.posthorn.ladders.coverage.Proves;
import io.posthorn.ladders.dsl.PlainDialog;
import io.posthorn.ladders.dsl.PlainMsrp;
import io.posthorn.ladders.dsl.PlainSip;
import io.posthorn.ladders.dsl.Scenario;
import io.posthorn.ladders.dsl.Wire;
import java.time.Duration;
import java.util.List;

/**
 * How media ends badly at one of the recipient's devices, alone and beside a healthy one: OMA CPM
 * Conv 8.3.2.1.1. An error of one device is that device's; the sender hears of it when all failed.
 */
class DeliveryEndingLadders {

    /** RFC 4975 section 10. */
    private static final List<String> REFUSALS =
            List.of(
                    "403 Forbidden",
                    "408 Timeout",
                    "413 Stop",
                    "415 Unknown Type",
                    "481 No Session",
                    "506 In Use");

    private static Terminating at(Scenario l, Object what) {
        return new Terminating(l, s -> s, "TPF " + what);
    }

    private static String code(String status) {
        return status.substring(0, 3);
    }

    private static int cause(PlainSip bye) {
        var reason = bye.header("Reason", "none");
        assertThat(reason).matches("SIP *; *cause=\\d{3}.*");
        return Integer.parseInt(reason.replaceFirst(".*cause=(\\d+).*", "$1"));
    }

    private static void neverCompletes(Device device) {
        assertThat(device.media().hasMessage()).isFalse();
        assertThat(device.media().sends().stream().map(PlainMsrp::flag)).doesNotContain('$');
    }

    // ---- a device that refuses

    @LadderTest
    void theOnlyDeviceRefusesInMidMessage(Scenario l) {
        for (var status : REFUSALS) {
            var at = at(l, status);
            var phone = at.device("phone" + code(status));
            var call = at.bound();
            phone.media().keepsQuiet();
            var message = cpim(10_000);
            at.sender.sends(at.sender.chunk(call.path(), "m1", message, 0, 4_000));
            at.sender.receives("200");
            phone.media().answers(phone.media().receivesContent(), status);
            // RFC 3326 names SIP's codes; 506 is MSRP's only.
            assertThat(cause(at.byeOf(phone)))
                    .isEqualTo(status.startsWith("506") ? 503 : Integer.parseInt(code(status)));
            at.sender.sends(at.sender.chunk(call.path(), "m1", message, 4_000, 4_000));
            // RFC 4975 section 10.6: 415 says more than 413, so it is passed on as it is.
            at.sender.receives(status.startsWith("415") ? "415" : "413");
            neverCompletes(phone);
            at.hangsUp(call.caller());
            at.endsSubscription();
        }
        l.nothingMore();
    }

    @LadderTest
    void theOnlyDeviceRefusesTheLastChunk(Scenario l) {
        for (var status : REFUSALS) {
            var at = at(l, status);
            var phone = at.device("phone" + code(status));
            var call = at.bound();
            phone.media().keepsQuiet();
            at.sender.sends(at.sender.chunk(call.path(), "m1", cpim(1_500), 0, 1_500));
            phone.media().answers(phone.media().receivesContent(), status);
            at.sender.receives(status.startsWith("415") ? "415" : "408");
            assertThat(cause(at.byeOfSender())).isEqualTo(480);
            at.byeOf(phone);
            at.endsSubscription();
        }
        l.nothingMore();
    }

    /** A sender that stays although nobody wants more of its message is sent away. */
    @LadderTest(Wire.SIMULATED)
    void aSenderThatStaysAfterAllDevicesFailedGetsBye(Scenario l) {
        var at = at(l, "");
        var phone = at.device("phone");
        var call = at.bound();
        phone.media().keepsQuiet();
        at.sender.sends(at.sender.chunk(call.path(), "m1", cpim(10_000), 0, 4_000));
        at.sender.receives("200");
        phone.media().answers(phone.media().receivesContent(), "413 Stop");
        at.byeOf(phone);
        l.pass(Duration.ofSeconds(19));
        at.opf.receivesNothing();
        assertThat(cause(at.byeOfSender())).isEqualTo(480);
        at.endsSubscription();
        l.nothingMore();
    }

    @LadderTest
    @Proves("S1-TPF-39")
    void aDeviceThatRefusesLeavesTheOthersAlone(Scenario l) {
        for (var status : REFUSALS) {
            var at = at(l, status);
            var phone = at.device("phone" + code(status));
            var tablet = at.device("tablet" + code(status));
            var call = at.bound();
            tablet.media().keepsQuiet();
            var message = cpim(10_000);
            at.sender.sends(at.sender.chunk(call.path(), "m1", message, 0, 4_000));
            at.sender.receives("200");
            tablet.media().answers(tablet.media().receivesContent(), status);
            assertThat(cause(at.byeOf(tablet))).isBetween(400, 599);
            for (int from = 4_000; from < 10_000; from += 3_000) {
                at.sender.sends(at.sender.chunk(call.path(), "m1", message, from, 3_000));
                at.sender.receives("200");
            }
            assertThat(phone.media().receivesMessage()).isEqualTo(message);
            neverCompletes(tablet);
            at.hangsUp(call.caller());
            at.byeOf(phone);
            at.endsSubscription();
        }
        l.nothingMore();
    }

    @LadderTest
    void aDeviceThatRefusesTheLastChunkLeavesTheOthersAlone(Scenario l) {
        for (var status : REFUSALS) {
            var at = at(l, status);
            var phone = at.device("phone" + code(status));
            var tablet = at.device("tablet" + code(status));
            var call = at.bound();
            phone.media().keepsQuiet();
            tablet.media().keepsQuiet();
            at.sender.sends(at.sender.chunk(call.path(), "m1", cpim(1_500), 0, 1_500));
            tablet.media().answers(tablet.media().receivesContent(), status);
            at.byeOf(tablet);
            assertThat(at.sender.hasNothing()).isTrue();
            phone.media().answers(phone.media().receivesContent(), "200 OK");
            at.sender.receives("200");
            at.hangsUp(call.caller());
            at.byeOf(phone);
            at.endsSubscription();
        }
        l.nothingMore();
    }

    @LadderTest
    void differentRefusalsOfAllDevicesAre413(Scenario l) {
        var at = at(l, "");
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        var call = at.bound();
        phone.media().keepsQuiet();
        tablet.media().keepsQuiet();
        var message = cpim(10_000);
        at.sender.sends(at.sender.chunk(call.path(), "m1", message, 0, 4_000));
        at.sender.receives("200");
        phone.media().answers(phone.media().receivesContent(), "415 Unknown Type");
        at.byeOf(phone);
        tablet.media().answers(tablet.media().receivesContent(), "403 Forbidden");
        at.byeOf(tablet);
        at.sender.sends(at.sender.chunk(call.path(), "m1", message, 4_000, 4_000));
        at.sender.receives("413");
        at.hangsUp(call.caller());
        at.endsSubscription();
        l.nothingMore();
    }

    // ---- a device whose connection breaks, at any byte

    @LadderTest(Wire.SIMULATED)
    void theConnectionOfTheOnlyDeviceBreaksAtAnyByteToIt(Scenario l) {
        for (int bytes = 0; bytes < 2_400; bytes += bytes < 800 ? 31 : 97)
            breaks(l, bytes, "TPF " + bytes, "phone" + bytes);
        l.pass(Duration.ofSeconds(6));
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    void theConnectionOfTheOnlyDeviceBreaksAtAnyByteOfItsAnswer(Scenario l) {
        for (int bytes = 0; bytes < 620; bytes += 13)
            breaks(l, bytes, "phone" + bytes, "TPF " + bytes);
        l.pass(Duration.ofSeconds(6));
        l.nothingMore();
    }

    /** Whatever was lost: a 200 to the sender means a whole message at the device. */
    private static void breaks(Scenario l, int bytes, String from, String to) {
        var at = at(l, bytes);
        var phone = at.device("phone" + bytes);
        var call = at.together();
        at.bound(call.ok());
        l.network().resetAfterBytes(from, to, bytes);
        var path = List.of(call.invite(phone).sdp("path").split(" "));
        phone.media().connects(path.getFirst());
        phone.media().binds(path);
        l.pass(Duration.ofMillis(20));
        var message = cpim(1_500);
        at.sender.sends(at.sender.chunk(call.path(), "m1", message, 0, 1_500));
        var answer = at.sender.receivesAny(Duration.ofSeconds(25)).what();
        var whole = phone.media().hasMessage();
        if (whole) assertThat(phone.media().receivesMessage()).isEqualTo(message);
        if (answer.equals("200")) {
            assertThat(whole).as("200 with the reset after " + bytes).isTrue();
            at.hangsUp(call.caller());
        } else {
            assertThat(answer).isIn("408", "413");
            assertThat(cause(at.byeOfSender())).isEqualTo(480);
        }
        at.byeOf(phone);
        at.endsSubscription();
    }

    @LadderTest(Wire.SIMULATED)
    void aConnectionThatBreaksAtAnyByteLeavesTheOthersAlone(Scenario l) {
        for (int bytes = 0; bytes < 12_000; bytes += 397) {
            var at = at(l, bytes);
            var phone = at.device("phone" + bytes);
            var tablet = at.device("tablet" + bytes);
            var call = at.together();
            at.bound(call.ok());
            at.binds(phone, call.invite(phone));
            l.network().resetAfterBytes("TPF " + bytes, "tablet" + bytes, bytes);
            var path = List.of(call.invite(tablet).sdp("path").split(" "));
            tablet.media().connects(path.getFirst());
            tablet.media().binds(path);
            var message = cpim(10_000);
            at.sender.sendsMessage(call.path(), "m1", message, 3_000);
            assertThat(phone.media().receivesMessage()).isEqualTo(message);
            l.pass(Duration.ofMillis(200));
            if (tablet.media().hasMessage())
                assertThat(tablet.media().receivesMessage()).isEqualTo(message);
            at.hangsUp(call.caller());
            for (int i = 0; i < 2; i++) at.core.answers(at.core.receives("BYE"), 200, "OK");
            at.endsSubscription();
        }
        l.nothingMore();
    }

    // ---- a device that does nothing

    @LadderTest(Wire.SIMULATED)
    void theOnlyDeviceStandsStillInMidMessage(Scenario l) {
        var at = at(l, "");
        var phone = at.device("phone");
        var call = at.bound();
        phone.media().stalls();
        var message = cpim(900_000);
        sendsSome(at, call, message, 600_000);
        l.pass(Duration.ofSeconds(19));
        at.core.receivesNothing();
        assertThat(cause(at.byeOf(phone))).isEqualTo(503);
        at.sender.sends(at.sender.chunk(call.path(), "m1", message, 600_000, 60_000));
        at.sender.receives("413");
        neverCompletes(phone);
        at.hangsUp(call.caller());
        phone.media().closes();
        at.endsSubscription();
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    void theOnlyDeviceStandsStillAtTheEnd(Scenario l) {
        var at = at(l, "");
        var phone = at.device("phone");
        var call = at.bound();
        phone.media().stalls();
        var message = cpim(600_000);
        sendsSome(at, call, message, 540_000);
        at.sender.sends(at.sender.chunk(call.path(), "m1", message, 540_000, 60_000));
        // The staircase: 20 s here, 25 s at a relay, 30 s at the sender.
        l.pass(Duration.ofSeconds(18));
        assertThat(at.sender.hasNothing()).isTrue();
        at.sender.receives("408");
        assertThat(cause(at.byeOfSender())).isEqualTo(480);
        at.byeOf(phone);
        phone.media().closes();
        at.endsSubscription();
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    void aDeviceThatStandsStillLeavesTheOthersAlone(Scenario l) {
        var at = at(l, "");
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        var call = at.bound();
        tablet.media().stalls();
        var message = cpim(900_000);
        at.sender.sendsMessage(call.path(), "m1", message, 60_000);
        assertThat(phone.media().receivesMessage()).isEqualTo(message);
        at.hangsUp(call.caller());
        at.byeOf(phone);
        l.pass(Duration.ofSeconds(18));
        at.core.receivesNothing();
        assertThat(cause(at.byeOf(tablet))).isEqualTo(503);
        neverCompletes(tablet);
        tablet.media().closes();
        at.endsSubscription();
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    void theOnlyDeviceNeverBinds(Scenario l) {
        var at = at(l, "");
        var phone = at.device("phone");
        var call = at.together();
        at.bound(call.ok());
        var message = cpim(10_000);
        sendsSome(at, call, message, 4_000);
        l.pass(Duration.ofSeconds(28));
        at.core.receivesNothing();
        assertThat(cause(at.byeOf(phone))).isEqualTo(503);
        at.sender.sends(at.sender.chunk(call.path(), "m1", message, 4_000, 4_000));
        at.sender.receives("413");
        at.hangsUp(call.caller());
        at.endsSubscription();
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    void aMessageThatNoDeviceFetchesIsAnswered408(Scenario l) {
        var at = at(l, "");
        var phone = at.device("phone");
        var call = at.together();
        at.bound(call.ok());
        at.sender.sends(at.sender.chunk(call.path(), "m1", cpim(1_500), 0, 1_500));
        l.pass(Duration.ofSeconds(19));
        assertThat(at.sender.hasNothing()).isTrue();
        at.sender.receives("408");
        assertThat(cause(at.byeOfSender())).isEqualTo(480);
        at.byeOf(phone);
        at.endsSubscription();
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    void aDeviceThatNeverBindsLeavesTheOthersAlone(Scenario l) {
        var at = at(l, "");
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        var call = at.together();
        at.bound(call.ok());
        at.binds(phone, call.invite(phone));
        var message = cpim(10_000);
        at.sender.sendsMessage(call.path(), "m1", message, 4_000);
        assertThat(phone.media().receivesMessage()).isEqualTo(message);
        at.hangsUp(call.caller());
        at.byeOf(phone);
        l.pass(Duration.ofSeconds(28));
        at.core.receivesNothing();
        assertThat(cause(at.byeOf(tablet))).isEqualTo(503);
        at.endsSubscription();
        l.nothingMore();
    }

    // ---- a device that hangs up

    @LadderTest
    void theOnlyDeviceSaysByeInMidMessage(Scenario l) {
        var at = at(l, "");
        var phone = at.device("phone");
        var call = at.bound();
        var message = cpim(10_000);
        sendsSome(at, call, message, 4_000);
        saysBye(at, call, phone);
        at.sender.sends(at.sender.chunk(call.path(), "m1", message, 4_000, 4_000));
        at.sender.receives("413");
        neverCompletes(phone);
        at.hangsUp(call.caller());
        at.endsSubscription();
        l.nothingMore();
    }

    @LadderTest
    void theOnlyDeviceSaysByeInsteadOfItsLastAnswer(Scenario l) {
        var at = at(l, "");
        var phone = at.device("phone");
        var call = at.bound();
        phone.media().keepsQuiet();
        at.sender.sends(at.sender.chunk(call.path(), "m1", cpim(1_500), 0, 1_500));
        phone.media().receivesContent();
        saysBye(at, call, phone);
        at.sender.receives("408");
        assertThat(cause(at.byeOfSender())).isEqualTo(480);
        at.endsSubscription();
        l.nothingMore();
    }

    @LadderTest
    void aDeviceThatSaysByeLeavesTheOthersAlone(Scenario l) {
        var at = at(l, "");
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        var call = at.bound();
        var message = cpim(10_000);
        sendsSome(at, call, message, 4_000);
        saysBye(at, call, tablet);
        for (int from = 4_000; from < 10_000; from += 3_000) {
            at.sender.sends(at.sender.chunk(call.path(), "m1", message, from, 3_000));
            at.sender.receives("200");
        }
        assertThat(phone.media().receivesMessage()).isEqualTo(message);
        neverCompletes(tablet);
        assertThat(tablet.media().sends().getLast().flag()).isIn('#', '+');
        at.hangsUp(call.caller());
        at.byeOf(phone);
        at.endsSubscription();
        l.nothingMore();
    }

    /** A device that hangs up before the sender's ACK has come through has failed, too. */
    @LadderTest
    void theOnlyDeviceSaysByeBeforeTheSendersAck(Scenario l) {
        var at = at(l, "");
        var phone = at.device("phone");
        var invite = at.invite();
        at.sends(invite);
        var onward = at.invited(phone);
        var answer = at.ok(phone, onward);
        at.core.answers(onward, answer);
        var ok = at.opf.receives("200");
        var device = PlainDialog.called(at.core, onward, answer);
        device.saysBye(1);
        assertThat(List.of(at.core.receivesAny().what(), at.core.receivesAny().what()))
                .containsExactlyInAnyOrder("ACK", "200");
        var caller = PlainDialog.caller(at.opf, invite, ok);
        caller.acknowledges();
        at.bound(ok);
        var path = List.of(ok.sdp("path").split(" "));
        at.sender.sends(at.sender.chunk(path, "m1", cpim(1_500), 0, 1_500));
        at.sender.receives("413");
        at.hangsUp(caller);
        at.endsSubscription();
        l.nothingMore();
    }

    private static void saysBye(Terminating at, Together call, Device device) {
        var invite = call.invite(device);
        PlainDialog.called(at.core, invite, at.ok(device, invite)).saysBye(1);
        at.core.receives("200");
    }

    /** The first bytes of a message, in chunks of at most 60,000, each answered 200. */
    private static void sendsSome(Terminating at, Together call, byte[] message, int until) {
        for (int from = 0; from < until; from += 60_000) {
            var count = Math.min(60_000, until - from);
            at.sender.sends(at.sender.chunk(call.path(), "m1", message, from, count));
            at.sender.receives("200");
        }
    }

    // ---- after the end

    /** What belongs to a device goes when that device is done, not with the slowest. */
    @LadderTest
    @Proves({"S1-TPF-41", "S1-TPF-42"})
    void theResourcesOfADeviceGoWithItsBye(Scenario l) {
        var at = at(l, "");
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        var call = at.bound();
        tablet.media().keepsQuiet();
        at.sender.sendsMessage(call.path(), "m1", cpim(1_500), 1_500);
        phone.media().receivesMessage();
        at.hangsUp(call.caller());
        at.byeOf(phone);
        assertThat(phone.media().isClosed(Duration.ofSeconds(2))).isTrue();
        phone.media().forgets();
        phone.media().connects(call.invite(phone).sdp("path").split(" ")[0]);
        phone.media().binds(List.of(call.invite(phone).sdp("path").split(" ")));
        phone.media().receives("481");
        at.core.receivesNothing();
        tablet.media().answers(tablet.media().receivesContent(), "200 OK");
        at.byeOf(tablet);
        at.endsSubscription();
        l.nothingMore();
    }
}
