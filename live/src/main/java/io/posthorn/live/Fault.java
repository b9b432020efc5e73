package io.posthorn.live;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/**
 * What becomes of a {@code Throwable} that nobody below caught: a log line, and the loop goes on.
 */
final class Fault {
    private static final Logger LOG = System.getLogger("io.posthorn.live");

    /**
     * Ours: the status of a process that ran out of memory, apart from 1 (refused) and 2 (usage).
     */
    private static final int OUT_OF_MEMORY = 70;

    private Fault() {}

    /** Runs {@code task}; what it throws is logged as {@code where}'s. */
    static void contain(String where, Runnable task) {
        try {
            task.run();
        } catch (Throwable bug) {
            log(where, bug);
        }
    }

    static void log(String where, Throwable bug) {
        // An allocation that failed at an unknown place leaves half-changed tables behind: what was
        // promised is on disk, so stop here and start clean.
        if (bug instanceof OutOfMemoryError) {
            System.err.println("posthorn: out of memory (" + where + "), stopping: " + bug);
            Runtime.getRuntime().halt(OUT_OF_MEMORY);
        }
        LOG.log(Level.ERROR, "bug in " + where + ": " + bug, bug);
    }

    static void debug(String what, Throwable why) {
        LOG.log(Level.DEBUG, () -> what + ": " + why);
    }
}
