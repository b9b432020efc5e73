package io.posthorn.ladders;

import io.posthorn.cpm.call.PathMode;
import io.posthorn.cpm.participating.Settings;
import io.posthorn.ladders.Terminating.Device;
import io.posthorn.ladders.dsl.PlainDialog;
import io.posthorn.ladders.dsl.PlainSip;
import io.posthorn.ladders.dsl.Scenario;
import java.util.List;
import java.util.function.UnaryOperator;

/** Alice, her Originating PF, Bob's Terminating PF, and Bob's core with his devices. */
final class Chain {

    final Scenario l;
    final Originating first;
    final Terminating second;

    Chain(Scenario l) {
        this(l, PathMode.PREPEND, PathMode.PREPEND);
    }

    Chain(Scenario l, PathMode originating, PathMode terminating) {
        this.l = l;
        var modes = originating + " " + terminating;
        first = new Originating(l, path(originating), "Originating PF " + modes);
        second =
                new Terminating(
                        l,
                        s -> path(terminating).apply(s).trusting(hosts()),
                        "Terminating PF " + modes);
    }

    private List<String> hosts() {
        return List.of(
                first.pf.at().getAddress().getHostAddress(),
                first.next.at().getAddress().getHostAddress());
    }

    static UnaryOperator<Settings> path(PathMode mode) {
        return s -> s.with(new Settings.Media(mode, s.media().maxSize()));
    }

    /**
     * @param offer what the device was offered
     * @param ok what Alice was answered
     */
    record Up(PlainSip offer, PlainSip ok, PlainDialog caller) {

        /** The complete path that Alice was told. */
        List<String> path() {
            return List.of(ok.sdp("path").split(" "));
        }

        /** The complete path that the device was told. */
        List<String> shown() {
            return List.of(offer.sdp("path").split(" "));
        }
    }

    PlainSip invite(String... behind) {
        return LargeMessage.invite(first.alice, first.sender, "call-" + l.number())
                .with("Route", "<sip:orig@" + first.pf.hostPort() + ";lr>")
                .with("Route", "<sip:term@" + second.pf.hostPort() + ";lr>")
                .with("Route", "<sip:term@" + second.core.hostPort() + ";lr;odi=4712>")
                .body("application/sdp", LargeMessage.offer(first.sender, behind));
    }

    /** From INVITE to ACK with one device, media bound on every leg. */
    Up established(Device device, PlainSip invite, UnaryOperator<PlainSip> answer) {
        first.alice.sends(first.pf.at(), invite);
        second.registrations();
        var onward = second.invited(device);
        second.core.answers(onward, answer.apply(second.ok(device, onward)));
        var ok = first.alice.receives("200");
        var caller = PlainDialog.caller(first.alice, invite, ok);
        caller.acknowledges();
        second.core.receives("ACK");
        var up = new Up(onward, ok, caller);
        second.binds(device, onward);
        first.sender.connects(up.path().getFirst());
        first.sender.binds(up.path());
        first.sender.receives("200");
        return up;
    }

    Up established(Device device) {
        return established(device, invite(), ok -> ok);
    }

    /** Alice ends it, and the device is told. */
    void ends(Up up) {
        up.caller().saysBye(1);
        first.alice.receives("200");
        second.core.answers(second.core.receives("BYE"), 200, "OK");
    }

    void nothingMore() {
        second.endsSubscription();
        l.nothingMore();
    }
}
