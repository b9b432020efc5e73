package io.posthorn.live;

import io.posthorn.strand.Clock;
import java.time.Instant;

/** The machine's wall clock. */
final class LiveClock implements Clock {
    @Override
    public Instant wall() {
        return Instant.now();
    }
}
