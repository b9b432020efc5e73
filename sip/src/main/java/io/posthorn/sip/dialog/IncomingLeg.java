package io.posthorn.sip.dialog;

import io.posthorn.sip.transaction.Transactions.ServerTransaction;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A call in. Source: RFC 3261 section 13.3. */
final class IncomingLeg extends DialogLeg {

    private final Dialog made;

    /** Null once the ACK has come. */
    private @Nullable ServerTransaction transaction;

    private @Nullable SipRequest heldBye;

    IncomingLeg(
            DialogUserAgent agent,
            Table table,
            String tag,
            ServerTransaction transaction,
            LegTrack track) {
        super(agent, table, tag, transaction.request(), track, null);
        this.transaction = transaction;
        this.made = Dialog.callee(transaction.request(), tag, transaction.from());
        this.dialog = made;
        this.ownContact = agent.contactFor(transaction.from().kind());
    }

    void start() {
        table.add(tag, this);
        track.in(invite());
        theirs(invite());
        var asked = inviteTransaction();
        asked.tag(tag);
        onCancel(asked, this::cancelled);
    }

    /** Answered before anybody saw it. */
    void refuse(SipResponse response) {
        answerNow(response);
    }

    private void cancelled(SipRequest cancel) {
        if (phase != Phase.EARLY) return;
        track.in(cancel);
        track.out(SipResponse.to(cancel, 200));
        respond(SipResponse.to(invite(), 487));
        endWith(new LegEvent.Cancelled(this, cancel));
    }

    // What the owner wants.

    @Override
    public void progress(SipResponse provisional) {
        loop.execute(() -> {
            if (phase != Phase.EARLY || !provisional.provisional()) return;
            // RFC 3262 section 3: it must not be sent unreliably then.
            if (provisional.code() > 100 && invite().lists("Require", "100rel")) return;
            respond(provisional);
        });
    }

    @Override
    public void answer(SipResponse last) {
        if (last.provisional()) throw new IllegalStateException("answer " + last.code());
        loop.execute(() -> answerNow(last));
    }

    private void answerNow(SipResponse last) {
        if (phase != Phase.EARLY) return;
        var sent = respond(last);
        if (!sent.success()) {
            close();
            return;
        }
        phase = Phase.ANSWERED;
        contact(sent);
        ours(sent);
        clock.start(SessionTimer.answered(sent, settings));
        repeat(inviteTransaction(), invite(), sent);
    }

    private SipResponse respond(SipResponse response) {
        var sent = response.code() == 100 ? response : dialogued(response);
        OpenQuestion.send(loop, inviteTransaction(), sent);
        track.out(sent);
        return sent;
    }

    private ServerTransaction inviteTransaction() {
        return Objects.requireNonNull(transaction, "answered and acknowledged");
    }

    /** With our tag, and what makes a dialog (section 12.1.1). */
    private SipResponse dialogued(SipResponse response) {
        var to = invite().to().withTag(tag).toString();
        var full = response.with("To", to);
        if (full.code() < 300) {
            if (full.header("Record-Route").isEmpty())
                for (var route : invite().fields("Record-Route"))
                    full = full.withAdded("Record-Route", route);
            if (full.header("Contact").isEmpty()) full = full.with("Contact", ownContact);
        }
        return completed(invite(), full);
    }

    /** Nothing to cancel: the INVITE is theirs. */
    @Override
    public void cancel(@Nullable Reason reason) {}

    @Override
    void hangUpEarly(SipRequest draft) {
        answerNow(SipResponse.to(invite(), 480));
    }

    /** RFC 3261 section 15: not before the ACK, or before it is given up. */
    @Override
    void hangUpAnswered(SipRequest draft) {
        if (heldBye == null) heldBye = draft;
    }

    // What the peer wants.

    @Override
    void acknowledged(SipRequest ack) {
        if (phase != Phase.ANSWERED) return;
        phase = Phase.CONFIRMED;
        inviteTransaction().confirmed();
        transaction = null;
        invite(invite().skeleton());
        var bye = heldBye;
        post(new LegEvent.Confirmed(this, ack));
        if (bye != null) sendBye(bye);
    }

    @Override
    @Nullable Dialog dialogOf(SipRequest request) {
        return made.has(request) ? made : null;
    }

    /** RFC 3261 section 15: a caller may end an early dialog by BYE. */
    @Override
    void byeCameEarly(ServerTransaction bye) {
        var request = bye.request();
        reply(bye, SipResponse.to(request, 200));
        respond(SipResponse.to(invite(), 487));
        endWith(new LegEvent.Cancelled(this, request));
    }

    @Override
    boolean madeCallId() {
        return false;
    }
}
