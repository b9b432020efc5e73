package io.posthorn.sip.transaction;

import java.time.Duration;

/**
 * What transactions are timed by, and how we name ourselves.
 *
 * @param t1 estimated round trip; RFC 3261 section 17.1.1.1 says 500 ms
 * @param t2 longest pause between retransmissions; 4 s
 * @param t4 how long a message stays in the network; 5 s
 * @param tcpAbove requests of more bytes go by TCP first even if the target is UDP (RFC 3261
 *     section 18.1.1); {@link Integer#MAX_VALUE} for never
 * @param advertised the host that Via names as ours, IPv6 in brackets; empty: the address of the
 *     socket
 * @param connectionsPerSecond from one address, not on loopback; further ones are closed
 */
public record SipSettings(
        Duration t1,
        Duration t2,
        Duration t4,
        int tcpAbove,
        String advertised,
        int connectionsPerSecond) {

    // Ours: a node behind one address has a few; a phone one.
    private static final int USUAL_CONNECTIONS = 50;

    /** With 50 connections a second. */
    public SipSettings(Duration t1, Duration t2, Duration t4, int tcpAbove, String advertised) {
        this(t1, t2, t4, tcpAbove, advertised, USUAL_CONNECTIONS);
    }

    /** The values of RFC 3261; the host is the socket's. */
    public static SipSettings standard() {
        return new SipSettings(
                Duration.ofMillis(500), Duration.ofSeconds(4), Duration.ofSeconds(5), 1_300, "");
    }

    public SipSettings withAdvertised(String host) {
        return new SipSettings(t1, t2, t4, tcpAbove, host, connectionsPerSecond);
    }

    public SipSettings withTcpAbove(int bytes) {
        return new SipSettings(t1, t2, t4, bytes, advertised, connectionsPerSecond);
    }

    /** 64*T1: timers B, F, H, J, L and M. */
    Duration life() {
        return times(64);
    }

    /** The pause before retransmission {@code n}, from 0, doubled each time. */
    Duration doubled(int n) {
        return times(1L << Math.min(n, 20));
    }

    /**
     * As {@link Duration#multipliedBy}, which goes by way of decimal numbers: too long for this.
     */
    private Duration times(long factor) {
        return Duration.ofNanos(t1.toNanos() * factor);
    }

    /** As {@link #doubled}, and T2 at most. */
    Duration doubledToT2(int n) {
        var pause = doubled(n);
        return pause.compareTo(t2) < 0 ? pause : t2;
    }

    /** When a peer's timer E reaches T2: the sum of the pauses before (RFC 4320 section 4.1). */
    Duration untilT2() {
        var sum = Duration.ZERO;
        for (int n = 0; doubled(n).compareTo(t2) < 0; n++) sum = sum.plus(doubled(n));
        return sum;
    }
}
