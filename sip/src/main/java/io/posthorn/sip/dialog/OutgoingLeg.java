package io.posthorn.sip.dialog;

import io.posthorn.sip.transaction.Transactions.ClientTransaction;
import io.posthorn.sip.transaction.Transactions.ServerTransaction;
import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A call out. Source: RFC 3261 section 13.2. */
final class OutgoingLeg extends DialogLeg {

    // Ours: every hop on the way may want a longer interval than the one before it.
    private static final int RAISES = 3;

    private final Answers answers;

    /** By the peer's tag, until one of them is the dialog. */
    private Map<String, Dialog> early = Map.of();

    private @Nullable ClientTransaction transaction;
    private @Nullable Reason cancelReason;
    private boolean cancelled;
    private boolean cancelRecorded;
    private boolean provisional;
    private int raised;
    private int tries = 1;

    OutgoingLeg(
            DialogUserAgent agent,
            Table table,
            String tag,
            SipRequest invite,
            LegTrack track,
            Predicate<LegEvent> inbox) {
        super(agent, table, tag, invite, track, inbox);
        contact(invite);
        answers = new Answers(this);
    }

    void start() {
        table.add(tag, this);
        ours(invite());
        send();
    }

    private void send() {
        provisional = false;
        var sent = agent.transactions().send(loop, invite(), null, answers);
        transaction = sent;
        track.out(sent.request());
    }

    // Answers.

    void heard(SipResponse response, @Nullable Flow from) {
        if (!response.success() && phase != Phase.EARLY) return;
        if (response.provisional()) provisional(response);
        else if (response.success()) ok(response);
        else refused(invite(), response, from);
    }

    private void provisional(SipResponse response) {
        provisional = true;
        track.in(response);
        recordCancel();
        if (response.code() == 100) return;
        var remote = response.to().tag().orElse("");
        if (!remote.isEmpty() && early.size() < Answers.FORKS) {
            if (early.isEmpty()) early = new HashMap<>(2);
            early.computeIfAbsent(remote, _ -> Dialog.caller(invite(), response));
        }
        theirs(response);
        post(new LegEvent.Provisional(this, response));
    }

    private void ok(SipResponse response) {
        if (dialog == null && phase == Phase.EARLY) first(response);
        else answers.again(response);
    }

    private void first(SipResponse ok) {
        track.in(ok);
        var made = Dialog.caller(invite(), ok);
        dialog = made;
        answers.taken(made);
        early = Map.of();
        phase = Phase.ANSWERED;
        theirs(ok);
        clock.start(SessionTimer.agreed(ok, settings));
        if (cancelled) hangUpAnswered(reasoned());
        else post(new LegEvent.Answered(this, ok));
    }

    @Override
    public void strayAnswer(SipResponse response, Flow from) {
        if (response.cseq().number() == invite().cseq().number()) ok(response);
    }

    private void refused(SipRequest of, SipResponse response, @Nullable Flow from) {
        if (from != null) {
            track.in(response);
            recordAck(response);
        }
        if (response.code() == 422 && raised < RAISES && !cancelled) {
            var again = SessionTimer.raised(of, response);
            if (again.isPresent()) {
                raised++;
                again(again.get());
                return;
            }
        }
        if (!cancelled && agent.asked(of, response, tries)) {
            tries++;
            again(of);
            return;
        }
        endWith(new LegEvent.Refused(this, response));
    }

    /**
     * The same call once more, with the interval (RFC 4028 section 7.4) or the credentials (RFC
     * 3261 section 22.2) that were asked for.
     */
    private void again(SipRequest request) {
        early = Map.of();
        invite(agent.signed(DialogUserAgent.counted(request)));
        answers.invite(invite());
        send();
    }

    /** The transaction sent it (RFC 3261 section 17.1.1.3). */
    private void recordAck(SipResponse response) {
        if (transaction != null) track.out(follower("ACK").with("To", response.to().toString()));
    }

    /** ACK or CANCEL as the transaction makes them, for the track. */
    private SipRequest follower(String method) {
        var of = transaction == null ? invite() : transaction.request();
        var made = SipRequest.of(method, of.uri());
        for (var route : of.fields("Route").reversed()) made = made.withFirst("Route", route);
        made = made.withFirst("CSeq", of.cseq().number() + " " + method);
        made = made.withFirst("Call-ID", of.callId());
        made = made.withFirst("To", of.to().toString());
        made = made.withFirst("From", of.from().toString());
        return of.header("Via").isPresent() ? made.withFirst("Via", of.via().toString()) : made;
    }

    // What the owner wants.

    @Override
    public void progress(SipResponse ofNoUse) {
        throw new IllegalStateException("progress on an outgoing leg");
    }

    @Override
    public void answer(SipResponse ofNoUse) {
        throw new IllegalStateException("answer on an outgoing leg");
    }

    @Override
    void acknowledgeNow() {
        var of = dialog;
        if (of == null || phase != Phase.ANSWERED) return;
        answers.acknowledge(of);
        phase = Phase.CONFIRMED;
        keepNames();
        nextOffer();
    }

    /** What the transaction has kept of the INVITE is enough from now on. */
    private void keepNames() {
        var of = transaction;
        if (of == null) return;
        invite(of.request());
        answers.invite(invite());
        transaction = null;
    }

    @Override
    public void cancel(@Nullable Reason reason) {
        loop.execute(() -> cancelNow(reason));
    }

    private void cancelNow(@Nullable Reason reason) {
        if (cancelled || phase != Phase.EARLY && phase != Phase.ANSWERED) return;
        cancelled = true;
        cancelReason = reason;
        if (phase == Phase.ANSWERED) {
            hangUpAnswered(reasoned());
            return;
        }
        if (transaction != null) transaction.cancel(reason == null ? null : reason.toString());
        recordCancel();
    }

    private void recordCancel() {
        if (!cancelled || !provisional || cancelRecorded || phase != Phase.EARLY) return;
        cancelRecorded = true;
        var made = follower("CANCEL");
        track.out(cancelReason == null ? made : made.with("Reason", cancelReason.toString()));
    }

    private SipRequest reasoned() {
        var draft = byeDraft();
        return cancelReason == null ? draft : draft.with("Reason", cancelReason.toString());
    }

    @Override
    void hangUpEarly(SipRequest draft) {
        cancelNow(draft.header("Reason").isPresent() ? Reason.of(draft).orElse(null) : null);
    }

    @Override
    void hangUpAnswered(SipRequest draft) {
        acknowledgeNow();
        sendBye(draft);
    }

    /** The transaction hears copies of the answer for another 32 s, but not for this leg. */
    @Override
    void over() {
        super.over();
        answers.legEnded();
    }

    // What the peer wants.

    @Override
    @Nullable Dialog dialogOf(SipRequest request) {
        var of = dialog;
        if (of == null) of = early.get(request.from().tag().orElse(""));
        return of != null && of.has(request) ? of : null;
    }

    @Override
    void byeCameEarly(ServerTransaction bye) {
        // RFC 3261 section 15: the callee must not send BYE on an early dialog.
        reply(bye, SipResponse.to(bye.request(), 481));
    }

    @Override
    boolean madeCallId() {
        return true;
    }
}
