package io.posthorn.sip.transaction;

import io.posthorn.strand.Loop;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The running timers of one transaction. Loop only. */
final class Timers {

    private final Loop loop;
    private @Nullable Running first;
    private boolean over;

    Timers(Loop loop) {
        this.loop = loop;
    }

    /** No time at all fires at once, within this call. */
    void start(Duration after, Runnable fired) {
        if (over) return;
        if (after.isZero()) fired.run();
        else first = new Running(after, fired, first);
    }

    /** Those that run are of no more use. */
    void stop() {
        for (var each = first; each != null; each = each.next) each.cancel.cancel();
        first = null;
    }

    /** None will be started any more. */
    void end() {
        over = true;
        stop();
    }

    private void remove(Running fired) {
        if (fired == first) {
            first = fired.next;
            return;
        }
        for (var each = first; each != null; each = each.next)
            if (each.next == fired) each.next = fired.next;
    }

    private final class Running implements Runnable {
        private final Loop.Cancel cancel;
        private final Runnable fired;
        private @Nullable Running next;

        @SuppressWarnings("this-escape")
        Running(Duration after, Runnable fired, @Nullable Running next) {
            this.fired = fired;
            this.next = next;
            this.cancel = loop.after(after, this);
        }

        @Override
        public void run() {
            remove(this);
            fired.run();
        }
    }
}
