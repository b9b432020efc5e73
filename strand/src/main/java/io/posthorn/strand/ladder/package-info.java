/**
 * Draws what recorded calls did as ladders, in text for a terminal and as Mermaid. Knows no
 * protocol: labels and links are text.
 *
 * <p>May use: the records of {@link io.posthorn.strand}. Start reading at {@link
 * io.posthorn.strand.ladder.Ladder}.
 */
@NullMarked
package io.posthorn.strand.ladder;

import org.jspecify.annotations.NullMarked;
