package io.posthorn.sip.dialog;

import io.posthorn.strand.Loop;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Runs one leg's {@link SessionTimer}. Loop only. */
final class SessionClock {

    private final Loop loop;
    private final Runnable refresh;
    private final Runnable expired;
    private @Nullable SessionTimer timer;
    private Loop.@Nullable Cancel refreshing;
    private Loop.@Nullable Cancel expiring;

    SessionClock(Loop loop, Runnable refresh, Runnable expired) {
        this.loop = loop;
        this.refresh = refresh;
        this.expired = expired;
    }

    /** Begins a new interval; empty: the session does not expire. */
    void start(Optional<SessionTimer> agreed) {
        stop();
        if (agreed.isEmpty()) return;
        var now = agreed.get();
        timer = now;
        if (now.weRefresh()) refreshing = loop.after(now.refreshAfter(), refresh);
        expiring = loop.after(now.endAfter(), expired);
    }

    void stop() {
        if (refreshing != null) refreshing.cancel();
        if (expiring != null) expiring.cancel();
        timer = null;
        refreshing = null;
        expiring = null;
    }

    /** Refreshes once more in this interval. */
    void refreshAfter(Duration wait) {
        if (timer != null) refreshing = loop.after(wait, refresh);
    }

    @Nullable SessionTimer timer() {
        return timer;
    }
}
