package io.posthorn.sip.dialog;

import io.posthorn.sip.transaction.Transactions.ServerTransaction;
import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;

/** What a tag of ours names: a leg or a subscription. Its own loop only. */
interface Participant {

    /** A request with our tag in To; its other tag and Call-ID are not yet compared. */
    void request(ServerTransaction transaction);

    default void ack(SipRequest ack) {}

    /** A 2xx to an INVITE of ours that no transaction knows any more. */
    default void strayAnswer(SipResponse response, Flow from) {}
}
