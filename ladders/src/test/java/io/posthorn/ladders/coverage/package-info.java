/**
 * Which rows of the conformance list the ladders prove, which steps of which clause they pass
 * through, and {@code SPECS.md} made of both.
 *
 * <p>May use: JUnit, ArchUnit, the recorder. Start reading at {@link
 * io.posthorn.ladders.coverage.LadderTest}.
 */
@NullMarked
package io.posthorn.ladders.coverage;

import org.jspecify.annotations.NullMarked;
