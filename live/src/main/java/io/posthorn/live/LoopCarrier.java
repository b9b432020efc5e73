package io.posthorn.live;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs what is ready of one loop's strands, between two turns of that loop. Any thread hands it in.
 */
final class LoopCarrier implements Executor {
    private final LiveLoop loop;
    private final Queue<Runnable> ready = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean due = new AtomicBoolean();

    /** What the loop has begun to run so far; written by its thread only. */
    private volatile long begun;

    /** What had been begun when something was ready at the last look; the watch's own. */
    private long waiting = -1;

    LoopCarrier(LiveLoop loop) {
        this.loop = loop;
    }

    @Override
    public void execute(Runnable strand) {
        ready.add(strand);
        if (due.get() || !due.compareAndSet(false, true)) return;
        try {
            loop.events().execute(this::turn);
        } catch (RejectedExecutionException closed) {
            // Somebody who waits for a strand may outlive the loop: relieve() finds it.
            Fault.debug(loop + " is closed, a strand goes on elsewhere", closed);
        }
    }

    private void turn() {
        due.set(false);
        for (var strand = ready.poll(); strand != null; strand = ready.poll()) {
            begun = begun + 1;
            strand.run();
        }
    }

    /** Runs elsewhere what is ready, if the loop has not begun anything since the last look. */
    void relieve() {
        var now = begun;
        if (ready.isEmpty()) {
            waiting = -1;
        } else if (waiting != now) {
            waiting = now;
        } else {
            Thread.ofPlatform().daemon().name(loop + "-relieved").start(this::elsewhere);
        }
    }

    private void elsewhere() {
        for (var strand = ready.poll(); strand != null; strand = ready.poll()) strand.run();
    }
}
