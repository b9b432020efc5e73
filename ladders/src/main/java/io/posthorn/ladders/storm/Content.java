package io.posthorn.ladders.storm;

import io.posthorn.strand.sim.MemoryDisk;

/**
 * What a message consists of: bytes that follow from its number and from the offset alone, so that
 * gigabytes need not be kept to be compared.
 *
 * @param number messages of other numbers have other bytes
 */
record Content(int number, long size) implements MemoryDisk.Content {

    /** They repeat after 257 pages: no power of two, so that blocks in a wrong order are seen. */
    private static final byte[] TILE = tile(257 * 4_096);

    private static byte[] tile(int length) {
        var tile = new byte[length];
        long state = 0;
        for (int i = 0; i < length; i++) {
            state = state * 6_364_136_223_846_793_005L + 1_442_695_040_888_963_407L;
            tile[i] = (byte) (state >>> 56);
        }
        return tile;
    }

    @Override
    public void read(long at, byte[] into) {
        int from = (int) ((at + number * 7_919L) % TILE.length);
        for (int done = 0; done < into.length; ) {
            int part = Math.min(into.length - done, TILE.length - from);
            System.arraycopy(TILE, from, into, done, part);
            done += part;
            from = 0;
        }
    }
}
