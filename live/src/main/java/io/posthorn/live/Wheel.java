package io.posthorn.live;

import io.posthorn.strand.Loop;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The timers of one loop. Setting and cancelling cost the same however many there are, and a
 * cancelled timer is gone at once: SIP sets a 32 s timer per transaction and takes nearly all of
 * them back. Loop only.
 */
final class Wheel {
    /** Ours: a timer runs up to 10 ms late; never early. */
    static final long TICK = 10_000_000;

    /** Ours: one turn is 41 s, so that the 32 s timers of RFC 3261 are touched once. */
    private static final int SLOTS = 4096;

    private static final int MASK = SLOTS - 1;

    /** Far enough for any timer, and safe to add to. */
    static final long FOREVER = Long.MAX_VALUE / 4;

    /** Asks for a call of {@link Wheel#turn} after some nanoseconds. */
    interface Alarm {
        void in(long nanos);
    }

    private static final Comparator<Timer> DUE = Comparator.comparingLong(timer -> timer.at);

    /** The first timer of each slot; they are a ring in the order in which they were set. */
    private final @Nullable Timer[] slots = new @Nullable Timer[SLOTS];

    private final BitSet used = new BitSet(SLOTS);
    private final Alarm alarm;
    private final String owner;
    private long done;
    private long next = Long.MAX_VALUE;
    private int size;

    Wheel(String owner, Alarm alarm) {
        this.owner = owner;
        this.alarm = alarm;
    }

    /** Timers that are set and have not run. */
    int size() {
        return size;
    }

    /** Runs {@code task} at {@code now + delay}, both in nanoseconds. */
    Loop.Cancel set(long now, long delay, Runnable task) {
        if (size == 0) done = now / TICK;
        var timer = new Timer(now + Math.clamp(delay, 0, FOREVER), task);
        add(timer);
        wake(now, timer.tick());
        return timer;
    }

    /** Runs what is due at {@code now}, the earliest first. */
    void turn(long now) {
        next = Long.MAX_VALUE;
        var tick = now / TICK;
        var due = collect(tick);
        done = Math.max(done, tick);
        // Stable: what is due at the same time runs as it was set.
        due.sort(DUE);
        for (var timer : due) {
            if (timer.state != State.DUE) continue;
            timer.state = State.OVER;
            Fault.contain("a timer of " + owner, timer.task);
        }
        if (size > 0) wake(now, earliest());
    }

    private List<Timer> collect(long tick) {
        var due = new ArrayList<Timer>();
        var turns = Math.min(tick - done, SLOTS);
        for (long i = 1; i <= turns; i++) {
            var first = slots[slot(done + i)];
            var last = first == null ? null : first.before;
            for (var timer = first; timer != null; ) {
                var after = timer == last ? null : timer.after;
                if (timer.tick() <= tick) {
                    remove(timer);
                    timer.state = State.DUE;
                    due.add(timer);
                }
                timer = after;
            }
        }
        return due;
    }

    /** The tick of the next slot in use; a timer of a later turn makes it come too early. */
    private long earliest() {
        var from = slot(done + 1);
        var slot = used.nextSetBit(from);
        if (slot < 0) slot = used.nextSetBit(0) + SLOTS;
        return done + 1 + slot - from;
    }

    private void wake(long now, long tick) {
        if (tick >= next) return;
        next = tick;
        alarm.in(tick * TICK - now);
    }

    private static int slot(long tick) {
        return (int) tick & MASK;
    }

    private void add(Timer timer) {
        var slot = slot(timer.tick());
        var first = slots[slot];
        if (first == null) {
            slots[slot] = timer;
            used.set(slot);
        } else {
            first.before.link(timer);
            timer.link(first);
        }
        size++;
    }

    private void remove(Timer timer) {
        var slot = slot(timer.tick());
        if (timer.after == timer) {
            slots[slot] = null;
            used.clear(slot);
        } else {
            timer.before.link(timer.after);
            if (slots[slot] == timer) slots[slot] = timer.after;
            // Whoever keeps the handle must not keep the others.
            timer.link(timer);
        }
        size--;
    }

    private enum State {
        SET,
        DUE,
        OVER
    }

    private final class Timer implements Loop.Cancel {
        final long at;
        Runnable task;
        State state = State.SET;
        Timer before = this;
        Timer after = this;

        Timer(long at, Runnable task) {
            this.at = at;
            this.task = task;
        }

        /** The first tick behind its time: never earlier than that. */
        long tick() {
            return at / TICK + 1;
        }

        void link(Timer next) {
            after = next;
            next.before = this;
        }

        @Override
        public void cancel() {
            if (state == State.SET) remove(this);
            state = State.OVER;
            // Whoever keeps the handle must not keep what the task held.
            task = GONE;
        }
    }

    private static final Runnable GONE = () -> {};
}
