package io.posthorn.cpm.call;

import io.posthorn.msrp.session.Incoming;
import io.posthorn.msrp.session.Receiver;
import io.posthorn.strand.BodySink;

/** Takes no message, as nobody may send on this side. */
public enum Refusing implements Receiver {
    EVERYTHING;

    @Override
    public BodySink arriving(Incoming message) {
        message.refuse(403);
        return BodySink.DROPPING;
    }
}
