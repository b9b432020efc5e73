package io.posthorn.ladders;

import static io.posthorn.ladders.LargeMessage.cpim;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthorn.ladders.coverage.LadderTest;
import io.posthorn.ladders.coverage.Proves;
import io.posthorn.ladders.dsl.Scenario;
import io.posthorn.ladders.dsl.Wire;
import java.time.Duration;
import java.util.List;

/**
 * A Terminating PF whose disk is full or broken while a message is beyond what it keeps in memory:
 * OMA CPM Conv 8.3.2.1.1. Whoever keeps up gets the message; nobody is told of one that is not.
 */
class SpoolLadders {

    private static final int LONG = 9 << 18;
    private static final int CHUNK = 128 << 10;

    /** What goes wrong with the disk of that unit. */
    private enum Fault {
        FULL,
        FULL_IN_THE_MIDDLE,
        BROKEN;

        void happens(Scenario l, String unit) {
            switch (this) {
                case FULL -> l.disk(unit).fullAfter(0);
                case FULL_IN_THE_MIDDLE -> l.disk(unit).fullAfter(300 << 10);
                case BROKEN -> l.disk(unit).stopAfter(1);
            }
        }
    }

    private static void sends(Terminating at, List<String> path, byte[] message, int until) {
        for (int next = 0; next < until; next += CHUNK) {
            var count = Math.min(CHUNK, until - next);
            at.sender.sends(at.sender.chunk(path, "m1", message, next, count));
            // Less than 20 s: a relay would take us for a node that stands still.
            at.sender.receives("200", Duration.ofSeconds(15));
        }
    }

    /** One that does not even bind sets the pace of nobody for long. */
    @LadderTest(Wire.SIMULATED)
    @Proves("S1-TPF-38")
    void withoutADiskOnlyTheDeviceBehindTheWindowFails(Scenario l) {
        for (var fault : Fault.values()) {
            var at = new Terminating(l, s -> s, "TPF " + fault);
            fault.happens(l, "TPF " + fault);
            var phone = at.device("phone" + fault.ordinal());
            var tablet = at.device("tablet" + fault.ordinal());
            var call = at.together();
            at.bound(call.ok());
            at.binds(phone, call.invite(phone));
            var message = cpim(LONG);
            sends(at, call.path(), message, LONG);
            assertThat(phone.media().receivesMessage()).isEqualTo(message);
            at.binds(tablet, call.invite(tablet));
            assertThat(at.byeOf(tablet).header("Reason")).contains("cause=503");
            assertThat(tablet.media().hasMessage()).isFalse();
            at.hangsUp(call.caller());
            at.byeOf(phone);
            at.endsSubscription();
        }
        l.pass(Duration.ofSeconds(6));
        l.nothingMore();
    }

    /** One that takes its bytes, but no more of them. */
    @LadderTest(Wire.SIMULATED)
    void withoutADiskADeviceThatStandsStillIsLeftBehind(Scenario l) {
        var at = new Terminating(l);
        l.disk("TPF").fullAfter(0);
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        var call = at.bound();
        tablet.media().stalls();
        var message = cpim(LONG);
        sends(at, call.path(), message, LONG);
        assertThat(phone.media().receivesMessage()).isEqualTo(message);
        assertThat(at.byeOf(tablet).header("Reason")).contains("cause=503");
        assertThat(tablet.media().hasMessage()).isFalse();
        at.hangsUp(call.caller());
        at.byeOf(phone);
        tablet.media().closes();
        at.endsSubscription();
        l.pass(Duration.ofSeconds(6));
        l.nothingMore();
    }

    /** A device that only rings has nothing to lose yet; it is told when it answers. */
    @LadderTest(Wire.SIMULATED)
    void withoutADiskADeviceThatRingsIsNotWaitedFor(Scenario l) {
        var at = new Terminating(l);
        l.disk("TPF").fullAfter(0);
        var phone = at.device("phone");
        var tablet = at.device("tablet");
        var invite = at.invite();
        at.sends(invite);
        var invites = at.invitedAll();
        var toPhone = java.util.Objects.requireNonNull(invites.get(phone));
        var toTablet = java.util.Objects.requireNonNull(invites.get(tablet));
        at.core.answers(toPhone, at.ok(phone, toPhone));
        var ok = at.opf.receives("200");
        var caller = io.posthorn.ladders.dsl.PlainDialog.caller(at.opf, invite, ok);
        caller.acknowledges();
        at.core.receives("ACK");
        at.bound(ok);
        at.binds(phone, toPhone);
        var message = cpim(LONG);
        sends(at, List.of(ok.sdp("path").split(" ")), message, LONG);
        assertThat(phone.media().receivesMessage()).isEqualTo(message);
        at.core.answers(toTablet, at.ok(tablet, toTablet));
        at.core.receives("ACK");
        at.binds(tablet, toTablet);
        assertThat(at.byeOf(tablet).header("Reason")).contains("cause=503");
        assertThat(tablet.media().hasMessage()).isFalse();
        at.hangsUp(caller);
        at.byeOf(phone);
        at.endsSubscription();
        l.pass(Duration.ofSeconds(6));
        l.nothingMore();
    }

    /** Alone it sets the pace, and the message arrives. */
    @LadderTest(Wire.SIMULATED)
    void withoutADiskTheOnlyDeviceSetsThePace(Scenario l) {
        var at = new Terminating(l);
        l.disk("TPF").fullAfter(0);
        var phone = at.device("phone");
        var call = at.together();
        at.bound(call.ok());
        var message = cpim(LONG);
        var path = call.path();
        for (int next = 0; next < 8 * CHUNK; next += CHUNK)
            at.sender.sends(at.sender.chunk(path, "m1", message, next, CHUNK));
        l.pass(Duration.ofSeconds(8));
        at.binds(phone, call.invite(phone));
        for (int i = 0; i < 8; i++) at.sender.receives("200");
        for (int next = 8 * CHUNK; next < LONG; next += CHUNK) {
            at.sender.sends(
                    at.sender.chunk(path, "m1", message, next, Math.min(CHUNK, LONG - next)));
            at.sender.receives("200");
        }
        assertThat(phone.media().receivesMessage()).isEqualTo(message);
        at.hangsUp(call.caller());
        at.byeOf(phone);
        at.endsSubscription();
        l.nothingMore();
    }

    /** The next message uses the disk again, once it has room. */
    @LadderTest(Wire.SIMULATED)
    void aSpoolFileIsUsedAgainWhenTheDiskHasRoom(Scenario l) {
        var at = new Terminating(l);
        l.disk("TPF").fullAfter(300 << 10);
        for (int i = 0; i < 3; i++) {
            var message = cpim(LONG, "m" + i);
            at.devices.clear();
            var phone = at.device("phone");
            var tablet = at.device("tablet");
            var call = at.together();
            at.bound(call.ok());
            at.binds(phone, call.invite(phone));
            sends(at, call.path(), message, LONG);
            assertThat(phone.media().receivesMessage()).isEqualTo(message);
            at.binds(tablet, call.invite(tablet));
            if (i > 0) assertThat(tablet.media().receivesMessage()).isEqualTo(message);
            at.hangsUp(call.caller());
            for (int k = 0; k < 2; k++) at.core.answers(at.core.receives("BYE"), 200, "OK");
            assertThat(l.disk("TPF").files().size()).isLessThanOrEqualTo(1);
            l.disk("TPF").fullAfter(1L << 30);
        }
        l.pass(Duration.ofSeconds(6));
        at.endsSubscription();
        l.nothingMore();
    }
}
