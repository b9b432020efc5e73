package io.posthorn.sip.dialog;

import io.posthorn.sip.transaction.Transactions.ServerTransaction;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Loop;
import java.time.Duration;

/** A 2xx to an INVITE, repeated until its ACK. Source: RFC 3261 section 13.3.1.4. Loop only. */
final class RepeatedAnswer {

    private final Loop loop;
    private final ServerTransaction transaction;
    private final SipResponse ok;
    private final Settings settings;
    private final boolean offers;
    private Duration wait;
    private Loop.Cancel repeat;
    private final Loop.Cancel giveUp;
    private boolean waiting = true;

    /** The first copy was sent by the caller. */
    RepeatedAnswer(
            Loop loop,
            ServerTransaction transaction,
            SipRequest invite,
            SipResponse ok,
            Settings settings,
            Runnable noAck) {
        this.loop = loop;
        this.transaction = transaction;
        this.ok = ok;
        this.settings = settings;
        this.offers = invite.bodyLength() == 0;
        this.wait = settings.t1();
        this.repeat = loop.after(wait, this::again);
        this.giveUp =
                loop.after(
                        settings.life(),
                        () -> {
                            if (stop()) noAck.run();
                        });
    }

    private void again() {
        if (!waiting) return;
        OpenQuestion.send(loop, transaction, ok);
        var doubled = wait.multipliedBy(2);
        wait = doubled.compareTo(settings.t2()) > 0 ? settings.t2() : doubled;
        repeat = loop.after(wait, this::again);
    }

    boolean waiting() {
        return waiting;
    }

    /** Whether the offer is ours, so that the ACK brings the answer (RFC 3261 section 13.2.1). */
    boolean offers() {
        return offers;
    }

    /** The ACK of this answer came, if it has its number. Says whether it was waited for. */
    boolean acknowledged(long number) {
        return number == ok.cseq().number() && stop();
    }

    /** Says whether it was still repeated. */
    boolean stop() {
        if (!waiting) return false;
        waiting = false;
        repeat.cancel();
        giveUp.cancel();
        return true;
    }
}
