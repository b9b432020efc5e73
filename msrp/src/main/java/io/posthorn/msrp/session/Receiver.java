package io.posthorn.msrp.session;

import io.posthorn.strand.BodySink;

/** Takes what arrives. Loop only. */
public interface Receiver {

    /** A message begins. The receiver may refuse it and return a sink that drops. */
    BodySink arriving(Incoming message);
}
