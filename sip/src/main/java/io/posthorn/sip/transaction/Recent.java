package io.posthorn.sip.transaction;

import io.posthorn.strand.Loop;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was lately: bytes by a name, for so long and not longer. A node that takes a thousand calls
 * a second remembers a hundred thousand of these at a time; as objects the collector would have to
 * follow each of them, and each that goes. So they are written one behind the other into a few
 * arrays, and go with them. Loop only.
 */
public final class Recent {
    /** Ours: what is written within an eighth of the time goes together. */
    private static final int SLICES = 8;

    private final Loop loop;
    private final Duration life;
    private final Deque<Slice> slices = new ArrayDeque<>(SLICES + 2);

    /**
     * @param life how long each is remembered
     */
    public Recent(Loop loop, Duration life) {
        this.loop = loop;
        this.life = life;
    }

    /** From now on {@code name} stands for {@code bytes}, whatever it stood for before. */
    public void add(String name, byte[] bytes) {
        var now = loop.now();
        var last = slices.peekLast();
        if (last == null || !now.isBefore(last.begun.plus(life.dividedBy(SLICES)))) {
            last = new Slice(now);
            slices.add(last);
            if (slices.size() == 1) forgetFirst(now);
        }
        last.add(millis(last, now), name, bytes);
    }

    /** What {@code name} stands for; null if for nothing, or not any more. A copy. */
    public byte @Nullable [] find(String name) {
        var now = loop.now();
        for (Iterator<Slice> newest = slices.descendingIterator(); newest.hasNext(); ) {
            var slice = newest.next();
            var found = slice.find(name, millis(slice, now) - life.toMillis());
            if (found != null) return found;
        }
        return null;
    }

    private static long millis(Slice slice, Instant now) {
        return Duration.between(slice.begun, now).toMillis();
    }

    /** One that begins at {@code begun} takes in for an eighth of the time. */
    private void forgetFirst(Instant begun) {
        var over = begun.plus(life).plus(life.dividedBy(SLICES));
        loop.after(
                Duration.between(loop.now(), over),
                () -> {
                    slices.removeFirst();
                    if (!slices.isEmpty()) forgetFirst(slices.getFirst().begun);
                });
    }

    /** A table of places in blocks; a place is where an entry begins. */
    private static final class Slice {
        private static final int BLOCK = 64 << 10;
        private static final int HEAD = 12;

        private final Instant begun;
        private final List<ByteBuffer> blocks = new ArrayList<>();

        /** The hash of a name, and one more than the place of its entry; 0 is free. */
        private long[] table = new long[64];

        private int count;

        Slice(Instant begun) {
            this.begun = begun;
        }

        void add(long millis, String name, byte[] bytes) {
            if (2 * count >= table.length) grow();
            byte[] key = name.getBytes(StandardCharsets.UTF_8);
            int slot = slot(name.hashCode(), key);
            if (table[slot] == 0) count++;
            int place = write((int) millis, key, bytes);
            table[slot] = (long) name.hashCode() << 32 | place + 1;
        }

        byte @Nullable [] find(String name, long since) {
            byte[] key = name.getBytes(StandardCharsets.UTF_8);
            long known = table[slot(name.hashCode(), key)];
            if (known == 0) return null;
            int place = (int) known - 1;
            var block = blocks.get(place / BLOCK);
            int at = place % BLOCK;
            if (block.getInt(at) <= since) return null;
            byte[] bytes = new byte[block.getInt(at + 8)];
            block.get(at + HEAD + key.length, bytes);
            return bytes;
        }

        /** Where this name stands, or would. */
        private int slot(int hash, byte[] key) {
            int slot = spread(hash);
            while (table[slot] != 0
                    && !((int) (table[slot] >> 32) == hash && named((int) table[slot] - 1, key)))
                slot = slot + 1 & table.length - 1;
            return slot;
        }

        private int spread(int hash) {
            return (hash ^ hash >>> 16) & table.length - 1;
        }

        private boolean named(int place, byte[] key) {
            var block = blocks.get(place / BLOCK);
            int at = place % BLOCK;
            int from = block.arrayOffset() + at + HEAD;
            return block.getInt(at + 4) == key.length
                    && Arrays.equals(block.array(), from, from + key.length, key, 0, key.length);
        }

        /** How old, two lengths, and what they are of. */
        private int write(int millis, byte[] key, byte[] bytes) {
            int size = HEAD + key.length + bytes.length;
            if (blocks.isEmpty() || blocks.getLast().remaining() < size)
                blocks.add(ByteBuffer.allocate(Math.max(BLOCK, size)));
            var block = blocks.getLast();
            int place = (blocks.size() - 1) * BLOCK + block.position();
            block.putInt(millis).putInt(key.length).putInt(bytes.length).put(key).put(bytes);
            return place;
        }

        private void grow() {
            long[] old = table;
            table = new long[2 * old.length];
            for (long each : old) {
                if (each == 0) continue;
                int slot = spread((int) (each >> 32));
                while (table[slot] != 0) slot = slot + 1 & table.length - 1;
                table[slot] = each;
            }
        }
    }
}
