package io.posthorn.strand.sim;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is going to happen, in one queue ordered by (time, seeded tie, number); the
 * simulated time; and the hash of what happened. Whoever calls {@link #next} drives: loops and
 * callbacks run on the driver's thread, a strand runs on its own while the driver waits for it.
 */
final class Agenda {

    static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    static final long NEVER = Long.MAX_VALUE;

    /** More than any honest test does in one moment. */
    private static final int ENTRIES_AT_ONE_MOMENT = 2_000_000;

    enum Kind {
        TASK(1),
        TIMER(2),
        STRAND(3),
        LANE(4),
        CONNECT(5),
        LINK(6),
        DATAGRAM(7),
        NAMES(8),
        FAULT(9);

        /** In the hash of what happened. */
        private final int code;

        Kind(int code) {
            this.code = code;
        }
    }

    /** Who is running: a loop, a strand or a lane. */
    interface Runner {
        int number();
    }

    static final class Entry implements Comparable<Entry> {
        final long time;
        private final long tie;
        private final long number;
        final Kind kind;
        final @Nullable Node owner;
        final @Nullable Runner on;
        @Nullable Runnable what;

        Entry(
                long time,
                long tie,
                long number,
                Kind kind,
                @Nullable Node owner,
                @Nullable Runner on,
                Runnable what) {
            this.time = time;
            this.tie = tie;
            this.number = number;
            this.kind = kind;
            this.owner = owner;
            this.on = on;
            this.what = what;
        }

        boolean idle() {
            return what == null || (owner != null && owner.dead());
        }

        @Override
        public int compareTo(Entry o) {
            int c = Long.compare(time, o.time);
            if (c == 0) c = Long.compare(tie, o.tie);
            return c != 0 ? c : Long.compare(number, o.number);
        }
    }

    final Dice dice;
    private final PriorityQueue<Entry> queue = new PriorityQueue<>();
    private long now;
    private long number;
    private int cancelled;
    private int atThisMoment;
    private long hash = 0x706f7374686f726eL;
    private @Nullable Runner current;
    private @Nullable AssertionError failure;

    Agenda(Dice dice) {
        this.dice = dice;
    }

    /** Nanoseconds since {@link #START}. */
    long now() {
        return now;
    }

    Instant instant() {
        return START.plusNanos(now);
    }

    /** The simulated nanosecond of {@code moment}, or {@link #NEVER} if it is beyond a century. */
    static long nanos(Instant moment) {
        long seconds = moment.getEpochSecond() - START.getEpochSecond();
        if (seconds > 3_155_760_000L) return NEVER;
        if (seconds < -3_155_760_000L) return 0;
        return seconds * 1_000_000_000L + moment.getNano() - START.getNano();
    }

    static long nanos(Duration d) {
        return d.toSeconds() > 3_155_760_000L ? NEVER / 4 : Math.max(0, d.toNanos());
    }

    Entry at(long time, Kind kind, @Nullable Node owner, @Nullable Runner on, Runnable what) {
        var entry = new Entry(Math.max(time, now), dice.next(), ++number, kind, owner, on, what);
        queue.add(entry);
        return entry;
    }

    void cancel(Entry entry) {
        if (entry.what == null) return;
        entry.what = null;
        if (++cancelled > 1_024 && cancelled > queue.size() / 2) {
            queue.removeIf(Entry::idle);
            cancelled = 0;
        }
    }

    /** Runs the next entry that is due by {@code until}; false if there is none. */
    boolean next(long until) {
        while (true) {
            var entry = queue.peek();
            if (entry == null || entry.time > until) return false;
            queue.poll();
            var what = entry.what;
            if (what == null) {
                cancelled = Math.max(0, cancelled - 1);
            } else if (!entry.idle()) {
                run(entry, what);
                return true;
            }
        }
    }

    private void run(Entry entry, Runnable what) {
        advance(entry.time);
        if (++atThisMoment > ENTRIES_AT_ONE_MOMENT)
            throw new AssertionError(
                    "time stands still at " + instant() + ": " + entry.kind + " on " + entry.on);
        trace(entry.kind.code, now, entry.owner == null ? 0 : entry.owner.number());
        trace(entry.on == null ? 0 : entry.on.number());
        entry.what = null;
        as(entry.on, what);
        surface();
    }

    /** Throws what failed since the last time, in the test. */
    void surface() {
        var thrown = failure;
        failure = null;
        if (thrown != null) throw thrown;
    }

    void advance(long time) {
        if (time <= now) return;
        now = time;
        atThisMoment = 0;
    }

    /** Runs {@code what} as {@code runner}; what it throws becomes the failure of the test. */
    void as(@Nullable Runner runner, Runnable what) {
        var before = current;
        current = runner;
        try {
            what.run();
        } catch (Throwable t) {
            fail(runner + " threw " + t, t);
        } finally {
            current = before;
        }
    }

    @Nullable Runner current() {
        return current;
    }

    void current(@Nullable Runner runner) {
        current = runner;
    }

    void fail(String what, Throwable cause) {
        if (failure == null) failure = new AssertionError(what, cause);
        else failure.addSuppressed(cause);
    }

    void trace(long... values) {
        for (long value : values) hash = Dice.mix(hash ^ value) + 0x9e3779b97f4a7c15L;
    }

    void trace(byte[] bytes, int from, int length) {
        var crc = new CRC32C();
        crc.update(bytes, from, length);
        trace(length, crc.getValue());
    }

    long hash() {
        return hash;
    }

    /** What is still to happen, soonest first. */
    List<Entry> pending() {
        var entries = new ArrayList<Entry>();
        for (var entry : queue) if (!entry.idle()) entries.add(entry);
        entries.sort(null);
        return entries;
    }

    void clear() {
        queue.clear();
    }
}
