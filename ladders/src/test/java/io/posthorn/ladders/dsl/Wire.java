package io.posthorn.ladders.dsl;

/** What a ladder runs on. */
public enum Wire {
    SIMULATED,
    SOCKETS
}
