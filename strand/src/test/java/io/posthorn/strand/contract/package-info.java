/**
 * What every implementation of the ports does, as abstract tests: a world extends them. The
 * simulation does so here, the real one in its own module.
 *
 * <p>May use: {@link io.posthorn.strand}, JUnit, AssertJ. Start reading at {@code LoopContract}.
 */
@NullMarked
package io.posthorn.strand.contract;

import org.jspecify.annotations.NullMarked;
