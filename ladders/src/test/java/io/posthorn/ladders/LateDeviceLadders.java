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
import java.util.Objects;

/**
 * Devices that come late get the message from its first byte, and their BYE when they have it: OMA
 * CPM Conv 8.3.2.1.1.
 */
class LateDeviceLadders {

    /** Beyond what is kept in memory of one message. */
    private static final int LONG = 3 << 19;

    /** More than 1 MiB beyond that. */
    private static final int LONGER = 9 << 18;

    private static final int CHUNK = 256 << 10;

    /** One device has answered, the other one rings. */
    private record Half(Map<Device, PlainSip> invites, PlainSip ok, PlainDialog caller) {

        PlainSip invite(Device device) {
            return Objects.requireNonNull(invites.get(device));
        }

        List<String> path() {
            return List.of(ok.sdp("path").split(" "));
        }
    }

    private static Half half(Terminating at, Device first) {
        var invite = at.invite();
        at.sends(invite);
        var invites = at.invitedAll();
        var onward = Objects.requireNonNull(invites.get(first));
        at.core.answers(onward, at.ok(first, onward));
        var ok = at.opf.receives("200");
        var caller = PlainDialog.caller(at.opf, invite, ok);
        caller.acknowledges();
        at.core.receives("ACK");
        at.bound(ok);
        at.binds(first, onward);
        return new Half(invites, ok, caller);
    }

    @LadderTest
    @Proves({"S1-TPF-38", "S1-TPF-41"})
    void aDeviceThatBindsLateGetsTheMessageFromItsFirstByte(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        var call = at.together();
        at.bound(call.ok());
        at.binds(phone, call.invite(phone));
        var message = cpim(LONGER);
        sends(at, call.path(), message, 0, LONGER - CHUNK);
        at.binds(tablet, call.invite(tablet));
        sends(at, call.path(), message, LONGER - CHUNK, LONGER);
        assertThat(phone.media().receivesMessage()).isEqualTo(message);
        assertThat(tablet.media().receivesMessage()).isEqualTo(message);
        assertThat(tablet.media().sends().getFirst().rangeStart()).isEqualTo(1);
        at.hangsUp(call.caller());
        for (int i = 0; i < 2; i++) at.core.answers(at.core.receives("BYE"), 200, "OK");
        at.endsSubscription();
        l.nothingMore();
    }

    /** Alone, too: the sender is let go on into the spool, but not told that it is delivered. */
    @LadderTest
    void theOnlyDeviceBindsWhenTheSenderHasSentEverything(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var call = at.together();
        at.bound(call.ok());
        var message = cpim(LONG);
        sends(at, call.path(), message, 0, LONG - CHUNK);
        at.sender.sends(at.sender.chunk(call.path(), "m1", message, LONG - CHUNK, CHUNK));
        l.pass(Duration.ofSeconds(1));
        assertThat(at.sender.hasNothing()).isTrue();
        at.binds(phone, call.invite(phone));
        assertThat(phone.media().receivesMessage()).isEqualTo(message);
        at.sender.receives("200");
        at.hangsUp(call.caller());
        at.byeOf(phone);
        at.endsSubscription();
        l.nothingMore();
    }

    /** Its BYE leaves when it has everything, however long ago the sender left. */
    @LadderTest
    @Proves({"S1-TPF-41", "S1-TPF-42"})
    void aDeviceThatAnswersAfterTheSenderHasLeftGetsEverything(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        var call = half(at, phone);
        var message = cpim(LONG);
        sends(at, call.path(), message, 0, LONG);
        assertThat(phone.media().receivesMessage()).isEqualTo(message);
        at.hangsUp(call.caller());
        at.byeOf(phone);
        l.pass(Duration.ofSeconds(1));
        at.core.receivesNothing();
        var onward = call.invite(tablet);
        at.core.answers(onward, at.ok(tablet, onward));
        at.core.receives("ACK");
        at.binds(tablet, onward);
        assertThat(tablet.media().receivesMessage()).isEqualTo(message);
        at.byeOf(tablet);
        at.endsSubscription();
        l.nothingMore();
    }

    @LadderTest(Wire.SIMULATED)
    void aDeviceThatRingsOnIsCancelledAtTheRingingLimit(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        var call = half(at, phone);
        at.core.answers(call.invite(tablet), 180, "Ringing");
        sends(at, call.path(), cpim(LONG), 0, LONG);
        phone.media().receivesMessage();
        at.hangsUp(call.caller());
        at.byeOf(phone);
        l.pass(Duration.ofSeconds(27));
        at.core.receivesNothing();
        var cancel = at.core.receives("CANCEL");
        assertThat(cancel.header("Reason")).contains("cause=408");
        at.core.answers(cancel, 200, "OK");
        at.core.answers(call.invite(tablet), 487, "Request Terminated");
        at.endsSubscription();
        l.nothingMore();
    }

    /** Nobody waits for an answer once the sender has left: a slow device may be slow. */
    @LadderTest(Wire.SIMULATED)
    void aSlowDeviceDrainsLongAfterTheSenderHasLeft(Scenario l) {
        var at = new Terminating(l);
        var phone = at.device("phone");
        var call = at.bound();
        phone.media().keepsQuiet();
        var message = cpim(LONG);
        sends(at, call.path(), message, 0, LONG - CHUNK);
        at.sender.sends(at.sender.chunk(call.path(), "m1", message, LONG - CHUNK, CHUNK));
        l.pass(Duration.ofMillis(100));
        at.hangsUp(call.caller());
        for (int answered = 0; !phone.media().hasMessage() || !phone.media().hasNothing(); ) {
            l.pass(Duration.ofSeconds(2));
            for (var send : phone.media().unanswered()) {
                phone.media().answers(send, "200 OK");
                if (++answered % 4 == 0) l.pass(Duration.ofSeconds(4));
            }
        }
        assertThat(phone.media().receivesMessage()).isEqualTo(message);
        assertThat(at.byeOf(phone).has("Reason")).isFalse();
        at.endsSubscription();
        l.nothingMore();
    }

    /** What a device has not got when it is given up is not made whole by anybody. */
    @LadderTest(Wire.SIMULATED)
    @Proves("S1-TPF-39")
    void ofManyDevicesEachDrainsAtItsOwnPace(Scenario l) {
        var at = new Terminating(l);
        for (int i = 0; i < 4; i++) at.device("device" + i);
        var call = at.together();
        at.bound(call.ok());
        var devices = List.copyOf(call.invites().keySet());
        var message = cpim(LONG);
        at.binds(devices.getFirst(), call.invite(devices.getFirst()));
        sends(at, call.path(), message, 0, LONG);
        assertThat(devices.getFirst().media().receivesMessage()).isEqualTo(message);
        at.hangsUp(call.caller());
        at.byeOf(devices.getFirst());
        for (var device : devices.subList(1, 3)) {
            l.pass(Duration.ofSeconds(9));
            at.binds(device, call.invite(device));
            assertThat(device.media().receivesMessage()).isEqualTo(message);
            at.byeOf(device);
        }
        assertThat(at.byeOf(devices.get(3)).header("Reason")).contains("cause=503");
        at.endsSubscription();
        l.nothingMore();
    }

    private static void sends(
            Terminating at, List<String> path, byte[] message, int from, int until) {
        for (int next = from; next < until; next += CHUNK) {
            var count = Math.min(CHUNK, until - next);
            at.sender.sends(at.sender.chunk(path, "m1", message, next, count));
            at.sender.receives("200");
        }
    }
}
