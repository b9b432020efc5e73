package io.posthorn.msrp.session;

/** A chunk that is being written and whose end is not decided. Loop only. */
interface OpenChunk {

    /** Ends it with {@code +}, as something else wants to pass. RFC 4975 section 7.1.1. */
    void interrupt();
}
