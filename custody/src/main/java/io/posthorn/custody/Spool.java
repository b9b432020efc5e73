package io.posthorn.custody;

import io.posthorn.strand.BodySink;

/**
 * One message's bytes, while they arrive and until every cursor has passed: the received buffers
 * themselves up to a window, beyond it a recycled file. Cursors hold back at least the last byte
 * until the message is complete here. Loop only.
 */
public interface Spool extends BodySink {

    /**
     * A new reader, at the first byte.
     *
     * @throws IllegalStateException if bytes were freed because every cursor so far had passed
     *     them: open the cursors of all devices before the message begins
     */
    Cursor cursor();

    /** The sender announced {@code total} bytes; cursors tell it to their devices. */
    void expect(long total);

    /** Bytes received from the start without a hole. */
    long received();

    boolean complete();

    /** Nobody needs this message any more: cursors see {@code aborted}, memory and file go back. */
    void discard();
}
