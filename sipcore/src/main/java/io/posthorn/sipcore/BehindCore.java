package io.posthorn.sipcore;

import io.posthorn.sip.transaction.Transactions;
import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.strand.Loop;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The core's transactions for its own user agent, which hears only what the core hands on. */
final class BehindCore implements Transactions {

    private final Transactions transactions;
    private @Nullable User agent;

    BehindCore(Transactions transactions) {
        this.transactions = transactions;
    }

    @Override
    public void user(User user) {
        agent = user;
    }

    /** Where to hand on what is meant for the core itself. */
    User agent() {
        var user = agent;
        if (user == null) throw new IllegalStateException("no user agent yet");
        return user;
    }

    @Override
    public ClientTransaction send(
            Loop home, SipRequest request, @Nullable Flow along, ClientListener listener) {
        return transactions.send(home, request, along, listener);
    }

    @Override
    public void sendAck(Loop home, SipRequest ack, @Nullable Flow along) {
        transactions.sendAck(home, ack, along);
    }

    @Override
    public String branch(Loop home) {
        return transactions.branch(home);
    }

    @Override
    public Loop.Cancel keepAlive(Flow flow, Duration silence, Runnable lost) {
        return transactions.keepAlive(flow, silence, lost);
    }
}
