/**
 * What a running server costs: {@link io.posthorn.bench.Main} starts one as a process of its own,
 * sends messages through it from this process, compares every byte that arrives, and reads the
 * server's CPU time and memory from the operating system.
 *
 * <p>May use everything. Start reading at {@link io.posthorn.bench.LmmCommand}.
 */
@NullMarked
package io.posthorn.bench;

import org.jspecify.annotations.NullMarked;
