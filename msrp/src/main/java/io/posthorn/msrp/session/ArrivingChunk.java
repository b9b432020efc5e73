package io.posthorn.msrp.session;

import io.netty.buffer.ByteBuf;
import io.posthorn.msrp.wire.Flag;

/** What is done with the request that a connection is reading. Loop only. */
interface ArrivingChunk {

    /** Takes the reference. */
    void body(ByteBuf bytes);

    void end(Flag flag);

    /** The connection ended before the chunk did. */
    default void lost() {}

    /** Drops everything and answers nothing: responses, REPORTs. */
    ArrivingChunk IGNORED =
            new ArrivingChunk() {
                @Override
                public void body(ByteBuf bytes) {
                    bytes.release();
                }

                @Override
                public void end(Flag flag) {}
            };
}
