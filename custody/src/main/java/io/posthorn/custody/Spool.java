package io.posthorn.custody;

import io.posthorn.strand.BodySink;

/**
 * One message's bytes, while they arrive and until every cursor has passed. Received buffers up to
 * a window in memory, beyond it a recycled file. Its cursors hold back at least the last byte until
 * the message is complete here. Loop only.
 */
public interface Spool extends BodySink {

    /** A new reader, at the first byte. */
    Cursor cursor();

    /** Bytes received from the start without a hole. */
    long received();

    /** Nobody needs this message any more: cursors see {@code aborted}, memory and file go back. */
    void discard();
}
