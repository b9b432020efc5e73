package io.posthorn.sip.dialog;

import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Track;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One INVITE dialog, seen from a strand. Calls run on the leg's loop in the order made; none waits.
 * Dialog headers (Via, tags, Call-ID, CSeq, Route, Max-Forwards) are filled in here, a Contact if
 * there is none.
 *
 * <p>Its last event is one of {@link LegEvent.Refused}, {@link LegEvent.Cancelled} and {@link
 * LegEvent.Ended}; none of them if the owner refused an incoming call itself.
 */
public interface Leg {

    /** Names this leg in logs and tracks. */
    String id();

    Loop loop();

    /**
     * The INVITE, as it came or as it was sent; once it is acknowledged only what names the call
     * ({@link SipRequest#skeleton}), as a call may be held for hours. On any thread.
     */
    SipRequest invite();

    /**
     * For an incoming leg, once: where its events go. What came before is delivered first.
     *
     * @param track gets every message of the leg and of its dialog, the INVITE first
     */
    void inbox(Track track, Predicate<LegEvent> inbox);

    /** Not sent if the caller requires reliable provisional responses (RFC 3262), except 100. */
    void progress(SipResponse provisional);

    /**
     * A 2xx is repeated until its ACK. It gets a Session-Expires by RFC 4028 unless it has one, and
     * Contact, Record-Route, Allow and Supported unless it has them.
     */
    void answer(SipResponse last);

    /**
     * ACK of the received 2xx. Until then copies of the 2xx are absorbed; afterwards they get the
     * same ACK again. Harmless if there is nothing to acknowledge.
     */
    void acknowledge();

    /**
     * Held back until a 1xx came. {@link LegEvent.Refused} follows; a crossing 2xx that was not yet
     * acknowledged gets ACK and BYE by itself, and {@link LegEvent.Ended} follows. Nothing happens
     * on an incoming leg and after {@link #acknowledge}.
     */
    void cancel(@Nullable Reason reason);

    /**
     * re-INVITE, UPDATE, INFO, NOTIFY, REFER. {@link LegEvent.Replied} follows. The ACK of a
     * re-INVITE is sent by itself; offers wait for each other, and 491 is tried again (RFC 3261
     * section 14.1).
     */
    void ask(SipRequest inDialog);

    /**
     * Ends the dialog; before its 2xx was acknowledged, acknowledges it first. {@link
     * LegEvent.Ended} follows when the BYE is answered or given up. A call that is not yet answered
     * is cancelled, or refused with 480; a BYE that waits for its answer gets 200.
     *
     * @param more further fields of the BYE
     */
    void bye(@Nullable Reason reason, Map<String, String> more);
}
