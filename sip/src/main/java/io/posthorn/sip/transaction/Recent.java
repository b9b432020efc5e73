package io.posthorn.sip.transaction;

import io.posthorn.strand.Entropy;
import io.posthorn.strand.Loop;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was lately: bytes by a name, for so long and not longer. A node that takes a thousand calls
 * a second remembers a hundred thousand of these at a time; as objects the collector would have to
 * follow each of them, and each that goes. So they are written one behind the other into a few
 * arrays, and go with them. Of a name 64 bits are kept, hashed under a secret: two names are taken
 * for one by chance only, once in 10^14 calls. Loop only.
 */
public final class Recent {
    /** Ours: what is written within an eighth of the time goes together. */
    private static final int SLICES = 8;

    /**
     * Ours: beyond so many bytes the oldest go early; several times what a core can be busy with.
     */
    private static final int MOST = 64 << 20;

    private final Loop loop;
    private final Duration life;
    private final SipHash hash;
    private final Deque<Slice> slices = new ArrayDeque<>(SLICES + 2);
    private boolean forgetting;

    /**
     * @param life how long each is remembered
     */
    public Recent(Loop loop, Entropy entropy, Duration life) {
        this.loop = loop;
        this.hash = SipHash.make(entropy);
        this.life = life;
    }

    /** From now on {@code name} stands for {@code bytes}, whatever it stood for before. */
    public void add(String name, byte[] bytes) {
        var now = loop.now();
        var last = slices.peekLast();
        if (last == null || last.full() || !now.isBefore(last.begun.plus(span()))) {
            last = new Slice(now);
            slices.add(last);
            while (slices.size() > 1 && written() > MOST) slices.removeFirst();
            forgetLater();
        }
        last.add(millis(last, now), print(name), bytes);
    }

    /** What {@code name} stands for; null if for nothing, or not any more. A copy. */
    public byte @Nullable [] find(String name) {
        if (slices.isEmpty()) return null;
        long print = print(name);
        var now = loop.now();
        for (Iterator<Slice> newest = slices.descendingIterator(); newest.hasNext(); ) {
            var slice = newest.next();
            var found = slice.find(print, millis(slice, now) - life.toMillis());
            if (found != null) return found;
        }
        return null;
    }

    /** What stands for {@code name} where only this may know which it is. */
    public long print(String name) {
        return hash.of(name.getBytes(StandardCharsets.UTF_8));
    }

    private Duration span() {
        return life.dividedBy(SLICES);
    }

    private long written() {
        long bytes = 0;
        for (var slice : slices) bytes += slice.written;
        return bytes;
    }

    private static long millis(Slice slice, Instant now) {
        return Duration.between(slice.begun, now).toMillis();
    }

    /** A slice takes in for its span, and what came last into it is remembered as long as any. */
    private void forgetLater() {
        if (forgetting || slices.isEmpty()) return;
        forgetting = true;
        loop.after(
                Duration.between(loop.now(), over(slices.getFirst())),
                () -> {
                    forgetting = false;
                    while (!slices.isEmpty() && !loop.now().isBefore(over(slices.getFirst())))
                        slices.removeFirst();
                    forgetLater();
                });
    }

    private Instant over(Slice slice) {
        return slice.begun.plus(span()).plus(life);
    }

    /** A table of places in blocks; a place is where an entry begins. */
    private static final class Slice {
        private static final int BLOCK = 64 << 10;
        private static final int FIRST_BLOCK = 4 << 10;
        private static final int HEAD = 8;

        private final Instant begun;
        private final List<ByteBuffer> blocks = new ArrayList<>();
        private long[] prints = new long[64];

        /** One more than the place of the entry of the print there; 0: there is none. */
        private int[] places = new int[64];

        private int count;
        private long written;

        Slice(Instant begun) {
            this.begun = begun;
        }

        boolean full() {
            return written >= MOST / SLICES;
        }

        void add(long millis, long print, byte[] bytes) {
            if (2 * count >= places.length) grow();
            int slot = slot(print);
            if (places[slot] == 0) count++;
            prints[slot] = print;
            places[slot] = 1 + write((int) millis, bytes);
        }

        byte @Nullable [] find(long print, long since) {
            int place = places[slot(print)] - 1;
            if (place < 0) return null;
            var block = blocks.get(place / BLOCK);
            int at = place % BLOCK;
            if (block.getInt(at) <= since) return null;
            byte[] bytes = new byte[block.getInt(at + 4)];
            block.get(at + HEAD, bytes);
            return bytes;
        }

        /** Where this print stands, or would. */
        private int slot(long print) {
            int slot = (int) print & places.length - 1;
            while (places[slot] != 0 && prints[slot] != print) slot = slot + 1 & places.length - 1;
            return slot;
        }

        /** When, how long, and the bytes. */
        private int write(int millis, byte[] bytes) {
            int size = HEAD + bytes.length;
            if (blocks.isEmpty() || blocks.getLast().remaining() < size)
                blocks.add(
                        ByteBuffer.allocate(
                                Math.max(blocks.isEmpty() ? FIRST_BLOCK : BLOCK, size)));
            var block = blocks.getLast();
            int place = (blocks.size() - 1) * BLOCK + block.position();
            block.putInt(millis).putInt(bytes.length).put(bytes);
            written += size;
            return place;
        }

        private void grow() {
            long[] oldPrints = prints;
            int[] oldPlaces = places;
            prints = new long[2 * oldPrints.length];
            places = new int[2 * oldPlaces.length];
            for (int i = 0; i < oldPlaces.length; i++) {
                if (oldPlaces[i] == 0) continue;
                int slot = slot(oldPrints[i]);
                prints[slot] = oldPrints[i];
                places[slot] = oldPlaces[i];
            }
        }
    }
}
