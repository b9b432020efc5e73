package io.posthorn.strand.sim;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Pages of a file. Far from its beginning equal pages are kept once, so that gigabytes which repeat
 * themselves take megabytes.
 */
final class Pages {

    /** Ours: what a common file may hold without being looked at. */
    private static final int PLAIN = 1_024;

    private final int size;
    private final byte[] zeros;
    private byte[] @Nullable [] pages = new byte[4][];
    private final BitSet shared = new BitSet();
    private final Map<Long, byte[]> known = new HashMap<>();

    Pages(int size) {
        this.size = size;
        this.zeros = new byte[size];
    }

    boolean has(long number) {
        return number < pages.length && pages[(int) number] != null;
    }

    /** A copy; of a page that was never written, zeros that nobody may change. */
    byte[] copy(long number) {
        var page = number < pages.length ? pages[(int) number] : null;
        if (page == null) return zeros;
        return shared.get((int) number) ? page : page.clone();
    }

    void read(long number, int offset, byte[] into, int at, int count) {
        var page = number < pages.length ? pages[(int) number] : null;
        if (page == null) Arrays.fill(into, at, at + count, (byte) 0);
        else System.arraycopy(page, offset, into, at, count);
    }

    void write(long at, int offset, byte[] from, int start, int count) {
        int number = Math.toIntExact(at);
        if (number >= pages.length)
            pages = Arrays.copyOf(pages, Math.max(number + 1, 2 * pages.length));
        var page = pages[number];
        if (page == null) page = new byte[size];
        else if (shared.get(number)) page = page.clone();
        shared.clear(number);
        System.arraycopy(from, start, page, offset, count);
        pages[number] = page;
        if (number >= PLAIN && offset + count == size) share(number, page);
    }

    private void share(int number, byte[] page) {
        var sum = new CRC32C();
        sum.update(page);
        var same = known.putIfAbsent(sum.getValue(), page);
        if (same == null) same = page;
        else if (!Arrays.equals(same, page)) return;
        pages[number] = same;
        shared.set(number);
    }

    void dropFrom(long number) {
        if (number >= pages.length) return;
        Arrays.fill(pages, (int) number, pages.length, null);
        shared.clear((int) number, pages.length);
    }
}
