package io.posthorn.strand;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executor;

/**
 * Tables, framing and pumps; nothing here waits. Live: a Netty event loop with a timer wheel.
 * {@link #execute} may be called from any thread and keeps the order of one caller; everything else
 * that belongs to a loop is called on it.
 */
public interface Loop extends Executor {

    /** Goes into every id made here, so that what arrives on another loop can be handed home. */
    int number();

    /** Monotonic, as {@link Strand#now()}. */
    Instant now();

    /** Runs {@code task} on this loop after {@code d}. Loop only. */
    Cancel after(Duration d, Runnable task);

    /** Takes a timer back. Harmless once it has run. Loop only. */
    interface Cancel {
        void cancel();
    }
}
