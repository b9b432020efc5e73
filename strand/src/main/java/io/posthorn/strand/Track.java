package io.posthorn.strand;

/**
 * One call's history. Any thread of that call; no lock, no formatting: drawing happens on reading.
 */
public interface Track {

    enum Way {
        IN,
        OUT
    }

    /**
     * A message passed.
     *
     * @param link the two ends, as {@link Recorder#link} made it
     * @param label the method or the status code, as it is drawn
     * @param whole kept by reference, and only if the recorder is in full mode
     */
    void message(Way way, String link, String label, byte[] whole);

    /**
     * Body bytes passed; summed per link, session and direction.
     *
     * @param session the media session's own id
     * @param chunks in how many SENDs they passed
     * @param last the head of the last chunk, for drawing
     */
    void media(Way way, String link, String session, long bytes, int chunks, String last);

    /** A step of a procedure was done. */
    void step(String clause, int n, String text);

    /** A step was left out. */
    void skipped(String clause, int n, String why);

    /** Joins this call to others that carry the same value, for example {@code Conversation-ID}. */
    void id(String name, String value);

    /** Once. {@code outcome} is a short sentence: what became of the call. */
    void end(String outcome);
}
