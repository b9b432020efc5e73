package io.posthorn.custody;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.posthorn.strand.DiskFile;
import io.posthorn.strand.Link;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Unavailable;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one message lie in a row: first those that every cursor has passed and that are
 * gone, then those in the file, then those in memory. A cursor that keeps up never meets the file.
 *
 * <p>Once a device takes the message, the sender is at most a window ahead of the device that has
 * got most: the last byte of a message is answered when a device has all of it, in 20 s, and a
 * sender that had run ahead of every device would be told 408 while they are still at it. Until
 * then it fills the file, as devices may bind late.
 */
final class WindowedSpool implements Spool {

    private static final System.Logger LOG = System.getLogger(WindowedSpool.class.getName());

    /** Writes below this size cost twice as much CPU per byte. */
    private static final int PIECE = 256 << 10;

    /**
     * Ours: how long a device that stands still may keep the others waiting once there is no disk;
     * well below the 20 s after which a relay gives up a node that takes no byte.
     */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /**
     * Ours: a sender waits for the devices no longer than this, then it may send a little more: a
     * relay before us gives a chunk up after 25 s.
     */
    private static final Duration HELD = Duration.ofSeconds(10);

    /** Ours: pieces below this size are copied together. */
    private static final int SMALL = 1 << 10;

    private static final int GATHERED = 8 * SMALL;

    /** Received bytes in memory. */
    private record Block(long at, ByteBuf bytes) {
        long end() {
            return at + bytes.readableBytes();
        }
    }

    private final WindowedSpools spools;
    private final Loop home;
    private final Deque<Block> memory = new ArrayDeque<>();
    private final List<WindowedCursor> cursors = new ArrayList<>();

    /** The last block, while small pieces may still be put behind what it has. */
    private @Nullable ByteBuf gathering;

    private boolean small;
    private long received;
    private long total;
    private boolean complete;
    private boolean aborted;
    private boolean discarded;
    private boolean freed;
    private @Nullable Runnable room;
    private Loop.@Nullable Cancel impatience;
    private Loop.@Nullable Cancel letOn;

    private @Nullable DiskFile file;
    private boolean writing;
    private boolean diskFailed;

    WindowedSpool(WindowedSpools spools, Loop home, long expected) {
        this.spools = spools;
        this.home = home;
        this.total = expected;
    }

    // ---- the sender's side

    @Override
    public boolean accept(long at, ByteBuf bytes, Runnable whenRoom) {
        if (complete || aborted || discarded) { // nobody wants it any more
            bytes.release();
            return true;
        }
        if (at > received) {
            bytes.release();
            throw new IllegalStateException("hole: byte " + at + " after " + received);
        }
        int known = (int) Math.min(received - at, bytes.readableBytes());
        bytes.skipBytes(known); // what was taken never changes
        if (!bytes.isReadable()) {
            bytes.release();
            return true;
        }
        keep(bytes);
        wakeCursors();
        free();
        overflow();
        if (inMemory() <= limit() && lead() <= spools.window()) return true;
        room = whenRoom;
        waitForRoom();
        if (letOn == null) letOn = home.after(HELD, this::letOn);
        return false;
    }

    /**
     * In memory. Small pieces in a row are copied together: a sender that has its bytes come one by
     * one would else make a block of each, which every cursor has to look through.
     */
    private void keep(ByteBuf bytes) {
        int length = bytes.readableBytes();
        boolean inARow = length < SMALL && small;
        if (inARow) {
            gathering(length).writeBytes(bytes);
            bytes.release();
        } else {
            gathering = null;
            memory.add(new Block(received, bytes));
        }
        small = length < SMALL;
        received += length;
        spools.hold(length);
    }

    private ByteBuf gathering(int length) {
        var last = gathering;
        if (last != null && last.writableBytes() >= length) return last;
        var next = ByteBufAllocator.DEFAULT.directBuffer(GATHERED, GATHERED);
        memory.add(new Block(received, next));
        gathering = next;
        return next;
    }

    /** How far the sender is ahead of the device that has got most; 0 while none has begun. */
    private long lead() {
        long fastest = 0;
        for (var cursor : cursors) fastest = Math.max(fastest, cursor.position);
        return fastest == 0 ? 0 : received - fastest;
    }

    private void letOn() {
        letOn = null;
        if (room == null) return;
        if (inMemory() <= limit()) runRoom();
        else letOn = home.after(HELD, this::letOn);
    }

    @Override
    public void expect(long announced) {
        if (!complete) total = announced;
    }

    @Override
    public void end(long length) {
        if (aborted || discarded) return;
        if (length != received) {
            throw new IllegalStateException(
                    "end at " + length + " with " + received + " bytes received");
        }
        complete = true;
        total = length;
        wakeCursors();
    }

    @Override
    public void abort() {
        if (complete || aborted) return;
        aborted = true;
        dropMemory();
        wakeCursors();
    }

