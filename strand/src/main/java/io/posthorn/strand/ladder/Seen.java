package io.posthorn.strand.ladder;

import io.posthorn.strand.Track.Way;
import java.time.Instant;

/** One thing that a node saw pass or did, as its recorder kept it. */
public sealed interface Seen {

    Instant at();

    /**
     * A message passed.
     *
     * @param link {@code local>remote}
     */
    record Message(Instant at, Way way, String link, String label) implements Seen {}

    /**
     * A body passed, chunk by chunk.
     *
     * @param at when its first byte passed
     * @param link {@code local>remote}
     */
    record Media(Instant at, Way way, String link, String label, long chunks, long bytes)
            implements Seen {}

    /** A step of a procedure was done. */
    record Step(Instant at, String clause, int n, String text) implements Seen {}

    /** A step was left out. */
    record Skipped(Instant at, String clause, int n, String why) implements Seen {}
}
