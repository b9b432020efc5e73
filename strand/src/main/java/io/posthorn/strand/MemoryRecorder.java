package io.posthorn.strand;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps tracks in memory: all running calls, and of the ended ones as many as fit. A call that has
 * more entries than allowed keeps its beginning and its end. Any thread; a track is locked for as
 * long as it takes to add one entry or to copy its entries.
 */
public final class MemoryRecorder implements Recorder {

    /** How much a call keeps. */
    public enum Mode {
        /** Up to 64 entries of at most about 100 bytes, and no messages themselves. */
        BRIEF(48, 16),
        /** Up to 4,096 entries with the messages, of which the first mebibyte. */
        FULL(3_072, 1_024);

        final int first;
        final int last;

        Mode(int first, int last) {
            this.first = first;
            this.last = last;
        }
    }

    /** Ours: what fits on a line of a ladder. */
    private static final int TEXT = 100;

    /** Ours: links times sessions times directions of one call. */
    private static final int SUMS = 64;

    /** Ours: values that join a call to others. */
    private static final int IDS = 32;

    /** Ours: message bytes kept of one call. */
    private static final int WHOLE = 1 << 20;

    /** Something that happened in a call. */
    public sealed interface Entry {
        /** Nanoseconds since the call began. */
        long nanos();

        /** Time since the call began. */
        default Duration at() {
            return Duration.ofNanos(nanos());
        }
    }

    /** A step of a procedure, done or left out: what coverage is read from. */
    public sealed interface StepEntry extends Entry {
        String clause();

        int n();
    }

    /**
     * A message passed.
     *
     * @param link {@code local>remote}
     * @param whole the message, if it was kept; not to be changed
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Message(
            long nanos, Track.Way way, String link, String label, byte @Nullable [] whole)
            implements Entry {}

    /**
     * Body bytes passed in one direction of a session.
     *
     * @param nanos when the first passed
     * @param lastNanos when the last passed
     * @param times how often some were reported
     * @param last the head of the last chunk
     */
    public record Media(
            long nanos,
            long lastNanos,
            Track.Way way,
            String link,
            String session,
            long bytes,
            long times,
            String last)
            implements Entry {

        private boolean isOf(Track.Way way, String link, String session) {
            return this.way == way && this.link.equals(link) && this.session.equals(session);
        }

        private Media and(long at, long bytes, long times, String last) {
            return new Media(
                    nanos, at, way, link, session, this.bytes + bytes, this.times + times, last);
        }
    }

    /** A step was done. */
    public record Step(long nanos, String clause, int n, String text) implements StepEntry {}

    /** A step was left out. */
    public record Skipped(long nanos, String clause, int n, String why) implements StepEntry {}

    /**
     * A call as it was when asked for.
     *
     * @param id unique in this recorder
     * @param entries in the order in which they happened
     * @param omitted entries left out of the middle, or because there was no room
     */
    public record Call(
            String id,
            String kind,
            Map<String, String> ids,
            Instant begun,
            @Nullable Instant ended,
            @Nullable String outcome,
            List<Entry> entries,
            long omitted) {}

    private final Supplier<Instant> time;
    private final Mode mode;
    private final long ringBytes;
    private final AtomicLong numbers = new AtomicLong();
    private final ConcurrentSkipListMap<Long, Kept> running = new ConcurrentSkipListMap<>();
    private final Object ringLock = new Object();
    private final ArrayDeque<Kept> ring = new ArrayDeque<>();
    private long inRing;
    private final List<Consumer<StepEntry>> watchers = new CopyOnWriteArrayList<>();

    /**
     * @param time monotonic, as {@link Strand#now()}
     * @param ringBytes about how much memory ended calls may take
     */
    public MemoryRecorder(Supplier<Instant> time, Mode mode, long ringBytes) {
        this.time = time;
        this.mode = mode;
        this.ringBytes = ringBytes;
    }

    @Override
    public Track open(String kind, Map<String, String> ids) {
        var kept = new Kept(numbers.incrementAndGet(), kind, ids, time.get());
        running.put(kept.number, kept);
        return kept;
    }

    /** Calls {@code watcher} with every step from now on, on the thread that did it. */
    public void watchSteps(Consumer<StepEntry> watcher) {
        watchers.add(watcher);
    }

    /** The calls that have not ended, oldest first. */
    public List<Call> running() {
        var calls = new ArrayList<Call>();
        for (var kept : running.values()) calls.add(kept.snapshot());
        return List.copyOf(calls);
    }

    /** The ended calls that are still kept, first ended first. */
    public List<Call> ended() {
        var calls = new ArrayList<Call>();
        for (var kept : ringed()) calls.add(kept.snapshot());
        return List.copyOf(calls);
    }

    private List<Kept> ringed() {
        synchronized (ringLock) {
            return List.copyOf(ring);
        }
    }

    /** The calls with this id, or joined by this value, in the order in which they began. */
    public List<Call> find(String id) {
        var found = new ConcurrentSkipListMap<Long, Call>();
        for (var kept : ringed()) if (kept.joined(id)) found.put(kept.number, kept.snapshot());
        for (var kept : running.values())
            if (kept.joined(id)) found.put(kept.number, kept.snapshot());
        return List.copyOf(found.values());
    }

