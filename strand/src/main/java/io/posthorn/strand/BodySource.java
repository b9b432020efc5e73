package io.posthorn.strand;

/** Where a body comes from. Loop only. */
public interface BodySource {

    /** The length in bytes, or -1 while unknown. */
    long total();

    /**
     * Bytes from the start that can be written now, without waiting for a disk; one less than
     * received until the body is complete, so that no peer can believe it has what the sender may
     * still abort.
     */
    long sendable();

    boolean complete();

    /** True once the body will never be complete: what was sent of it ends with {@code #}. */
    boolean aborted();

    /**
     * Writes {@code count} bytes from offset {@code at} to {@code to}; they lie below {@link
     * #sendable()}.
     */
    void write(long at, int count, Link to);

    /**
     * Calls {@code more} once, on the loop, when {@link #sendable()} grew or the body became
     * complete or aborted.
     */
    void whenMore(Runnable more);
}
