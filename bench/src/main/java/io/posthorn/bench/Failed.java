package io.posthorn.bench;

/** Nothing could be measured: the reason, and the exit code. */
final class Failed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The exit code of whatever was refused or failed. */
    static final int FAILED = 1;

    /** The exit code when no server answers. */
    static final int NO_SERVER = 3;

    private final int code;

    Failed(int code, String why) {
        super(why, null, false, false);
        this.code = code;
    }

    int code() {
        return code;
    }
}
