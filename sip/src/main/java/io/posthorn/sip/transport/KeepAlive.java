package io.posthorn.sip.transport;

import io.posthorn.strand.Entropy;
import io.posthorn.strand.Loop;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one flow open, and finds out when it is not: a double CRLF on a connection, STUN over UDP.
 * On the flow's loop. Source: RFC 5626 section 4.4.
 */
final class KeepAlive implements Loop.Cancel {

    /** RFC 5626 section 4.4.1. */
    static final Duration PONG = Duration.ofSeconds(10);

    /** RFC 5626 section 4.4.2: what NATs remember of UDP is short. */
    private static final Duration LONGEST_UDP = Duration.ofSeconds(29);

    /** RFC 5389 section 7.2.1: RTO, and how often it is sent before 16 RTO more are waited. */
    private static final Duration RTO = Duration.ofMillis(500);

    private static final int TRIES = 7;
    private static final int LAST_WAIT = 16;

    private final Transport transport;
    private final Flow flow;
    private final Duration silence;
    private final Entropy entropy;
    private final Runnable lost;
    private boolean over;
    private Loop.@Nullable Cancel timer;
    private byte @Nullable [] asked;
    private @Nullable InetSocketAddress seenAs;
    private String seenBy = "";

    /**
     * @param silence how long the flow may be silent; zero: its end is heard of, no more
     */
    KeepAlive(Transport transport, Flow flow, Duration silence, Entropy entropy, Runnable lost) {
        this.transport = transport;
        this.flow = flow;
        boolean udp = flow instanceof UdpFlow;
        this.silence = udp && silence.compareTo(LONGEST_UDP) > 0 ? LONGEST_UDP : silence;
        this.entropy = entropy;
        this.lost = lost;
    }

    void begin() {
        if (over) return;
        if (!flow.open()) {
            end();
            return;
        }
        if (flow instanceof StreamFlow stream) {
            stream.keep();
            stream.onEnd(this::end);
        }
        // Whom STUN finds at the beginning must be the same as later.
        if (flow instanceof UdpFlow udp && !silence.isZero()) ask(udp, 1);
        else next();
    }

    /** RFC 5626 section 4.4.1: between 80 and 100 percent. */
    private void next() {
        asked = null;
        if (silence.isZero()) return;
        long longest = silence.toMillis();
        var bytes = new byte[2];
        entropy.fill(bytes);
        long less = longest / 5 * ((bytes[0] & 0xff) << 8 | bytes[1] & 0xff) / 0x1_0000;
        timer = flow.loop().after(Duration.ofMillis(longest - less), this::due);
    }

    private void due() {
        switch (flow) {
            case StreamFlow stream -> {
                long before = stream.bytesIn();
                stream.ping();
                timer = flow.loop().after(PONG, () -> ponged(stream, before));
            }
            case UdpFlow udp -> ask(udp, 1);
            default -> throw new IllegalStateException("a flow of another transport");
        }
    }

    private void ponged(StreamFlow stream, long before) {
        if (over) return;
        if (stream.bytesIn() > before) next();
        else stream.close("no pong in " + PONG.toSeconds() + " s"); // which ends us too
    }

    private void ask(UdpFlow udp, int tries) {
        var id = asked;
        if (id == null) {
            id = new byte[12];
            entropy.fill(id);
            asked = id;
            transport.awaits(this, udp);
        }
        udp.socket().send(udp.remote(), Stun.request(id));
        var pause = tries < TRIES ? RTO.multipliedBy(1L << tries - 1) : RTO.multipliedBy(LAST_WAIT);
        timer =
                flow.loop()
                        .after(
                                pause,
                                () -> {
                                    if (tries < TRIES) ask(udp, tries + 1);
                                    else end();
                                });
    }

    boolean awaits(byte[] id) {
        return asked != null && java.util.Arrays.equals(asked, id);
    }

    /** Another address for us, or another run of the other side: who registered did so in vain. */
    void seen(Stun.Seen seen) {
        if (over) return;
        stopTimer();
        boolean first = seenAs == null;
        boolean same = seen.from().equals(seenAs) && seen.software().equals(seenBy);
        seenAs = seen.from();
        seenBy = seen.software();
        if (first || same) next();
        else end();
    }

    private void stopTimer() {
        if (timer != null) timer.cancel();
    }

    private void end() {
        if (over) return;
        over();
        lost.run();
    }

    private void over() {
        over = true;
        stopTimer();
        if (flow instanceof UdpFlow udp) transport.awaitsNoMore(this, udp);
    }

    @Override
    public void cancel() {
        flow.loop().execute(this::over);
    }
}
