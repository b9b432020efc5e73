package io.posthorn.cpm.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.posthorn.strand.BodySource;
import io.posthorn.strand.DiskFile;
import io.posthorn.strand.Lane;
import io.posthorn.strand.Link;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Strands;
import io.posthorn.strand.Unavailable;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A head, then a file that is read ahead of what was written, so that no loop ever waits for a
 * disk. Loop only.
 */
final class FileSource implements BodySource {

    private static final int PIECE = 256 << 10;
    private static final int AHEAD = 4 * PIECE;

    private final Strands strands;
    private final Loop home;
    private final @Nullable DiskFile file;
    private final long fileFrom;
    private final long total;
    private final Deque<Block> blocks = new ArrayDeque<>();
    private long position;
    private long read;
    private boolean reading;
    private boolean aborted;
    private boolean closed;
    private @Nullable Runnable more;

    private record Block(long at, ByteBuf bytes) {
        long end() {
            return at + bytes.readableBytes();
        }
    }

    private FileSource(
            Strands strands, Loop home, byte[] head, @Nullable DiskFile file, long length) {
        this.strands = strands;
        this.home = home;
        this.file = file;
        this.fileFrom = head.length;
        this.total = head.length + length;
        blocks.add(new Block(0, Unpooled.wrappedBuffer(head)));
        read = head.length;
    }

    /** Takes over {@code file}. */
    static FileSource of(Strands strands, Loop home, byte[] head, DiskFile file, long length) {
        return new FileSource(strands, home, head, file, length);
    }

    /** Bytes that are here already. */
    static FileSource of(Strands strands, Loop home, byte[] all) {
        return new FileSource(strands, home, all, null, 0);
    }

    /** Begins to read. */
    void begin() {
        home.execute(this::readAhead);
    }

    @Override
    public long total() {
        return total;
    }

    @Override
    public long sendable() {
        return read;
    }

    @Override
    public boolean complete() {
        return read == total;
    }

    @Override
    public boolean aborted() {
        return aborted;
    }

    @Override
    public void write(long at, int count, Link to) {
        if (at < position || at + count > read)
            throw new IllegalStateException("bytes " + at + "+" + count + " are not sendable");
        var end = at + count;
        var next = at;
        for (var block : blocks) {
            if (next >= end) break;
            if (block.end() <= next) continue;
            var from = block.bytes().readerIndex() + (int) (next - block.at());
            var length = (int) (Math.min(end, block.end()) - next);
            to.write(block.bytes().retainedSlice(from, length));
            next += length;
        }
        position = end;
        for (var first = blocks.peek();
                first != null && first.end() <= position;
                first = blocks.peek()) blocks.remove().bytes().release();
        readAhead();
    }

    @Override
    public void whenMore(Runnable then) {
        more = then;
    }

    private void readAhead() {
        var from = file;
        if (from == null || reading || aborted || closed || read == total) return;
        if (read - position > AHEAD - PIECE) return;
        reading = true;
        var at = read - fileFrom;
        var count = (int) Math.min(PIECE, total - read);
        strands.run(Lane.DISK, () -> readPiece(from, at, count));
    }

    /** In the disk's lane. */
    private void readPiece(DiskFile from, long at, int count) {
        var bytes = ByteBufAllocator.DEFAULT.directBuffer(count, count);
        try {
            var got = from.read(at, bytes);
            home.execute(() -> readDone(bytes, got == count));
        } catch (Unavailable failed) {
            home.execute(() -> readDone(bytes, false));
        }
    }

    /**
     * @param whole false if the file has become shorter, or the disk failed
     */
    private void readDone(ByteBuf bytes, boolean whole) {
        reading = false;
        if (closed || !whole) {
            bytes.release();
            aborted = true;
        } else {
            blocks.add(new Block(read, bytes));
            read += bytes.readableBytes();
        }
        if (closed) closeFile();
        var waiting = more;
        more = null;
        if (waiting != null) waiting.run();
        readAhead();
    }

    /** Gives memory and file back. Any thread. */
    void close() {
        home.execute(() -> {
            if (closed) return;
            closed = true;
            aborted |= position < total;
            blocks.forEach(block -> block.bytes().release());
            blocks.clear();
            if (!reading) closeFile();
        });
    }

    private void closeFile() {
        if (file != null) strands.run(Lane.DISK, file::close);
    }
}
