package io.posthorn.sip.transport;

import io.posthorn.strand.Loop;
import io.posthorn.strand.Net;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The flows of those peers that one loop heard of lately. Each transaction keeps its flow for half
 * a minute, and most have the same few peers. Loop only.
 */
final class UdpPeers {
    private static final int SLOTS = 256;

    private final @Nullable UdpFlow[] lately = new @Nullable UdpFlow[SLOTS];

    UdpFlow flow(Loop loop, Net.Datagrams socket, InetSocketAddress peer) {
        // Two links have the same addresses, and equals() does not see which one is meant.
        if (peer.getAddress().isLinkLocalAddress()) return new UdpFlow(loop, socket, peer);
        int slot = peer.hashCode() & SLOTS - 1;
        var known = lately[slot];
        if (known == null || known.socket() != socket || !known.remote().equals(peer)) {
            known = new UdpFlow(loop, socket, peer);
            lately[slot] = known;
        }
        return known;
    }
}
