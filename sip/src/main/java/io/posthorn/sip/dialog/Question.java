package io.posthorn.sip.dialog;

import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;

/**
 * A request that wants exactly one final answer. Unanswered after 20 s the loop answers 500, a BYE
 * 200, as its sender gives up after 32 s (RFC 4320). Any thread.
 */
public interface Question {
    SipRequest request();

    Flow from();

    void answer(SipResponse response);
}
