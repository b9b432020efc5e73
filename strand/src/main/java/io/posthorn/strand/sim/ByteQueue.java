package io.posthorn.strand.sim;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;

/** Bytes in the order they were written, to be taken in other pieces. */
final class ByteQueue {
    private final ArrayDeque<byte[]> pieces = new ArrayDeque<>();
    private int taken; // of the first piece
    private int size;

    int size() {
        return size;
    }

    /** Copies {@code bytes} and releases them. */
    void add(ByteBuf bytes) {
        int length = bytes.readableBytes();
        if (length > 0) {
            var copy = new byte[length];
            bytes.readBytes(copy);
            pieces.add(copy);
            size += length;
        }
        bytes.release();
    }

    /** The first {@code count} bytes, of at least as many. */
    byte[] take(int count) {
        var bytes = new byte[count];
        int filled = 0;
        while (filled < count) {
            var first = pieces.element();
            int part = Math.min(count - filled, first.length - taken);
            System.arraycopy(first, taken, bytes, filled, part);
            filled += part;
            taken += part;
            if (taken == first.length) {
                pieces.remove();
                taken = 0;
            }
        }
        size -= count;
        return bytes;
    }

    void clear() {
        pieces.clear();
        taken = 0;
        size = 0;
    }
}
