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
    /** Ours: so many, and the loop has its turn again. */
    private static final int TOGETHER = 256;

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
        soon();
    }

    private void soon() {
        if (due.get() || !due.compareAndSet(false, true)) return;
        try {
            loop.events().execute(this::turn);
        } catch (RejectedExecutionException closed) {
            // Somebody may still wait for it.
            Fault.debug(loop + " is closed, a strand goes on elsewhere", closed);
            due.set(false);
            runElsewhere();
        }
    }

    private void turn() {
        due.set(false);
        for (int i = 0; i < TOGETHER; i++) {
            var strand = ready.poll();
            if (strand == null) return;
            begun = begun + 1;
            strand.run();
        }
        if (!ready.isEmpty()) soon();
    }

    /** Runs elsewhere what is ready, if the loop has not begun anything since the last look. */
    void relieve() {
        var now = begun;
        if (ready.isEmpty()) {
            waiting = -1;
        } else if (waiting != now) {
            waiting = now;
        } else {
            runElsewhere();
        }
    }

    private void runElsewhere() {
        Thread.ofPlatform().daemon().name(loop + "-relieved").start(this::runAll);
    }

    private void runAll() {
        for (var strand = ready.poll(); strand != null; strand = ready.poll()) strand.run();
    }
}
