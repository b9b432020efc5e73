package io.posthorn.live;

import java.time.Instant;

/**
 * Starts at the wall clock and then runs with the monotonic clock, so that a jump fires nothing.
 */
final class Monotonic {
    private final Instant start = Instant.now();
    private final long zero = System.nanoTime();

    Instant now() {
        return start.plusNanos(nanos());
    }

    /** Nanoseconds since the start. */
    long nanos() {
        return System.nanoTime() - zero;
    }

    /** When {@link #nanos()} reaches {@code moment}; what is too far away never comes. */
    long nanosAt(Instant moment) {
        var seconds = moment.getEpochSecond() - start.getEpochSecond();
        if (seconds > Wheel.FOREVER / 1_000_000_000L) return Wheel.FOREVER;
        if (seconds < -1) return 0;
        return Math.max(0, seconds * 1_000_000_000L + moment.getNano() - start.getNano());
    }
}
