package io.posthorn.sip.proxy;

import io.posthorn.sip.transaction.Transactions;
import io.posthorn.sip.transaction.Transactions.ServerTransaction;
import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Passes requests on and their responses back. Stateful: each branch is a client transaction. */
public final class Proxy {

    /** RFC 3261 section 16.6 step 11 wants more than three minutes. */
    static final Duration TIMER_C = Duration.ofSeconds(185);

    private final Transactions transactions;
    private final AtomicInteger open = new AtomicInteger();

    public Proxy(Transactions transactions) {
        this.transactions = transactions;
    }

    /**
     * Sends {@code from}'s request along every branch at once and the best response back. On the
     * loop of {@code from}.
     *
     * @param branches at least one
     */
    public void forward(ServerTransaction from, List<Branch> branches) {
        if (branches.isEmpty()) throw new IllegalStateException("nowhere to forward to");
        int hops = from.request().maxForwards();
        if (hops <= 0) {
            from.respond(SipResponse.to(from.request(), 483));
            return;
        }
        new Forwarding(from, branches, transactions, open).send(hops - 1);
    }

    /**
     * Passes the ACK of a 2xx on; it has no transaction and no answer. On the loop it arrived on.
     */
    public void forwardAck(SipRequest ack, Flow from, @Nullable Flow along) {
        int hops = ack.maxForwards();
        if (hops <= 0) return;
        transactions.sendAck(
                from.loop(), ack.with("Max-Forwards", Integer.toString(hops - 1)), along);
    }

    /** Requests that have not had their final response. Any thread. */
    public int open() {
        return open.get();
    }
}
