package io.posthorn.strand;

import io.netty.buffer.ByteBuf;

/** Where a body goes. Loop only. */
public interface BodySink {

    /** Takes everything and keeps nothing. */
    BodySink DROPPING =
            new BodySink() {
                @Override
                public boolean accept(long at, ByteBuf bytes, Runnable room) {
                    bytes.release();
                    return true;
                }

                @Override
                public void end(long total) {}

                @Override
                public void abort() {}
            };

    /**
     * Takes bytes and their reference. Bytes once taken never change: what is offered again is
     * skipped.
     *
     * @param at offset of the first byte, from 0
     * @param room called once, on the loop, when this sink can take more after it said no
     * @return false: these bytes were taken, but stop reading until {@code room} runs
     */
    boolean accept(long at, ByteBuf bytes, Runnable room);

    /** All bytes 0..total-1 are here. */
    void end(long total);

    /** The sender gave up, or is lost. */
    void abort();
}
