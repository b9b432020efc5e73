package io.posthorn.sip.dialog;

import io.posthorn.sip.transaction.Transactions.ServerTransaction;
import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Loop;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** A question that still waits, or waited, for its answer. It belongs to {@code loop}. */
final class OpenQuestion implements Question {

    private final Loop loop;
    private final ServerTransaction transaction;
    private final SipRequest request;
    private final UnaryOperator<SipResponse> fill;
    private final Consumer<SipResponse> answered;
    private final Loop.Cancel giveUp;
    private boolean open = true;

    /**
     * Loop only.
     *
     * @param last the code to answer with when nobody answered in time
     * @param fill completes the answer
     * @param answered hears, on the loop, what was sent
     */
    OpenQuestion(
            Loop loop,
            ServerTransaction transaction,
            Settings settings,
            int last,
            UnaryOperator<SipResponse> fill,
            Consumer<SipResponse> answered) {
        this.loop = loop;
        this.transaction = transaction;
        this.request = transaction.request();
        this.fill = fill;
        this.answered = answered;
        this.giveUp = loop.after(settings.answerWithin(), () -> answerNow(last));
    }

    @Override
    public SipRequest request() {
        return request;
    }

    @Override
    public Flow from() {
        return transaction.from();
    }

    @Override
    public void answer(SipResponse response) {
        // A 1xx to a non-INVITE says nothing (RFC 4320); the question stays open.
        if (response.provisional()) return;
        loop.execute(() -> finish(response));
    }

    /** Loop only: as if the owner had answered with this code. */
    void answerNow(int code) {
        finish(SipResponse.to(request(), code));
    }

    /** Loop only. */
    boolean open() {
        return open;
    }

    Loop loop() {
        return loop;
    }

    ServerTransaction transaction() {
        return transaction;
    }

    /** Loop only: someone else answers the transaction; answers to the question are ignored. */
    boolean takeOver() {
        if (!open) return false;
        open = false;
        giveUp.cancel();
        return true;
    }

    private void finish(SipResponse response) {
        if (!takeOver()) return;
        var filled = fill.apply(response);
        send(loop, transaction, filled);
        answered.accept(filled);
    }

    /** Responds on the transaction's own loop, from {@code here}. */
    static void send(Loop here, ServerTransaction transaction, SipResponse response) {
        if (transaction.loop() == here) transaction.respond(response);
        else transaction.loop().execute(() -> transaction.respond(response));
    }
}
