package io.posthorn.strand;

/**
 * Where blocking work runs: platform threads, as file and native calls on virtual threads delay
 * other strands.
 */
public enum Lane {
    /** Files; two threads. */
    DISK,
    /** The embedded database; one writer, two readers. */
    DATABASE
}
