package io.posthorn.server.config;

/** A setting is wrong: which, where, and what to write instead. */
public final class InvalidConfig extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public InvalidConfig(String what) {
        super(what, null, false, false);
    }
}
