package io.posthorn.sip.transaction;

import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Entropy;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/**
 * No new calls while more comes than can be read: what runs goes on, and whoever is refused knows
 * at once. Without it callers would send their INVITEs again before they were read, and the copies
 * would take the time of new ones for as long as the load lasts. Any thread.
 */
final class Overload {

    /** Ours: with what waits already well within T1, after which an INVITE comes again. */
    static final Duration PATIENCE = Duration.ofMillis(100);

    // Ours: seconds after which to try again; not all at once.
    private static final int SOONEST = 5;
    private static final int SPREAD = 26;

    private final Entropy entropy;
    private final LongAdder refused = new LongAdder();

    Overload(Entropy entropy) {
        this.entropy = entropy;
    }

    boolean refuses(SipRequest request, Flow from) {
        return request.method().equals("INVITE")
                && from.behind().compareTo(PATIENCE) > 0
                && request.to().tag().isEmpty();
    }

    /** RFC 3261 section 21.5.4. */
    SipResponse refusal(SipRequest request) {
        refused.increment();
        var random = new byte[1];
        entropy.fill(random);
        int later = SOONEST + Byte.toUnsignedInt(random[0]) % SPREAD;
        return SipResponse.to(request, 503).with("Retry-After", Integer.toString(later));
    }

    long refused() {
        return refused.sum();
    }
}