    private void retire(Kept kept) {
        synchronized (ringLock) {
            ring.add(kept);
            kept.counted = kept.bytes();
            inRing += kept.counted;
            while (inRing > ringBytes && !ring.isEmpty()) inRing -= ring.remove().counted;
        }
        running.remove(kept.number);
    }

    private static String brief(String text) {
        return text.length() <= TEXT ? text : text.substring(0, TEXT - 1) + "…";
    }

    /** The track of one call; ended, it stays as it is, and takes what comes late. */
    private final class Kept implements Track {
        private final long number;
        private final String kind;
        private final Instant begun;
        private final Entries entries = new Entries(mode);

        /** Name, value, name, value. */
        private String[] ids = new String[12];

        private int idWords;
        private @Nullable List<Media> media;
        private long mediaOmitted;
        private int wholeBytes;

        /** How it ended, and when in nanoseconds; null while it runs. */
        private @Nullable String outcome;

        private long endNanos;
        private long counted; // under the lock of the ring

        Kept(long number, String kind, Map<String, String> ids, Instant begun) {
            this.number = number;
            this.kind = brief(kind);
            this.begun = begun;
            ids.forEach(this::join);
        }

        private long nanos() {
            return begun.until(time.get(), ChronoUnit.NANOS);
        }

        @Override
        public synchronized void message(Way way, String link, String label, byte[] whole) {
            boolean keep = mode == Mode.FULL && wholeBytes + whole.length <= WHOLE;
            if (keep) {
                wholeBytes += whole.length;
                entries.whole(new Message(nanos(), way, brief(link), brief(label), whole));
            } else {
                entries.message(nanos(), way, brief(link), brief(label));
            }
        }

        @Override
        public synchronized void media(
                Way way, String link, String session, long bytes, int chunks, String head) {
            if (media == null) media = new ArrayList<>(4);
            int sum = sum(media, way, brief(link), brief(session));
            if (sum == SUMS) {
                mediaOmitted++;
                return;
            }
            long at = nanos();
            if (sum == media.size())
                media.add(new Media(at, at, way, brief(link), brief(session), 0, 0, ""));
            media.set(sum, media.get(sum).and(at, bytes, chunks, brief(head)));
        }

        /** Where these are summed, or would be if they were new. */
        private static int sum(List<Media> media, Way way, String link, String session) {
            int sum = 0;
            while (sum < media.size() && !media.get(sum).isOf(way, link, session)) sum++;
            return sum;
        }

        @Override
        public void step(String clause, int n, String text) {
            long at = nanos();
            synchronized (this) {
                entries.step(at, clause, n, brief(text));
            }
            if (!watchers.isEmpty()) seen(new Step(at, clause, n, brief(text)));
        }

        @Override
        public void skipped(String clause, int n, String why) {
            long at = nanos();
            synchronized (this) {
                entries.skipped(at, clause, n, brief(why));
            }
            if (!watchers.isEmpty()) seen(new Skipped(at, clause, n, brief(why)));
        }

        private void seen(StepEntry step) {
            for (var watcher : watchers) watcher.accept(step);
        }

        @Override
        public synchronized void id(String name, String value) {
            join(name, value);
        }

        private void join(String name, String value) {
            var known = brief(name);
            int at = 0;
            while (at < idWords && !ids[at].equals(known)) at += 2;
            if (at == 2 * IDS) return;
            if (at == ids.length) ids = Arrays.copyOf(ids, 2 * at);
            ids[at] = known;
            ids[at + 1] = value.length() <= 256 ? value : value.substring(0, 256);
            idWords = Math.max(idWords, at + 2);
        }

        synchronized boolean joined(String id) {
            return id.equals(Long.toString(number)) || ids().containsValue(id);
        }

        private Map<String, String> ids() {
            var map = new LinkedHashMap<String, String>();
            for (int at = 0; at < idWords; at += 2) map.put(ids[at], ids[at + 1]);
            return map;
        }

        @Override
        public void end(String how) {
            synchronized (this) {
                if (outcome != null) return;
                endNanos = nanos();
                outcome = brief(how);
            }
            retire(this);
        }

        /** About how much memory this takes. */
        synchronized long bytes() {
            long bytes = 300L + wholeBytes + entries.bytes();
            for (int at = 0; at < idWords; at += 2) bytes += 48 + ids[at + 1].length();
            return bytes + (media == null ? 0 : 250L * media.size());
        }

        synchronized Call snapshot() {
            var all = new ArrayList<Entry>();
            entries.read(all);
            if (media != null) all.addAll(media);
            all.sort((a, b) -> Long.compare(a.nanos(), b.nanos()));
            return new Call(
                    Long.toString(number),
                    kind,
                    Collections.unmodifiableMap(ids()),
                    begun,
                    outcome == null ? null : begun.plusNanos(endNanos),
                    outcome,
                    List.copyOf(all),
                    entries.omitted() + mediaOmitted);
        }

        @Override
        public synchronized String toString() {
            return kind + " " + number + (idWords == 0 ? "" : " " + ids().values());
        }
    }
}
