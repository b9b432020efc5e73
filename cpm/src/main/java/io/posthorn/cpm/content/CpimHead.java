package io.posthorn.cpm.content;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * The head of a message that arrives in pieces. What has come is read when it has doubled, and when
 * a block of headers may have ended, so that many small pieces cost little more than one.
 */
public final class CpimHead {

    private byte[] bytes = new byte[0];
    private int length;
    private int read;

    /** How many octets were added. */
    public int length() {
        return length;
    }

    /**
     * Adds what follows, which stays as it is; octets beyond {@link Cpim#LIMIT} are not taken. Not
     * to be called after an answer other than {@link Cpim.Read.More}.
     */
    public Cpim.Read add(ByteBuf piece) {
        var count = Math.min(piece.readableBytes(), Cpim.LIMIT - length);
        var from = length;
        make(from + count);
        piece.getBytes(piece.readerIndex(), bytes, from, count);
        length += count;
        if (length < 2 * read && length < Cpim.LIMIT && !blockEnds(from))
            return new Cpim.Read.More();
        read = length;
        var result = Cpim.read(Arrays.copyOf(bytes, length), false);
        if (result instanceof Cpim.Read.Head(_, var end)) bytes = Arrays.copyOf(bytes, end);
        return result;
    }

    /** Whether {@code piece}, which begins at the octet {@code at} from 0, says the same again. */
    public boolean same(long at, ByteBuf piece) {
        var end = Math.min(at + piece.readableBytes(), Math.min(length, bytes.length));
        for (long i = at; i < end; i++)
            if (bytes[(int) i] != piece.getByte(piece.readerIndex() + (int) (i - at))) return false;
        return true;
    }

    /** Nothing follows. */
    public Cpim.Read end() {
        return Cpim.read(Arrays.copyOf(bytes, length), true);
    }

    private void make(int room) {
        if (room > bytes.length) bytes = Arrays.copyOf(bytes, Math.max(room, 2 * bytes.length));
    }

    /** Whether an empty line ended at {@code from} or behind it. */
    private boolean blockEnds(int from) {
        for (int i = Math.max(3, from); i < length; i++)
            if (bytes[i] == '\n'
                    && bytes[i - 1] == '\r'
                    && bytes[i - 2] == '\n'
                    && bytes[i - 3] == '\r') return true;
        return false;
    }
}
