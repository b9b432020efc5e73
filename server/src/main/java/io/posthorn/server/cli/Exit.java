package io.posthorn.server.cli;

/** What the exit codes mean. */
final class Exit {
    static final int DONE = 0;

    /** Refused or failed; the reason and its clause are on stderr. */
    static final int FAILED = 1;

    static final int USAGE = 2;

    static final int NO_SERVER = 3;

    private Exit() {}
}
