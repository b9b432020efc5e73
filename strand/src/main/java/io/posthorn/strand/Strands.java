package io.posthorn.strand;

import java.util.concurrent.Callable;
import java.util.function.Consumer;

/** Starts strands, and runs their blocking work where it holds up nobody. */
public interface Strands {

    /**
     * Starts a strand.
     *
     * @param body runs on the new strand; what it throws is recorded and logged, in a simulation
     *     rethrown in the test
     * @param unread gets each event that was left over when {@code body} returned, so that no
     *     request stays unanswered
     */
    <E> Strand<E> start(Track track, Consumer<Strand<E>> body, Consumer<E> unread);

    /**
     * As {@link #start(Track, Consumer, Consumer)}, for a strand that has most to do with what
     * lives on {@code home}: its alarms ring there, so that they wake no other loop.
     */
    <E> Strand<E> start(Loop home, Track track, Consumer<Strand<E>> body, Consumer<E> unread);

    /**
     * Runs {@code work} in a lane and parks the calling strand until it is done. For ports, not for
     * procedures.
     *
     * @throws Exception what {@code work} threw
     */
    <T> T call(Lane lane, Callable<T> work) throws Exception;

    /** Runs {@code work} in a lane without waiting for it; it must report by itself. From loops. */
    void run(Lane lane, Runnable work);
}
