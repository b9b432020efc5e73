package io.posthorn.live;

import io.posthorn.strand.Entropy;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * The system's random source, read in large pieces: an id of 128 bits costs a copy, not a call of
 * the kernel.
 */
final class LiveEntropy implements Entropy {
    /** Ours: 256 ids of 128 bits. */
    private static final int PIECE = 4096;

    // Not per thread: virtual threads are many, and each would keep a piece.
    private final Piece[] pieces;

    LiveEntropy(int cores) {
        pieces = new Piece[Integer.highestOneBit(cores) * 4];
        Arrays.setAll(pieces, i -> new Piece());
    }

    @Override
    public void fill(byte[] bytes) {
        pieces[(int) Thread.currentThread().threadId() & (pieces.length - 1)].fill(bytes);
    }

    private static final class Piece {
        private final SecureRandom source = new SecureRandom();
        private final byte[] bytes = new byte[PIECE];
        private int used = PIECE;

        synchronized void fill(byte[] into) {
            if (into.length > PIECE) {
                source.nextBytes(into);
                return;
            }
            if (PIECE - used < into.length) {
                source.nextBytes(bytes);
                used = 0;
            }
            System.arraycopy(bytes, used, into, 0, into.length);
            // What was handed out must not be read here again, by no bug and in no dump.
            Arrays.fill(bytes, used, used + into.length, (byte) 0);
            used += into.length;
        }
    }
}
