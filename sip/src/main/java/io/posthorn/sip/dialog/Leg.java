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
 */
public interface Leg {

    /** Names this leg in logs and tracks. */
    String id();

    Loop loop();

    /** The INVITE, as it came or as it was sent. */
    SipRequest invite();

    /**
     * For an incoming leg, once: where its events go. What came before is delivered first.
     *
     * @param track gets every message of the leg and of its dialog, the INVITE first
     */
    void inbox(Track track, Predicate<LegEvent> inbox);

    void progress(SipResponse provisional);

    /** A 2xx is repeated until its ACK. */
    void answer(SipResponse last);

    /**
     * ACK of the received 2xx. Until then copies of the 2xx are absorbed; afterwards they get the
     * same ACK again.
     */
    void acknowledge();

    /** Held back until a 1xx came; a crossing 2xx gets ACK and BYE by itself. */
    void cancel(@Nullable Reason reason);

    /** re-INVITE, UPDATE, INFO, NOTIFY, REFER. {@link LegEvent.Replied} follows. */
    void ask(SipRequest inDialog);

    /**
     * Ends the dialog; before its 2xx was acknowledged, acknowledges it first. {@link
     * LegEvent.Ended} follows when the BYE is answered or given up.
     */
    void bye(@Nullable Reason reason, Map<String, String> more);
}
