/**
 * Scenarios among named parties: a unit under test and plain peers around it, written from the RFCs
 * without our codecs, in the simulation or on real sockets.
 *
 * <p>May use: the ports of {@link io.posthorn.strand}, {@code java.net} for the peers. Start
 * reading at {@link io.posthorn.ladders.dsl.Scenario}.
 */
@NullMarked
package io.posthorn.ladders.dsl;

import org.jspecify.annotations.NullMarked;
