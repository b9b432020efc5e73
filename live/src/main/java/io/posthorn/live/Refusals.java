package io.posthorn.live;

import io.netty.channel.Channel;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Connections that were refused before they were anybody's: counted, and some of them logged. */
final class Refusals {
    private static final Logger LOG = System.getLogger("io.posthorn.live");

    private final Map<String, AtomicLong> counts = new ConcurrentHashMap<>();
    private final AtomicLong nextLine = new AtomicLong(System.nanoTime());

    /**
     * @param reason one of a fixed set of our own texts: nothing here bounds or cleans them
     */
    void count(Channel channel, String reason) {
        counts.computeIfAbsent(reason, _ -> new AtomicLong()).incrementAndGet();
        if (!mayLog()) return;
        var from = channel.remoteAddress();
        LOG.log(
                Level.INFO,
                () -> "TLS at " + channel.localAddress() + " from " + from + ": " + reason);
    }

    /** Ours: a line in a second, so that bad input does not fill the disk. */
    private boolean mayLog() {
        long now = System.nanoTime();
        long next = nextLine.get();
        return now - next >= 0 && nextLine.compareAndSet(next, now + TimeUnit.SECONDS.toNanos(1));
    }

    Map<String, Long> counts() {
        var all = new TreeMap<String, Long>();
        counts.forEach((reason, count) -> all.put(reason, count.get()));
        return all;
    }
}
