package io.posthorn.msrp.session;

/**
 * A message that is arriving. Its chunks are answered 200 when the sink has taken them; the last
 * one only by {@link #accept} or {@link #refuse}, exactly once. Any thread.
 */
public interface Incoming {
    Head head();

    /** The announced length in bytes, or -1. */
    long total();

    /** The promise: whoever sent this may forget it. */
    void accept();

    /**
     * Before the end: answers the next chunk with {@code code} and drops the rest.
     *
     * @param code 400, 403, 408, 413, 415, 423
     */
    void refuse(int code);
}
