/**
 * Strands, loops and the ports to the world. No protocol, no sockets, no files: {@code live}
 * implements these ports for real, {@link io.posthorn.strand.sim} from one seed.
 *
 * <p>May use: the JDK and {@code io.netty.buffer}. Start reading at {@link
 * io.posthorn.strand.Strand}, then {@link io.posthorn.strand.Loop}.
 */
@NullMarked
package io.posthorn.strand;

import org.jspecify.annotations.NullMarked;
