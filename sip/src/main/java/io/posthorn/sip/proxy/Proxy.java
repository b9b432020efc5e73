package io.posthorn.sip.proxy;

import io.posthorn.sip.transaction.Transactions;
import io.posthorn.sip.transaction.Transactions.ServerTransaction;
import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Loop;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Passes requests on and their responses back. Stateful: each branch is a client transaction. */
public final class Proxy {

    /** RFC 3261 section 16.6 step 11 wants more than three minutes. */
    static final Duration TIMER_C = Duration.ofSeconds(185);

    /** RFC 5393 section 5.3.3.1. */
    private static final long MOST_BREADTH = 60;

    private static final IntPredicate DIGIT = c -> c >= '0' && c <= '9';

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
        long breadth = breadth(from.request());
        if (branches.size() > breadth) {
            from.respond(SipResponse.to(from.request(), 440));
            return;
        }
        var each = branches.size() == 1 ? breadth : breadth / branches.size();
        new Forwarding(from, branches, transactions, open).send(hops - 1, each);
    }

    /** RFC 5393 section 5.3.3: what one request may grow to, and is shared out among branches. */
    private static long breadth(SipRequest request) {
        var text = request.header("Max-Breadth").orElse("");
        boolean number = !text.isEmpty() && text.length() < 10 && text.chars().allMatch(DIGIT);
        return number ? Math.min(MOST_BREADTH, Long.parseLong(text)) : MOST_BREADTH;
    }

    /**
     * Passes the ACK of a 2xx on; it has no transaction and no answer.
     *
     * @param home where the other requests of its call are, so that none overtakes it; called there
     */
    public void forwardAck(Loop home, SipRequest ack, @Nullable Flow along) {
        int hops = ack.maxForwards();
        if (hops <= 0) return;
        transactions.sendAck(home, ack.with("Max-Forwards", Integer.toString(hops - 1)), along);
    }

    /** Requests that have not had their final response. Any thread. */
    public int open() {
        return open.get();
    }
}
