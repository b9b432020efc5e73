/**
 * Random histories: users, their devices and their messages while things go wrong, all of it real
 * but for the machines and the network, each history from one seed; afterwards a ledger. Uses the
 * server as it is wired, its clients, and the simulation.
 *
 * <p>Start reading at {@code Storm}.
 */
@NullMarked
package io.posthorn.ladders.storm;

import org.jspecify.annotations.NullMarked;
