package io.posthorn.sip.dialog;

import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;

/** What a {@link Leg} tells the strand that owns it. */
public sealed interface LegEvent {
    Leg leg();

    record Provisional(Leg leg, SipResponse response) implements LegEvent {}

    /** The first 2xx; unacknowledged. */
    record Answered(Leg leg, SipResponse ok) implements LegEvent {}

    /**
     * 3xx to 6xx, and our own 408 and 503. The ACK was sent. {@link Ended} does not follow: this is
     * the last event.
     */
    record Refused(Leg leg, SipResponse response) implements LegEvent {}

    /** The ACK to our 2xx. */
    record Confirmed(Leg leg, SipRequest ack) implements LegEvent {}

    /** The CANCEL's 200 and the 487 were sent. This is the last event. */
    record Cancelled(Leg leg, SipRequest cancel) implements LegEvent {}

    /**
     * re-INVITE or UPDATE with a changed offer, INFO, REFER. Plain refreshes are answered below.
     */
    record Asked(Leg leg, Question question) implements LegEvent {}

    record Replied(Leg leg, SipResponse response) implements LegEvent {}

    /**
     * A BYE, unanswered: the procedure says when its 200 leaves. {@link Ended} follows its answer.
     */
    record Bye(Leg leg, Question bye) implements LegEvent {}

    /** The last event of an established leg. */
    record Ended(Leg leg, Cause cause) implements LegEvent {}

    enum Cause {
        /** A BYE was answered, ours or theirs. */
        BYE,
        /** The ACK to our 2xx never came; BYE was sent. */
        NO_ACK,
        /** Nobody refreshed (RFC 4028); BYE was sent. */
        SESSION_EXPIRED,
        /** The peer knows nothing of this dialog: 481 or 408 to a request in it. */
        GONE,
        TRANSPORT
    }
}
