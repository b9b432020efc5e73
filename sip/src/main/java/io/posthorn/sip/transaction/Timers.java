package io.posthorn.sip.transaction;

import io.posthorn.strand.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The running timers of one transaction. Loop only. */
final class Timers {

    private final Loop loop;
    private final List<Loop.Cancel> running = new ArrayList<>(4);
    private boolean stopped;

    Timers(Loop loop) {
        this.loop = loop;
    }

    /** No time at all fires at once, within this call. */
    void start(Duration after, Runnable fired) {
        if (stopped) return;
        if (after.isZero()) fired.run();
        else running.add(loop.after(after, () -> fire(fired)));
    }

    private void fire(Runnable fired) {
        if (!stopped) fired.run();
    }

    void stopAll() {
        stopped = true;
        running.forEach(Loop.Cancel::cancel);
        running.clear();
    }
}
