package io.posthorn.msrp.session;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a node does MSRP. All values but the ports are ours, within what RFC 4975 allows.
 *
 * @param listen the address to listen at
 * @param advertised the address that our URIs name; null: {@code listen}
 * @param port of the first loop, the next loop one higher; 0: free ones
 * @param tls where to listen for TLS, its port as {@code port}; null: sessions are over TCP only
 * @param chunkBytes the most in a chunk of ours
 * @param window SENDs of a session that may be unanswered
 * @param paths whether a From-Path other than the one in SDP is answered 481
 * @param fromOwnPort connections of ours come from the port that our URIs name, for peers that take
 *     no others; as long as none goes to the same place already
 * @param unboundPerSource connections of one address that carry no session yet; beyond, the oldest
 *     is closed
 * @param unbound the same for all addresses, per loop
 */
public record MsrpSettings(
        InetAddress listen,
        @Nullable InetAddress advertised,
        int port,
        @Nullable InetSocketAddress tls,
        int chunkBytes,
        int window,
        Paths paths,
        boolean fromOwnPort,
        int unboundPerSource,
        int unbound,
        Timers timers) {

    /** How a From-Path is compared. */
    public enum Paths {
        /** As RFC 4975 section 7.3: every URI. */
        STRICT,
        /** The session-id in the To-Path suffices, for peers behind an ALG. */
        SESSION_ID
    }

    /**
     * @param answer to a SEND
     * @param relayedAnswer to a SEND that was relayed: less than {@code answer} at the sender
     * @param bind from {@link MsrpSession#start} until a connection carries the session
     * @param early how long a connection waits for {@link MsrpSession#start}: as long as a 200 is
     *     sent again until its ACK comes (RFC 3261 section 13.3.1.4), since the peer may have lost
     *     that ACK and yet be bound to send
     * @param earlyShared the same where the connection carries other sessions, which wait with it
     * @param firstSend how long an accepted connection may say nothing
     * @param silence of a sender in mid-message
     * @param stall of a peer that takes no byte
     * @param pause after which a chunk that waits for its source is ended
     */
    public record Timers(
            Duration answer,
            Duration relayedAnswer,
            Duration bind,
            Duration early,
            Duration earlyShared,
            Duration firstSend,
            Duration silence,
            Duration stall,
            Duration pause) {

        public static final Timers STANDARD =
                new Timers(
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(25),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(32),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(20),
                        Duration.ofMillis(200));
    }

    public MsrpSettings {
        if (chunkBytes < 1 || window < 1) throw new IllegalArgumentException("chunk or window");
    }

    /** The defaults, over TCP only. */
    public static MsrpSettings at(InetAddress listen, int port) {
        return new MsrpSettings(
                listen,
                null,
                port,
                null,
                65536,
                8,
                Paths.STRICT,
                false,
                100,
                1000,
                Timers.STANDARD);
    }

    /** The same, over TLS too, at the same address. */
    public MsrpSettings withTls(int port) {
        return withTls(new InetSocketAddress(listen, port));
    }

    /** The same, over TLS too. */
    public MsrpSettings withTls(InetSocketAddress at) {
        return copy(at, chunkBytes, window, paths, fromOwnPort);
    }

    /** The same with other sizes. */
    public MsrpSettings with(int chunkBytes, int window) {
        return copy(tls, chunkBytes, window, paths, fromOwnPort);
    }

    /** The same with another comparison of paths. */
    public MsrpSettings with(Paths paths) {
        return copy(tls, chunkBytes, window, paths, fromOwnPort);
    }

    /** The same, coming from the port that our URIs name. */
    public MsrpSettings fromOwnPort(boolean on) {
        return copy(tls, chunkBytes, window, paths, on);
    }

    private MsrpSettings copy(
            @Nullable InetSocketAddress tls,
            int chunkBytes,
            int window,
            Paths paths,
            boolean fromOwnPort) {
        return new MsrpSettings(
                listen,
                advertised,
                port,
                tls,
                chunkBytes,
                window,
                paths,
                fromOwnPort,
                unboundPerSource,
                unbound,
                timers);
    }
}
