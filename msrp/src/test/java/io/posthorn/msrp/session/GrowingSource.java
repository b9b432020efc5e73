package io.posthorn.msrp.session;

import io.netty.buffer.Unpooled;
import io.posthorn.strand.BodySource;
import io.posthorn.strand.Link;
import java.util.ArrayList;
import java.util.List;

/** A body whose bytes the test lets out. */
final class GrowingSource implements BodySource {
    private final byte[] bytes;
    private final boolean known;
    private final List<Runnable> more = new ArrayList<>();
    private int there;
    private boolean aborted;

    GrowingSource(byte[] bytes, int there, boolean known) {
        this.bytes = bytes;
        this.there = there;
        this.known = known;
    }

    static GrowingSource whole(byte[] bytes) {
        return new GrowingSource(bytes, bytes.length, true);
    }

    void grow(int count) {
        there = Math.min(bytes.length, there + count);
        tell();
    }

    void abort() {
        aborted = true;
        tell();
    }

    private void tell() {
        var waiting = List.copyOf(more);
        more.clear();
        waiting.forEach(Runnable::run);
    }

    @Override
    public long total() {
        return known || complete() ? bytes.length : -1;
    }

    @Override
    public long sendable() {
        return complete() ? there : Math.max(0, there - 1);
    }

    @Override
    public boolean complete() {
        return there == bytes.length;
    }

    @Override
    public boolean aborted() {
        return aborted;
    }

    @Override
    public void write(long at, int count, Link to) {
        if (at + count > sendable()) throw new AssertionError("beyond sendable");
        to.write(Unpooled.wrappedBuffer(bytes, (int) at, count));
    }

    @Override
    public void whenMore(Runnable then) {
        more.add(then);
    }
}
