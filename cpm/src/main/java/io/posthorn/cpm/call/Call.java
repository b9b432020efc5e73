package io.posthorn.cpm.call;

import io.posthorn.msrp.session.MsrpSession;
import io.posthorn.msrp.session.Receiver;
import io.posthorn.sip.dialog.Leg;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Track;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A strand with its legs and media. When {@link Procedure#run} returns or throws, everything still
 * open is answered, aborted, ended with BYE and closed: a procedure cannot leak.
 */
public interface Call {

    /**
     * The leg that began this call.
     *
     * @throws IllegalStateException if the call was not begun by a leg
     */
    Leg caller();

    /** Calls onward; the leg joins this call and its events come to this inbox. */
    Leg invite(SipRequest onward);

    /**
     * Opens an MSRP session that joins this call.
     *
     * @param secure over TLS
     * @throws Rejection 488 if there is none
     */
    MsrpSession media(Receiver receiver, boolean secure);

    /** Opens an MSRP session over TCP that joins this call. */
    default MsrpSession media(Receiver receiver) {
        return media(receiver, false);
    }

    /** The next event, or null once {@code deadline} has passed. */
    @Nullable Event await(Instant deadline);

    /**
     * Waits for a port that answers later, from any thread. Events that come meanwhile are kept for
     * {@link #await}.
     *
     * @param what names the port, for the message of the failure
     * @param port is handed where its answer goes
     * @throws io.posthorn.strand.Unavailable if no answer came until {@code by}
     */
    <T> T ask(String what, Instant by, Consumer<Consumer<T>> port);

    Instant now();

    default Instant in(Duration d) {
        return now().plus(d);
    }

    /** The loop that this call's media and spool share. */
    Loop home();

    Track track();

    /** Adds a few words to the line that is logged, and to the outcome, when this call ends. */
    void tell(String words);
}
