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
 * mode allows. Laid side by side into arrays, not kept as records: thousands of calls are kept at
 * any time, and the garbage collector visits every object of theirs. Not for several threads.
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

    /** Bits of a time that hold its kind; what is left reaches for 36 years. */
    private static final int KIND_BITS = 3;

    /** Ours: what a call of two legs has before its first MSRP message. */
    private static final int ROOM = 32;

    /** Ours: longer than nearly all words that we write ourselves. */
    private static final int LONG = 48;

    private final Mode mode;

    /** When it was, and its kind. */
    private long[] times = new long[ROOM];

    /** The number of its step; of a message 0. */
    private int[] numbers = new int[ROOM];

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
        int at = place(added++);
        if (at == times.length) grow();
        times[at] = nanos << KIND_BITS | kind.ordinal();
        numbers[at] = n;
        words[2 * at] = first;
        words[2 * at + 1] = second;
    }

    /** The first entries stay where they are; the others take turns in the places that are left. */
    private int place(long entry) {
        return (int) (entry < mode.first ? entry : mode.first + (entry - mode.first) % mode.last);
    }

    private void grow() {
        int most = mode.first + mode.last;
        int room = Math.min(most, times.length + times.length / 2);
        times = Arrays.copyOf(times, room);
        numbers = Arrays.copyOf(numbers, room);
        words = Arrays.copyOf(words, 2 * room);
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
        int at = place(entry);
        long nanos = times[at] >> KIND_BITS;
        var first = words[2 * at];
        var second = (String) words[2 * at + 1];
        return switch (KINDS[(int) times[at] & (1 << KIND_BITS) - 1]) {
            case STEP -> new Step(nanos, (String) first, numbers[at], second);
            case SKIPPED -> new Skipped(nanos, (String) first, numbers[at], second);
            case IN -> new Message(nanos, Track.Way.IN, (String) first, second, null);
            case OUT -> new Message(nanos, Track.Way.OUT, (String) first, second, null);
            case WHOLE -> (Message) first;
        };
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
        int reference = Integer.BYTES; // to a word, as long as the heap is below 32 GiB
        int entry = Long.BYTES + Integer.BYTES + 2 * reference;
        return (long) entry * times.length + own * size + more;
    }
}
