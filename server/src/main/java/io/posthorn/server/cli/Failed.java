package io.posthorn.server.cli;

/** A command could not do what it was told: the reason, and where it is known the clause. */
final class Failed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int code;

    Failed(int code, String why) {
        super(why, null, false, false);
        this.code = code;
    }

    int code() {
        return code;
    }
}
