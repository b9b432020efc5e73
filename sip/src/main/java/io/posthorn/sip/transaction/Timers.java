package io.posthorn.sip.transaction;

import io.posthorn.strand.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The running timers of one transaction. Loop only. */
final class Timers {

    private final Loop loop;
    private final List<Running> running = new ArrayList<>(4);
    private boolean stopped;

    Timers(Loop loop) {
        this.loop = loop;
    }

    /** No time at all fires at once, within this call. */
    void start(Duration after, Runnable fired) {
        if (stopped) return;
        if (after.isZero()) fired.run();
        else running.add(new Running(after, fired));
    }

    void stopAll() {
        stopped = true;
        running.forEach(each -> each.cancel.cancel());
        running.clear();
    }

    private final class Running {
        private final Loop.Cancel cancel;
        private final Runnable fired;

        Running(Duration after, Runnable fired) {
            this.fired = fired;
            this.cancel = loop.after(after, this::fire);
        }

        private void fire() {
            running.remove(this);
            if (!stopped) fired.run();
        }
    }
}
