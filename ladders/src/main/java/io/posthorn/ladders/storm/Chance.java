package io.posthorn.ladders.storm;

import io.posthorn.strand.Entropy;
import java.nio.ByteBuffer;
import java.util.List;

/** What is drawn for one history; from its seed. */
final class Chance {

    private final Entropy entropy;

    Chance(Entropy entropy) {
        this.entropy = entropy;
    }

    /** Evenly, 0 to {@code bound - 1}. */
    int below(int bound) {
        var bytes = new byte[4];
        entropy.fill(bytes);
        return Math.floorMod(ByteBuffer.wrap(bytes).getInt(), bound);
    }

    boolean oneIn(int n) {
        return below(n) == 0;
    }

    <T> T oneOf(List<T> of) {
        return of.get(below(of.size()));
    }

    void shuffle(List<?> what) {
        for (int i = what.size() - 1; i > 0; i--) swap(what, i, below(i + 1));
    }

    private static <T> void swap(List<T> list, int one, int other) {
        var kept = list.get(one);
        list.set(one, list.get(other));
        list.set(other, kept);
    }
}
