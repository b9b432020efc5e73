/**
 * The program as its users run it: several processes, signals, and what they print.
 *
 * <p>Start reading at {@link io.posthorn.ladders.process.ThreeTerminalsTest}.
 */
@NullMarked
package io.posthorn.ladders.process;

import org.jspecify.annotations.NullMarked;
