package io.posthorn.cpm.call;

import io.posthorn.strand.Track;

/** A call's track, which also remembers the steps for the line that is logged at the end. */
final class SeenTrack implements Track {

    /** Ours: a call of many messages repeats the same steps. */
    private static final int LONG = 200;

    private final Track track;
    private String steps = "";
    private int first;
    private int last;

    SeenTrack(Track track) {
        this.track = track;
    }

    @Override
    public void message(Way way, String link, String label, byte[] whole) {
        track.message(way, link, label, whole);
    }

    @Override
    public void media(Way way, String link, String session, long bytes, int chunks, String last) {
        track.media(way, link, session, bytes, chunks, last);
    }

    @Override
    public void step(String clause, int n, String text) {
        if (n != last + 1) flush();
        if (first == 0) first = n;
        last = n;
        track.step(clause, n, text);
    }

    private void flush() {
        if (first != 0 && steps.length() < LONG) {
            steps += first == last ? " " + first : " " + first + "-" + last;
            if (steps.length() >= LONG) steps += " …";
        }
        first = 0;
    }

    @Override
    public void skipped(String clause, int n, String why) {
        if (n == last + 1 && first != 0) last = n;
        track.skipped(clause, n, why);
    }

    @Override
    public void id(String name, String value) {
        track.id(name, value);
    }

    @Override
    public void end(String outcome) {
        track.end(outcome);
    }

    @Override
    public String toString() {
        return track.toString();
    }

    /** Strand only, as are steps. */
    String steps() {
        flush();
        return steps.isEmpty() ? "" : "  steps" + steps;
    }
}
