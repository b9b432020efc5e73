package io.posthorn.sip.dialog;

import io.posthorn.sip.transaction.Transactions.ClientListener;
import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Loop;
import org.jspecify.annotations.Nullable;

/**
 * What comes back for the INVITE of an {@link OutgoingLeg}. For 32 s copies of a 2xx may come, and
 * other branches of a fork (RFC 6026 section 7.2), whether the leg has ended or not: that is
 * answered from here, and all that is kept for it is an ACK and the names of the call. Loop only.
 */
final class Answers implements ClientListener {

    // Ours: more forks than this get no ACK, and die by their own timer.
    static final int FORKS = 32;

    private final DialogUserAgent agent;
    private final Loop loop;
    private final LegTrack track;
    private @Nullable Acked acked;
    private @Nullable OutgoingLeg leg;
    private SipRequest invite;
    private String taken = "";

    /** One of those whose 2xx came; nearly always the only one. */
    private record Acked(String remoteTag, SipRequest ack, int count, @Nullable Acked others) {}

    Answers(OutgoingLeg leg) {
        this.agent = leg.agent;
        this.loop = leg.loop;
        this.track = leg.track;
        this.leg = leg;
        this.invite = leg.invite();
    }

    @Override
    public void response(SipResponse response, @Nullable Flow from) {
        if (leg != null) leg.heard(response, from);
        else if (response.success()) again(response);
    }

    /** The leg is in this dialog; its owner will say when to acknowledge. */
    void taken(Dialog by) {
        taken = by.remoteTag();
    }

    /** Sends the ACK to a 2xx, and again whenever a copy comes. */
    void acknowledge(Dialog of) {
        var ack = agent.signed(agent.withBranch(of.ack(invite.cseq().number()), loop));
        agent.transactions().sendAck(loop, ack, null);
        track.out(ack);
        ack.unread();
        acked = new Acked(of.remoteTag(), ack, count() + 1, acked);
    }

    private int count() {
        return acked == null ? 0 : acked.count;
    }

    /** A 2xx after the first: a copy, or another branch of a fork. */
    void again(SipResponse ok) {
        var remote = ok.to().tag().orElse("");
        for (var each = acked; each != null; each = each.others) {
            if (each.remoteTag.equals(remote)) {
                agent.transactions().sendAck(loop, each.ack, null);
                return;
            }
        }
        // What the leg took and its owner never acknowledged is no fork.
        if (!remote.equals(taken)) fork(ok);
    }

    /** RFC 3261 section 13.2.2.4: another branch of a fork; ACK, then BYE, and nobody is told. */
    private void fork(SipResponse ok) {
        // The one that was taken comes on top.
        if (count() > FORKS) return;
        track.in(ok);
        var other = Dialog.caller(invite, ok);
        acknowledge(other);
        agent.sendLast(other, loop, SipRequest.of("BYE", invite.uri()), track);
    }

    /**
     * RFC 3261 section 13.3.1.4: a 2xx is not repeated for longer than 64*T1. Another branch of a
     * fork may have begun later.
     */
    @Override
    public void ended() {
        var only = acked;
        if (only != null && only.others == null && only.remoteTag.equals(taken)) acked = null;
    }

    /** What is sent in place of what was, with another CSeq. */
    void invite(SipRequest again) {
        invite = again;
    }

    void legEnded() {
        leg = null;
        invite = invite.skeleton();
    }
}
