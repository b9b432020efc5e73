package io.posthorn.strand;

import java.util.List;

/**
 * All ports of one node. {@code live} makes it once, {@link io.posthorn.strand.sim.Simulation} per
 * simulated node.
 */
public interface World {
    Strands strands();

    /**
     * One per core; at least two, also in tests, so that handing over between loops is exercised.
     */
    List<Loop> loops();

    Clock clock();

    Entropy entropy();

    Names names();

    Net net();

    Disk disk();

    Recorder recorder();
}
