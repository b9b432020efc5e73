package io.posthorn.live;

import io.posthorn.strand.Lane;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Strand;
import io.posthorn.strand.Strands;
import io.posthorn.strand.Track;
import io.posthorn.strand.Unavailable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Strands on virtual threads. */
final class LiveStrands implements Strands {
    /** Ours: more unread events than any call makes; beyond it the poster answers 503. */
    static final int INBOX = 1024;

    private final Monotonic time;
    private final List<LiveLoop> loops;
    private final Lanes lanes;
    private final Carriers carriers;
    private final AtomicLong numbers = new AtomicLong();
    private final Set<Running<?>> running = ConcurrentHashMap.newKeySet();
    private volatile boolean closing;

    LiveStrands(Monotonic time, List<LiveLoop> loops, Lanes lanes, Carriers carriers) {
        this.time = time;
        this.loops = loops;
        this.lanes = lanes;
        this.carriers = carriers;
    }

    @Override
    public <E> Strand<E> start(Track track, Consumer<Strand<E>> body, Consumer<E> unread) {
        return start(loops.get((int) (numbers.get() % loops.size())), track, body, unread);
    }

    @Override
    public <E> Strand<E> start(
            Loop home, Track track, Consumer<Strand<E>> body, Consumer<E> unread) {
        if (closing) throw new Unavailable("strands are closed", null);
        var name = "strand-" + numbers.getAndIncrement();
        var strand = new Running<E>(name, track, LiveLoop.of(home), unread);
        running.add(strand);
        strand.start(body);
        return strand;
    }

    @Override
    public <T> T call(Lane lane, Callable<T> work) throws Exception {
        return lanes.call(lane, work);
    }

    @Override
    public void run(Lane lane, Runnable work) {
        lanes.run(lane, work);
    }

    /** Interrupts every strand and waits up to 5 s until they have answered their unread events. */
    void close() throws InterruptedException {
        closing = true;
        var limit = time.nanos() + 5_000_000_000L;
        for (var strand : running) strand.thread.interrupt();
        for (var strand : running) {
            var left = limit - time.nanos();
            if (left > 0) strand.thread.join(Duration.ofNanos(left));
        }
    }

    private final class Running<E> implements Strand<E> {
        private final String name;
        private final Track track;
        private final LiveLoop home;
        private final Consumer<E> unread;
        private final ArrayDeque<E> inbox = new ArrayDeque<>(2);
        private boolean ended;

        /** Set by {@link #start} before anyone else sees this strand. */
        private Thread thread = Thread.currentThread();

        /** The strand's own: when its alarm rings, and the alarm; one for many awaits. */
        private long alarmAt = Long.MAX_VALUE;

        private @Nullable Alarm alarm;

        Running(String name, Track track, LiveLoop home, Consumer<E> unread) {
            this.name = name;
            this.track = track;
            this.home = home;
            this.unread = unread;
        }

        void start(Consumer<Strand<E>> body) {
            thread = carriers.unstarted(home, name, () -> live(body));
            thread.start();
        }

        private void live(Consumer<Strand<E>> body) {
            try {
                body.accept(this);
            } catch (Throwable bug) {
                fail(bug);
            } finally {
                disarm();
                for (var event : end()) Fault.contain(name, () -> unread.accept(event));
                running.remove(this);
            }
        }

        private void fail(Throwable bug) {
            if (closing && bug instanceof Unavailable) {
                Fault.debug(name + " was cut off", bug);
            } else {
                Fault.log(name, bug);
            }
            Fault.contain(name, () -> track.end("failed: " + bug));
        }

        private synchronized List<E> end() {
            ended = true;
            var left = List.copyOf(inbox);
            inbox.clear();
            return left;
        }

        @Override
        public boolean post(E event) {
            synchronized (this) {
                if (ended || inbox.size() >= INBOX) return false;
                inbox.add(event);
            }
            LockSupport.unpark(thread);
            return true;
        }

        private synchronized @Nullable E poll() {
            return inbox.poll();
        }

        @Override
        public @Nullable E await(Instant deadline) {
            if (Thread.currentThread() != thread) {
                throw new IllegalStateException(name + " is not " + Thread.currentThread());
            }
            var until = time.nanosAt(deadline);
            while (true) {
                var event = poll();
                if (event != null) return event;
                if (time.nanos() >= until) return null;
                if (Thread.interrupted()) throw new Unavailable("strands are closing", null);
                arm(until);
                LockSupport.park(this);
            }
        }

        /**
         * Makes sure that this strand is woken at {@code until} or before. A timed park per await
         * would set and take back a timer for each event; an alarm that rings too early only wakes
         * the strand once in vain.
         */
        private void arm(long until) {
            if (until >= Wheel.FOREVER) return;
            var set = alarm;
            if (set != null && !set.rang && alarmAt <= until) return;
            disarm();
            var next = new Alarm(thread);
            alarm = next;
            alarmAt = until;
            home.execute(() -> next.set(home, Duration.ofNanos(until - time.nanos())));
        }

        private void disarm() {
            var set = alarm;
            if (set == null) return;
            alarm = null;
            if (!set.rang) home.execute(set::cancel);
        }

        @Override
        public Instant now() {
            return time.now();
        }

        @Override
        public Track track() {
            return track;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** One timer in a loop's wheel that wakes a strand. */
    private static final class Alarm {
        private final Thread sleeper;
        private Loop.@Nullable Cancel timer;
        volatile boolean rang;

        Alarm(Thread sleeper) {
            this.sleeper = sleeper;
        }

        void set(LiveLoop loop, Duration in) {
            timer = loop.after(in, this::ring);
        }

        void cancel() {
            if (timer != null) timer.cancel();
        }

        private void ring() {
            rang = true;
            LockSupport.unpark(sleeper);
        }
    }
}
