package io.posthorn.strand;

import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** A byte stream, TLS or not. Loop only, in both directions. */
public interface Link {

    Loop loop();

    InetSocketAddress local();

    InetSocketAddress remote();

    /** What the peer has shown who it is; null without TLS, or if it has shown nothing. */
    @Nullable Certificate certified();

    /** Takes the reference, also of a closed link's bytes; they leave at {@link #flush()}. */
    void write(ByteBuf bytes);

    void flush();

    /** Below the high-water mark. Once false, {@link Reader#writableAgain()} follows. */
    boolean writable();

    /**
     * Back-pressure: off means that nothing more is read, and TCP stops the peer; no {@link
     * Reader#bytes} follows until it is on again. On from the start.
     */
    void reading(boolean on);

    /** Closes after what was flushed has left. {@link Reader#closed} follows, once. */
    void close();

    /** Who reads a link. */
    interface Reader {
        /** Takes the reference. */
        void bytes(ByteBuf bytes);

        void writableAgain();

        /** The last call. {@code why} is null if either side closed in order. */
        void closed(@Nullable Exception why);
    }
}
