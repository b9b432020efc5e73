package io.posthorn.strand.sim;

import io.posthorn.strand.World;
import java.time.Duration;
import java.time.Instant;

/**
 * Every port of every node, from one seed. The same seed and the same calls give the same history.
 */
public final class Simulation implements AutoCloseable {

    public Simulation(long seed) {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * The node called {@code name}, with a disk of its own and the network shared; the same node
     * for the same name.
     */
    public World node(String name) {
        throw new UnsupportedOperationException("being written");
    }

    /** Simulated time. */
    public Instant now() {
        throw new UnsupportedOperationException("being written");
    }

    /** Runs what is due now, until every strand waits and nothing is left at this moment. */
    public void settle() {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * Lets {@code d} pass, stopping at each moment on the way. Rethrows what any strand or task
     * threw.
     */
    public void pass(Duration d) {
        throw new UnsupportedOperationException("being written");
    }

    /** Runs until {@code done} says true, or fails after {@code limit} of simulated time. */
    public void until(java.util.function.BooleanSupplier done, Duration limit) {
        throw new UnsupportedOperationException("being written");
    }

    /** Hash of everything that happened so far; equal for equal seeds. */
    public long traceHash() {
        throw new UnsupportedOperationException("being written");
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException("being written");
    }
}
