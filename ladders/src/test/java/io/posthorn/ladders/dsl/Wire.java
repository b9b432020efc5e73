package io.posthorn.ladders.dsl;

/** What a ladder runs on. */
public enum Wire {
    SIMULATED,
    SOCKETS,
    /** Sockets of ::1. */
    SOCKETS6
}
