package io.posthorn.strand;

import java.time.Instant;

/**
 * The wall clock, for dates that are printed or stored; it may jump. Time-outs use {@link Loop} and
 * {@link Strand}.
 */
public interface Clock {
    Instant wall();
}
