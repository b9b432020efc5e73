package io.posthorn.strand.ladder;

import java.time.Instant;

/** One line of a ladder. */
public sealed interface Row {

    Instant at();

    /** The clause whose step this is, or nothing. */
    String clause();

    /** The number of a step that was done; 0 if it was left out or there is none. */
    int step();

    /** What stands in the right margin behind the clause, or nothing. */
    String beside();

    /**
     * Something passed from one party to another.
     *
     * @param detail said after the label where there is room, for example {@code 80 chunks,
     *     5,000,000 bytes}
     */
    record Arrow(
            Instant at,
            String from,
            String to,
            String label,
            String detail,
            boolean media,
            String clause,
            int step,
            String beside)
            implements Row {}

    /** A party did something that no message shows. */
    record Deed(Instant at, String party, String clause, int step, String beside) implements Row {}
}
