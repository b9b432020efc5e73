package io.posthorn.live;

/** The end of the process: SIGTERM, SIGINT, or the last line of main. */
public final class Termination {
    private Termination() {}

    /** Runs {@code last} before the process ends; it may take as long as it must. */
    public static void before(Runnable last) {
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("termination").unstarted(last));
    }
}
