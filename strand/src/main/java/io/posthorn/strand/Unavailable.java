package io.posthorn.strand;

import org.jspecify.annotations.Nullable;

/** The world failed: a port could not serve. The message names the port and the thing. */
public final class Unavailable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public Unavailable(String what, @Nullable Throwable cause) {
        super(what, cause);
    }
}