    @Override
    public long received() {
        return received;
    }

    @Override
    public boolean complete() {
        return complete;
    }

    @Override
    public void discard() {
        if (discarded) return;
        aborted |= !complete;
        discarded = true;
        dropMemory();
        for (var cursor : List.copyOf(cursors)) cursor.dropAhead();
        wakeCursors();
        if (!writing) giveFileBack();
        spools.gone();
    }

    // ---- the cursors' side

    @Override
    public Cursor cursor() {
        if (freed) throw new IllegalStateException("the first bytes are gone");
        var cursor = new WindowedCursor();
        cursors.add(cursor);
        cursor.readAhead();
        return cursor;
    }

    private void wakeCursors() {
        for (var cursor : List.copyOf(cursors)) cursor.wake();
    }

    private long memoryFrom() {
        var first = memory.peek();
        return first == null ? received : first.at();
    }

    private long inMemory() {
        return received - memoryFrom();
    }

    /** What may wait in memory: the window, and what the disk is being given. */
    private long limit() {
        return diskFailed ? spools.window() : spools.window() + 4L * PIECE;
    }

    /**
     * Below this the sender may go on: where writing behind stops, or, without a disk, half of what
     * may wait.
     */
    private long roomy() {
        return diskFailed ? limit() / 2 : spools.window() + (long) PIECE;
    }

    /**
     * Frees what every cursor has passed. Without cursors everything waits, as devices may still
     * answer.
     */
    private void free() {
        if (!cursors.isEmpty() || freed) freePassed();
        callRoom();
    }

    private void freePassed() {
        long passed = received;
        for (var cursor : cursors) passed = Math.min(passed, cursor.position);
        for (var first = memory.peek();
                first != null && first.end() <= passed;
                first = memory.peek()) {
            if (writing) return; // the disk thread reads these blocks
            freed = true;
            drop(memory.remove());
        }
    }

    private void callRoom() {
        if (inMemory() <= roomy() && lead() <= spools.window() / 2) runRoom();
    }

    private void runRoom() {
        var waiting = takeRoom();
        if (waiting != null) waiting.run();
    }

    private @Nullable Runnable takeRoom() {
        if (letOn != null) letOn.cancel();
        letOn = null;
        var waiting = room;
        room = null;
        if (impatience != null) impatience.cancel();
        impatience = null;
        return waiting;
    }

    private void waitForRoom() {
        if (!diskFailed || room == null || impatience != null) return;
        impatience = home.after(PATIENCE, this::leaveBehind);
    }

    /**
     * Without a disk only memory is left: a device that stands still fails, where there is another
     * one to go on for. Who is alone may set the pace as slow as its connection lives.
     */
    private void leaveBehind() {
        impatience = null;
        var first = memory.peek();
        if (room == null || first == null || aborted || discarded) return;
        var behind = cursors.stream().filter(cursor -> cursor.position < first.end()).toList();
        if (behind.size() < cursors.size()) behind.forEach(WindowedCursor::fail);
        free();
        waitForRoom();
    }

    private void drop(Block block) {
        if (block.bytes() == gathering) gathering = null;
        spools.hold(-block.bytes().readableBytes());
        block.bytes().release();
    }

    private void dropMemory() {
        if (writing) return; // done when the disk has finished
        for (var block = memory.poll(); block != null; block = memory.poll()) drop(block);
        var waiting = takeRoom();
        if (waiting != null) home.execute(waiting); // what comes now is dropped at once
    }

    // ---- the file

    /**
     * Writes the oldest blocks behind, a piece at a time, once memory holds more than the window.
     */
    private void overflow() {
        if (writing || diskFailed || discarded || aborted) return;
        if (inMemory() <= roomy()) return;
        var piece = new ArrayList<Block>();
        long bytes = 0;
        for (var block : memory) {
            if (bytes >= PIECE) break;
            piece.add(block);
            bytes += block.bytes().readableBytes();
        }
        writing = true;
        gathering = null; // the disk thread reads these blocks
        var known = file;
        spools.onDisk(files -> writeBehind(files, known, piece));
    }

    private void writeBehind(SpoolFiles files, @Nullable DiskFile known, List<Block> piece) {
        var to = known;
        try {
            if (to == null) to = files.take();
            var slices = piece.stream().map(b -> b.bytes().duplicate()).toArray(ByteBuf[]::new);
            to.write(piece.getFirst().at(), Unpooled.wrappedUnmodifiableBuffer(slices));
            var written = to;
            home.execute(() -> wrote(written, piece.size()));
        } catch (Unavailable failed) {
            var opened = to;
            home.execute(() -> writeFailed(opened, failed));
        }
    }

    private void wrote(DiskFile to, int blocks) {
        writing = false;
        file = to;
        if (aborted || discarded) {
            dropMemory();
            if (discarded) giveFileBack();
            return;
        }
        for (int i = 0; i < blocks; i++) drop(memory.remove());
        for (var cursor : List.copyOf(cursors)) cursor.readAhead();
        free();
        overflow();
        callRoom();
    }

