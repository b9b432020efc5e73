package io.posthorn.strand;

import io.netty.buffer.ByteBuf;

/** An open file, as {@link Disk}. */
public interface DiskFile extends AutoCloseable {

    long size();

    /**
     * Writes all readable bytes of {@code bytes} at offset {@code at}; leaves the reference with
     * the caller.
     */
    void write(long at, ByteBuf bytes);

    /**
     * Reads from offset {@code at} until {@code into} is full or the file ends.
     *
     * @return the bytes read
     */
    int read(long at, ByteBuf into);

    /**
     * Makes what was written durable. A failure is final: the caller must never force again and
     * believe it.
     */
    void force();

    @Override
    void close();
}
