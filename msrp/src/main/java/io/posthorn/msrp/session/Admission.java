package io.posthorn.msrp.session;

import io.netty.buffer.ByteBuf;

/** Which messages a relay passes on, by their type and by how they begin. Loop only. */
public interface Admission {

    /** The message passes, and nothing more of it is shown. */
    int PASSES = 200;

    /** That cannot be told yet. */
    int MORE = 0;

    /** Whether messages of this {@code Content-Type} pass at all; what does not is answered 415. */
    boolean takes(String contentType);

    /** A message begins. */
    Look look();

    /** A look at one message. */
    interface Look {

        /**
         * @param bytes what follows, read but not released here
         * @return {@link #PASSES}, {@link #MORE}, or the code with which the message is refused
         */
        int at(ByteBuf bytes);

        /**
         * Whether octets that were looked at, and come again, are what they were where it matters.
         */
        boolean same(long at, ByteBuf bytes);

        /** The message ended here and has content; {@link #MORE} is no answer. */
        int end();
    }
}
