package io.posthorn.strand.sim;

import io.posthorn.strand.Lane;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Strand;
import io.posthorn.strand.Strands;
import io.posthorn.strand.Track;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The strands of one node. Exactly one thing runs at a time: the driver hands a strand the baton
 * and waits until it comes back from {@link Strand#await} or {@link Strands#call}, or ends.
 */
final class BatonStrands implements Strands {

    /** Ours: as many events as a strand may leave unread. */
    private static final int INBOX = 1_024;

    /** In tenths of a second of real time: how long a strand may block, and how long compute. */
    private static final int BLOCKED = 20;

    private static final int COMPUTING = 600;

    private final Agenda agenda;
    private final Node node;
    private final Set<Baton<?>> alive = new LinkedHashSet<>();
    private int started;

    BatonStrands(Agenda agenda, Node node) {
        this.agenda = agenda;
        this.node = node;
    }

    @Override
    public <E> Strand<E> start(
            Loop home, Track track, Consumer<Strand<E>> body, Consumer<E> unread) {
        return start(track, body, unread); // its alarms are entries of the one agenda
    }

    @Override
    public <E> Strand<E> start(Track track, Consumer<Strand<E>> body, Consumer<E> unread) {
        if (node.dead()) throw new Ended();
        var strand = new Baton<E>(++started, track, body, unread);
        alive.add(strand);
        strand.alarm(agenda.now());
        return strand;
    }

    @Override
    public <T> T call(Lane lane, Callable<T> work) throws Exception {
        var caller = agenda.current();
        if (caller instanceof QueuedLoop loop)
            throw new IllegalStateException(loop + " must not wait for lane " + lane);
        if (caller instanceof Baton<?> strand) {
            strand.alarm(agenda.now() + duration(lane));
            strand.handBack();
        }
        agenda.current(new Work(lane, node));
        try {
            return work.call();
        } finally {
            agenda.current(caller);
        }
    }

    @Override
    public void run(Lane lane, Runnable work) {
        if (node.dead()) return;
        agenda.at(
                agenda.now() + duration(lane), Agenda.Kind.LANE, node, new Work(lane, node), work);
    }

    private long duration(Lane lane) {
        return switch (lane) {
            case DISK -> agenda.dice.between(20_000, 2_000_000);
            case DATABASE -> agenda.dice.between(50_000, 3_000_000);
        };
    }

    /** Those that have not ended, oldest first. */
    List<Object> alive() {
        return new ArrayList<>(alive);
    }

    /**
     * Ends all, wherever they wait. The node must be dead: what they do on their way out is lost.
     */
    void end() {
        var current = agenda.current();
        for (var strand : List.copyOf(alive)) strand.kill();
        alive.clear();
        agenda.current(current);
    }

    /** Work in a lane: what may touch the disk. */
    record Work(Lane lane, Node node) implements Agenda.Runner {
        @Override
        public int number() {
            return switch (lane) {
                case DISK -> 1_000;
                case DATABASE -> 1_001;
            };
        }

        @Override
        public String toString() {
            return "lane " + lane + " of " + node.name();
        }
    }

    /** Unwinds a strand whose node is gone. */
    private static final class Ended extends Error {
        private static final long serialVersionUID = 1L;

        Ended() {
            super("this node has crashed or the simulation was closed", null, false, false);
        }
    }

    private final class Baton<E> implements Strand<E>, Agenda.Runner {
        private final int number;
        private final Track track;
        private final Consumer<Strand<E>> body;
        private final Consumer<E> unread;
        private final ArrayDeque<E> inbox = new ArrayDeque<>();
        private final Semaphore turn = new Semaphore(0);
        private final Semaphore back = new Semaphore(0);
        private @Nullable Thread thread;
        private Agenda.@Nullable Entry alarm;
        private boolean waiting;
        private volatile boolean killed;
        private boolean ended;

        Baton(int number, Track track, Consumer<Strand<E>> body, Consumer<E> unread) {
            this.number = number;
            this.track = track;
            this.body = body;
            this.unread = unread;
        }

        @Override
        public int number() {
            return 10_000 + number;
        }

        @Override
        public Instant now() {
            return agenda.instant();
        }

        @Override
        public Track track() {
            return track;
        }

        @Override
        public boolean post(E event) {
            if (ended || killed || inbox.size() >= INBOX) return false;
            inbox.add(event);
            if (waiting) {
                waiting = false;
                if (alarm != null) agenda.cancel(alarm);
                alarm(agenda.now());
            }
            return true;
        }

        @Override
        public @Nullable E await(Instant deadline) {
            if (killed) throw new Ended();
            if (agenda.current() != this)
                throw new IllegalStateException(this + " awaits on " + agenda.current());
            if (inbox.isEmpty()) {
                waiting = true;
                alarm(Agenda.nanos(deadline));
                handBack();
            } else if (agenda.dice.oneIn(4)) {
                alarm(agenda.now()); // others may come between, as they may in life
                handBack();
            }
            return inbox.poll();
        }

        void alarm(long time) {
            alarm =
                    time == Agenda.NEVER
                            ? null
                            : agenda.at(time, Agenda.Kind.STRAND, node, this, this::resume);
        }

        /** On the driver: lets the strand run until it waits or ends. */
        private void resume() {
            alarm = null;
            waiting = false;
            var runs = thread;
            if (runs == null) {
                runs = Thread.ofVirtual().name(toString()).unstarted(this::live);
                thread = runs;
                runs.start();
            } else {
                turn.release();
            }
            waitFor(runs);
        }

        private void waitFor(Thread runs) {
            int blocked = 0;
            for (int tenths = 0; !isBack(); tenths++) {
                blocked = blocks(runs) ? blocked + 1 : 0;
                if (blocked > BLOCKED || tenths > COMPUTING) {
                    abandon(runs);
                    return;
                }
            }
        }

        private boolean isBack() {
            try {
                return back.tryAcquire(100, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("the test was interrupted while " + this + " ran");
            }
        }

        private boolean blocks(Thread runs) {
            if (agenda.current() instanceof Work) return false;
            return switch (runs.getState()) {
                case BLOCKED, WAITING, TIMED_WAITING -> true;
                case NEW, RUNNABLE, TERMINATED -> false;
            };
        }

        private void abandon(Thread runs) {
            var where = new IllegalStateException("here");
            where.setStackTrace(runs.getStackTrace());
            killed = true;
            alive.remove(this);
            agenda.fail("strand blocks outside await: " + this, where);
            runs.interrupt();
        }

        /** On the strand: gives the baton back and waits for the next turn. */
        void handBack() {
            if (killed) throw new Ended();
            back.release();
            turn.acquireUninterruptibly();
            if (killed) throw new Ended();
        }

        private void live() {
            try {
                body.accept(this);
            } catch (Ended e) {
                // the node is gone
            } catch (Throwable t) {
                if (!killed) {
                    agenda.fail(this + " threw " + t, t);
                    track.end("failed: " + t);
                }
            } finally {
                finish();
                back.release();
            }
        }

        private void finish() {
            ended = true;
            if (killed) return;
            alive.remove(this);
            try {
                for (E left; (left = inbox.poll()) != null; ) unread.accept(left);
            } catch (Ended e) {
                // the node is gone
            } catch (Throwable t) {
                agenda.fail("unread of " + this + " threw " + t, t);
            }
        }

        private void kill() {
            killed = true;
            var runs = thread;
            if (runs == null || ended) return;
            runs.interrupt();
            turn.release();
            for (int tenths = 0; tenths < BLOCKED && !isBack(); tenths++) {
                // it is on its way out
            }
        }

        @Override
        public String toString() {
            return "strand " + number + " of " + node.name() + " (" + track + ")";
        }
    }
}
