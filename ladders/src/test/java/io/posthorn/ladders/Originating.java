package io.posthorn.ladders;

import io.posthorn.cpm.participating.Settings;
import io.posthorn.ladders.dsl.Party;
import io.posthorn.ladders.dsl.PlainDialog;
import io.posthorn.ladders.dsl.PlainMsrpPeer;
import io.posthorn.ladders.dsl.PlainSip;
import io.posthorn.ladders.dsl.Scenario;
import io.posthorn.msrp.session.MsrpSettings;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * An Originating PF between Alice, whose party stands for her and the core before the PF, and the
 * next node in the core behind it.
 */
final class Originating {

    final Scenario l;
    final Party alice;
    final PlainMsrpPeer sender;
    final Units.Pf pf;
    final Party next;
    final PlainMsrpPeer receiver;

    /** The path that the next node answers with: its own URI, and one more behind it. */
    static final String BEHIND = "msrp://203.0.113.7:49200/B1zzPq;tcp";

    Originating(Scenario l) {
        this(l, settings -> settings);
    }

    Originating(Scenario l, UnaryOperator<Settings> settings) {
        this(l, settings, "OPF");
    }

    Originating(Scenario l, UnaryOperator<Settings> settings, String name) {
        this(l, settings, name, msrp -> msrp);
    }

    Originating(
            Scenario l,
            UnaryOperator<Settings> settings,
            String name,
            UnaryOperator<MsrpSettings> msrp) {
        this.l = l;
        l.columns("Alice", name, "core");
        this.alice = l.party("Alice");
        this.sender = l.msrp("Alice");
        this.next = l.party("core");
        this.receiver = l.msrp("core");
        this.pf = Units.participating(l, name, next, List.of(alice, next), settings, msrp);
    }

    /** Alice's INVITE, routed through the PF and on to the core. */
    PlainSip invite() {
        return LargeMessage.invite(alice, sender, "call-" + l.number())
                .with("Route", "<sip:orig@" + pf.hostPort() + ";lr>")
                .with("Route", "<sip:orig@" + next.hostPort() + ";lr;odi=4711>");
    }

    PlainSip refused(PlainSip invite, String code) {
        alice.sends(pf.at(), invite);
        return alice.receives(code);
    }

    /** Sends it and gives what arrives at the core. */
    PlainSip onward(PlainSip invite) {
        alice.sends(pf.at(), invite);
        return next.receives("INVITE");
    }

    /** The 200 of the next node. */
    PlainSip ok(PlainSip onward) {
        return next.answer(onward, 200, "OK")
                .with("Contact", "<sip:next@" + next.hostPort() + ";here=1>;" + LargeMessage.TAG)
                .with("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE")
                .with("Server", "CPM-serv/OMA9.9 plain")
                .with("P-Asserted-Identity", "<" + LargeMessage.BOB + ">")
                .body("application/sdp", LargeMessage.passiveAnswer(receiver, BEHIND));
    }

    /** A call on both sides of the PF. */
    record Up(PlainSip onward, PlainSip ok, PlainDialog caller, PlainDialog called) {

        /** The complete path that the sender was told. */
        List<String> path() {
            return List.of(ok.sdp("path").split(" "));
        }
    }

    /** From INVITE to ACK on both sides. */
    Up established() {
        return established(invite());
    }

    Up established(PlainSip invite) {
        var onward = onward(invite);
        var answer = ok(onward);
        next.answers(onward, answer);
        var ok = alice.receives("200");
        var caller = PlainDialog.caller(alice, invite, ok);
        caller.acknowledges();
        next.receives("ACK");
        return new Up(onward, ok, caller, PlainDialog.called(next, onward, answer));
    }

    /** Alice dials the PF, and binds. */
    void bound(Up up) {
        sender.connects(up.path().getFirst());
        sender.binds(up.path());
        sender.receives("200");
    }

    /** Alice ends it; both sides are told. */
    void ends(Up up) {
        up.caller().saysBye(1);
        alice.receives("200");
        var bye = next.receives("BYE");
        next.answers(bye, 200, "OK");
        l.nothingMore();
    }
}
