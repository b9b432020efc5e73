package io.posthorn.cpm.participating;

import io.netty.buffer.ByteBuf;
import io.posthorn.msrp.session.Incoming;
import io.posthorn.msrp.session.Receiver;
import io.posthorn.strand.BodySink;

/** Takes no message, as nobody may send on this side. */
enum Refusing implements Receiver, BodySink {
    EVERYTHING;

    @Override
    public BodySink arriving(Incoming message) {
        message.refuse(403);
        return this;
    }

    @Override
    public boolean accept(long at, ByteBuf bytes, Runnable room) {
        bytes.release();
        return true;
    }

    @Override
    public void end(long total) {}

    @Override
    public void abort() {}
}
