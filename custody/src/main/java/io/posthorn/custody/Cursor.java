package io.posthorn.custody;

import io.posthorn.strand.BodySource;

/** One device's place in a spool. What every open cursor has passed is freed. Loop only. */
public interface Cursor extends BodySource {
    void close();
}
