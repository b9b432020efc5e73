package io.posthorn.msrp.session;

import io.posthorn.msrp.wire.ByteRange;
import io.posthorn.msrp.wire.Flag;
import io.posthorn.strand.Track;

/**
 * Chunks that went one way and that the track has not heard of: small ones are told of together, as
 * telling of one costs as much as passing it. Loop only.
 */
final class Passed {

    /** Ours: so many bytes are told of, at the latest. */
    private static final long MUCH = 256 << 10;

    private final HomeSession session;
    private final Track.Way way;
    private String link = "";
    private long bytes;
    private int chunks;
    private long start;
    private long end;
    private long total;
    private Flag flag = Flag.COMPLETE;

    Passed(HomeSession session, Track.Way way) {
        this.session = session;
        this.way = way;
    }

    /** One chunk of {@code count} bytes; {@code start} to {@code total} as in a Byte-Range. */
    void chunk(Connection over, long count, long start, long end, long total, Flag flag) {
        if (!over.name().equals(link)) tell();
        link = over.name();
        bytes += count;
        chunks++;
        this.start = start;
        this.end = end;
        this.total = total;
        this.flag = flag;
        if (flag != Flag.MORE || bytes >= MUCH) tell();
    }

    void tell() {
        if (chunks == 0) return;
        var range = new ByteRange(start, end, total);
        var last = "SEND " + range + " " + flag.sign();
        session.track().media(way, link, session.id(), bytes, chunks, last);
        bytes = 0;
        chunks = 0;
    }
}
