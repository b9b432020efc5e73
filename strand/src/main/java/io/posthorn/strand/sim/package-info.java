/**
 * All ports of {@link io.posthorn.strand} simulated from one seed: one queue of everything that can
 * happen, ordered by (time, seeded tie, number). Main code, not test code, so that every module and
 * every user can test with it.
 *
 * <p>May use: {@link io.posthorn.strand}, threads. Start reading at {@link
 * io.posthorn.strand.sim.Simulation}.
 */
@NullMarked
package io.posthorn.strand.sim;

import org.jspecify.annotations.NullMarked;
