package io.posthorn.msrp.session;

/** A message that we send. */
public interface Outgoing {
    Head head();

    /** Bytes that the peer has acknowledged. Any thread. */
    long acknowledged();

    /** Ends with {@code #}. Harmless once it has ended. Any thread. */
    void abort();
}
