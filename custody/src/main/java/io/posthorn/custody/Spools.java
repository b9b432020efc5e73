package io.posthorn.custody;

import io.posthorn.strand.Loop;
import io.posthorn.strand.Track;

/** All spools of one node, and the memory and files they share. */
public interface Spools {

    /**
     * Opens a spool for one message. Any thread; the spool belongs to {@code home}.
     *
     * @param expected bytes, or -1 if nobody knows
     */
    Spool open(Loop home, Track track, long expected);
}
