package io.posthorn.strand.sim;

/** All chance of one simulation: SplitMix64, as it is small and the same everywhere. */
final class Dice {
    private long state;

    Dice(long seed) {
        this.state = seed;
    }

    long next() {
        return mix(state += 0x9e3779b97f4a7c15L);
    }

    /** Evenly from {@code from} to {@code to}, both included. */
    long between(long from, long to) {
        if (to <= from) return from;
        return from + Long.remainderUnsigned(next(), to - from + 1);
    }

    int below(int bound) {
        return (int) between(0, bound - 1L);
    }

    boolean oneIn(int n) {
        return below(n) == 0;
    }

    boolean happens(double probability) {
        return probability > 0 && (next() >>> 11) * 0x1.0p-53 < probability;
    }

    static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
