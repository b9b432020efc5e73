package io.posthorn.sip.transport;

import io.posthorn.strand.Certificate;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Net;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where a message came from, and the way back: a connection, or a UDP socket and a peer's address.
 */
public interface Flow {

    Loop loop();

    Net.Kind kind();

    InetSocketAddress local();

    InetSocketAddress remote();

    /** What the peer has shown over TLS; null without TLS, or if it has shown nothing. */
    default @Nullable Certificate certified() {
        return null;
    }

    /**
     * For how long its socket has had more than could be read, as {@link Net.Datagrams#behind};
     * zero for a connection: its peer is made to wait. Any thread.
     */
    default Duration behind() {
        return Duration.ZERO;
    }

    /** A connection that has ended; always true for UDP. */
    boolean open();
}