    /**
     * A full disk costs the window's independence, not the message: from now on the slowest device
     * sets the pace.
     */
    private void writeFailed(@Nullable DiskFile opened, Unavailable why) {
        writing = false;
        diskFailed = true;
        if (file == null) file = opened;
        LOG.log(
                System.Logger.Level.WARNING,
                "{0}; from now on the slowest device of this message sets its pace",
                why.getMessage());
        if (aborted || discarded) dropMemory();
        if (discarded) giveFileBack();
        free();
        waitForRoom();
    }

    /** A reader that is still at it reads for nobody: after a discard its bytes are dropped. */
    private void giveFileBack() {
        var back = file;
        file = null;
        if (back == null) return;
        if (diskFailed) spools.onDisk(files -> files.drop(back));
        else spools.onDisk(files -> files.giveBack(back));
    }

    // ---- one device's place

    private final class WindowedCursor implements Cursor {
        private static final int AHEAD = 2;

        private final Deque<Block> ahead = new ArrayDeque<>();
        private long position;
        private boolean reading;
        private boolean closed;
        private boolean failed;
        private @Nullable Runnable more;

        @Override
        public long total() {
            return total;
        }

        @Override
        public boolean complete() {
            return complete;
        }

        @Override
        public boolean aborted() {
            return aborted || discarded || failed || closed;
        }

        @Override
        public long sendable() {
            if (aborted()) return position;
            long until = position >= memoryFrom() ? received : aheadEnd();
            if (until >= memoryFrom()) until = received; // the file's last piece joins memory
            return complete ? until : Math.min(until, Math.max(position, received - 1));
        }

        private long aheadEnd() {
            var last = ahead.peekLast();
            return last == null ? position : last.end();
        }

        @Override
        public void write(long at, int count, Link to) {
            if (at < position || at + count > sendable()) {
                throw new IllegalStateException(
                        "bytes "
                                + at
                                + "+"
                                + count
                                + " are not sendable, "
                                + position
                                + " to "
                                + sendable()
                                + " are");
            }
            long end = at + count;
            long next = writeFrom(ahead, at, end, to);
            if (writeFrom(memory, next, end, to) < end)
                throw new IllegalStateException("bytes before " + end + " are not there");
            position = end;
            dropPassed();
            readAhead();
            free();
        }

        private long writeFrom(Deque<Block> blocks, long at, long end, Link to) {
            long next = at;
            for (var block : blocks) {
                if (next >= end) break;
                if (block.end() <= next || block.at() > next) continue;
                int from = block.bytes().readerIndex() + (int) (next - block.at());
                int length = (int) (Math.min(end, block.end()) - next);
                to.write(block.bytes().retainedSlice(from, length));
                next += length;
            }
            return next;
        }

        @Override
        public void whenMore(Runnable then) {
            more = then;
        }

        void wake() {
            var waiting = more;
            if (waiting == null) return;
            more = null;
            home.execute(waiting);
        }

        /**
         * Keeps up to two pieces read, so that a device behind the window waits for the disk but
         * once.
         */
        void readAhead() {
            var from = file;
            long start = Math.max(position, aheadEnd());
            long end = Math.min(memoryFrom(), start + PIECE);
            if (from == null || reading || aborted() || ahead.size() >= AHEAD || start >= end)
                return;
            reading = true;
            spools.onDisk(_ -> readPiece(from, start, (int) (end - start)));
        }

        private void readPiece(DiskFile from, long start, int length) {
            var piece = ByteBufAllocator.DEFAULT.directBuffer(length, length);
            try {
                var whole = from.read(start, piece) == length;
                home.execute(() -> readDone(new Block(start, piece), whole));
            } catch (Unavailable why) {
                home.execute(() -> readDone(new Block(start, piece), false));
            }
        }

        private void readDone(Block piece, boolean whole) {
            reading = false;
            failed |= !whole;
            if (aborted()) {
                piece.bytes().release();
            } else {
                ahead.add(piece);
                readAhead();
            }
            wake();
        }

        private void dropPassed() {
            for (var first = ahead.peek();
                    first != null && first.end() <= position;
                    first = ahead.peek()) {
                ahead.remove().bytes().release();
            }
        }

        /** It is too far behind: it sees {@code aborted}, and nothing is kept for it. */
        void fail() {
            failed = true;
            dropAhead();
            cursors.remove(this);
            wake();
        }

        void dropAhead() {
            for (var block = ahead.poll(); block != null; block = ahead.poll())
                block.bytes().release();
        }

        @Override
        public void close() {
            if (closed) return;
            closed = true;
            more = null;
            dropAhead();
            cursors.remove(this);
            if (discarded) return;
            freed |= cursors.isEmpty() && received > 0;
            free();
        }
    }
}
