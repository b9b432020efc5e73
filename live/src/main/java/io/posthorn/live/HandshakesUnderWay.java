package io.posthorn.live;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The TLS handshakes of one listening port that are not done: whoever is in one is nobody yet and
 * costs tens of kilobytes. On the port's loop.
 */
final class HandshakesUnderWay {

    /**
     * How many may be under way at a port.
     *
     * @param ofPort from all addresses
     * @param ofSource from one address
     * @param ofLoopback from one address of this machine
     * @param patience after which one is given up, at either end
     */
    record Limits(int ofPort, int ofSource, int ofLoopback, Duration patience) {

        /**
         * Ours. On loopback many have one address (the proxy beside us, a demo, a load), and who is
         * there needs no sockets to do harm: nothing but the limit of the port is for them.
         */
        static final Limits STANDARD = new Limits(1_000, 50, 1_000, Duration.ofSeconds(5));

        Limits perSource(int most) {
            return new Limits(ofPort, most, ofLoopback, patience);
        }
    }

    private final Map<InetAddress, Integer> ofSource = new HashMap<>();
    private int all;

    /** Why {@code from} may not begin one more, for a person; null if it may, and has. */
    @Nullable String begin(InetAddress from, Limits limits) {
        if (all >= limits.ofPort()) return "too many TLS handshakes at once";
        int most = from.isLoopbackAddress() ? limits.ofLoopback() : limits.ofSource();
        var source = source(from);
        if (ofSource.getOrDefault(source, 0) >= most)
            return "too many TLS handshakes at once from one address";
        ofSource.merge(source, 1, Integer::sum);
        all++;
        return null;
    }

    /**
     * What to run when the one of {@code from} that has begun is over, whatever came of it; it does
     * nothing when it is run again.
     */
    Runnable ending(InetAddress from) {
        var open = new AtomicBoolean(true);
        return () -> {
            if (!open.compareAndSet(true, false)) return;
            all--;
            ofSource.computeIfPresent(source(from), (_, count) -> count == 1 ? null : count - 1);
        };
    }

    /** RFC 4291 section 2.5.4: whoever has an address of IPv6 has the 2^64 beside it. */
    private static InetAddress source(InetAddress from) {
        if (!(from instanceof Inet6Address) || from.isLoopbackAddress()) return from;
        var network = Arrays.copyOf(Arrays.copyOf(from.getAddress(), 8), 16);
        try {
            return InetAddress.getByAddress(network);
        } catch (UnknownHostException tooShort) {
            throw new IllegalStateException(tooShort);
        }
    }
}
