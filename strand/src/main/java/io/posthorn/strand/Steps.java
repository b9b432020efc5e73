package io.posthorn.strand;

import java.util.function.Supplier;

/**
 * Says which step of which clause is being done, where it is done. Import the methods statically.
 * They find the track and the clause by themselves, wherever {@link #in} has bound them; elsewhere
 * they do nothing.
 */
public final class Steps {

    private static final ScopedValue<At> AT = ScopedValue.newInstance();

    private static final class At {
        final Track track;
        final String clause;
        String heading;

        At(Track track, String clause) {
            this.track = track;
            this.clause = clause;
            this.heading = clause;
        }
    }

    private Steps() {}

    /** Runs {@code body} as the procedure that {@code procedure} is, by its {@link Clause}. */
    public static void in(Track track, Class<?> procedure, Runnable body) {
        ScopedValue.where(AT, new At(track, clauseOf(procedure))).run(body);
    }

    /**
     * As {@link #in(Track, Class, Runnable)} on the same track: one clause sends its reader to
     * another.
     */
    public static <T> T in(Class<?> procedure, Supplier<T> body) {
        if (!AT.isBound()) return body.get();
        return ScopedValue.where(AT, new At(AT.get().track, clauseOf(procedure))).call(body::get);
    }

    /**
     * The clause begins another list of steps, headed "upon {@code what}"; they are numbered from 1
     * again.
     */
    public static void upon(String what) {
        if (!AT.isBound()) return;
        var at = AT.get();
        // The histories of thousands of calls hold it; there are as many as the pages have blocks.
        at.heading = (at.clause + ", upon " + what).intern();
    }

    /** This is step {@code n}. */
    public static void step(int n, String text) {
        if (!AT.isBound()) return;
        var at = AT.get();
        at.track.step(at.heading, n, text);
    }

    /** Step {@code n} is left out, and why. */
    public static void skips(int n, String why) {
        if (!AT.isBound()) return;
        var at = AT.get();
        at.track.skipped(at.heading, n, why);
    }

    private static String clauseOf(Class<?> procedure) {
        var clause = procedure.getAnnotation(Clause.class);
        if (clause == null)
            throw new IllegalStateException(procedure.getName() + " has no @Clause");
        return clause.value();
    }
}
