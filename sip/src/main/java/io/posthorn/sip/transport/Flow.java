package io.posthorn.sip.transport;

import io.posthorn.strand.Loop;
import io.posthorn.strand.Net;
import java.net.InetSocketAddress;

/**
 * Where a message came from, and the way back: a connection, or a UDP socket and a peer's address.
 */
public interface Flow {

    Loop loop();

    Net.Kind kind();

    InetSocketAddress local();

    InetSocketAddress remote();

    /** A connection that has ended; always true for UDP. */
    boolean open();
}
