package io.posthorn.strand;

import io.posthorn.strand.MemoryRecorder.Entry;
import io.posthorn.strand.MemoryRecorder.Message;
import io.posthorn.strand.MemoryRecorder.Mode;
import io.posthorn.strand.MemoryRecorder.Skipped;
import io.posthorn.strand.MemoryRecorder.Step;
import java.util.Arrays;
import java.util.List;

/**
 * The steps and messages of one call, the beginning and the end of them if there are more than its
 * mode allows. Laid side by side into two arrays, not kept as records: thousands of calls are kept
 * at any time, and the garbage collector visits every object of theirs. Not for several threads.
 */
final class Entries {

    /** Which record an entry is read as; a {@code WHOLE} message is kept as the record it is. */
    private enum Kind {
        STEP,
        SKIPPED,
        IN,
        OUT,
        WHOLE
    }

    private static final Kind[] KINDS = Kind.values();

    /** Ours: most of what a call with one message has, which is about 30. */
    private static final int ROOM = 24;

    /** Ours: longer than nearly all words that we write ourselves. */
    private static final int LONG = 48;

    private final Mode mode;

    /** Two an entry: when it was, and its kind with the number of its step. */
    private long[] numbers = new long[2 * ROOM];

    /** Two an entry: clause and text, or link and label, or the whole message and nothing. */
    private Object[] words = new Object[2 * ROOM];

    private long added;

    Entries(Mode mode) {
        this.mode = mode;
    }

    void step(long nanos, String clause, int n, String text) {
        add(nanos, Kind.STEP, n, clause, text);
    }

    void skipped(long nanos, String clause, int n, String why) {
        add(nanos, Kind.SKIPPED, n, clause, why);
    }

    void message(long nanos, Track.Way way, String link, String label) {
        add(nanos, way == Track.Way.IN ? Kind.IN : Kind.OUT, 0, link, label);
    }

    void whole(Message message) {
        add(message.nanos(), Kind.WHOLE, 0, message, "");
    }

    private void add(long nanos, Kind kind, int n, Object first, String second) {
        int at = 2 * place(added++);
        if (at == numbers.length) grow();
        numbers[at] = nanos;
        // The number of a step may be any int: it has the upper half to itself.
        numbers[at + 1] = (long) n << Integer.SIZE | kind.ordinal();
        words[at] = first;
        words[at + 1] = second;
    }

    /** The first entries stay where they are; the others take turns in the places that are left. */
    private int place(long entry) {
        return (int) (entry < mode.first ? entry : mode.first + (entry - mode.first) % mode.last);
    }

    private void grow() {
        int places = numbers.length / 2;
        int most = mode.first + mode.last;
        int room = 2 * Math.min(most, places + places / 2);
        numbers = Arrays.copyOf(numbers, room);
        words = Arrays.copyOf(words, room);
    }

    /** How many were left out of the middle. */
    long omitted() {
        return Math.max(0, added - mode.first - mode.last);
    }

    /** Adds all that are kept to {@code to}, in the order in which they came. */
    void read(List<Entry> to) {
        for (long entry = 0; entry < Math.min(added, mode.first); entry++) to.add(entry(entry));
        for (long entry = mode.first + omitted(); entry < added; entry++) to.add(entry(entry));
    }

    private Entry entry(long entry) {
        int at = 2 * place(entry);
        long nanos = numbers[at];
        int n = (int) (numbers[at + 1] >> Integer.SIZE);
        return switch (KINDS[(int) numbers[at + 1]]) {
            case STEP -> new Step(nanos, (String) words[at], n, second(at));
            case SKIPPED -> new Skipped(nanos, (String) words[at], n, second(at));
            case IN -> new Message(nanos, Track.Way.IN, (String) words[at], second(at), null);
            case OUT -> new Message(nanos, Track.Way.OUT, (String) words[at], second(at), null);
            case WHOLE -> (Message) words[at];
        };
    }

    private String second(int at) {
        return (String) words[at + 1];
    }

    /** About how much memory these take, but for the bytes of whole messages. */
    long bytes() {
        // Ours, as measured: most words are constants, some codes and links are the call's own.
        int own = mode == Mode.FULL ? 64 : 16;
        int size = (int) Math.min(added, mode.first + mode.last);
        // What a peer can make long counts, or it would outgrow the ring.
        long more = 0;
        for (int at = 0; at < 2 * size; at++)
            if (words[at] instanceof String word && word.length() > LONG) more += word.length();
        return (Long.BYTES + Integer.BYTES) * (long) numbers.length + own * size + more;
    }
}
