package io.posthorn.bench;

import io.posthorn.strand.Track;

/** Keeps nothing: it is the server's history that costs, not ours. */
enum Unrecorded implements Track {
    TRACK;

    @Override
    public void message(Way way, String link, String label, byte[] whole) {}

    @Override
    public void media(Way way, String link, String session, long bytes, int chunks, String last) {}

    @Override
    public void step(String clause, int n, String text) {}

    @Override
    public void skipped(String clause, int n, String why) {}

    @Override
    public void id(String name, String value) {}

    @Override
    public void end(String outcome) {}
}
