package io.posthorn.sip.transport;

import io.posthorn.strand.Loop;
import io.posthorn.strand.Net;
import java.net.InetSocketAddress;
import java.time.Duration;

/** A UDP socket of ours and a peer's address. */
record UdpFlow(Loop loop, Net.Datagrams socket, InetSocketAddress remote) implements Flow {

    /** What fits into an IPv4 datagram. */
    static final int MAX = 65_507;

    @Override
    public Net.Kind kind() {
        return Net.Kind.UDP;
    }

    @Override
    public InetSocketAddress local() {
        return socket.at();
    }

    @Override
    public Duration behind() {
        return socket.behind();
    }

    @Override
    public boolean open() {
        return true;
    }
}
