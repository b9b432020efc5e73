package io.posthorn.msrp.session;

import io.netty.buffer.ByteBuf;
import io.posthorn.msrp.wire.ByteRange;
import io.posthorn.msrp.wire.Flag;
import io.posthorn.msrp.wire.MsrpHead;
import io.posthorn.strand.BodySink;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Track;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A message that is arriving: puts its chunks in order for the sink and answers them. Loop only,
 * but for what {@link Incoming} says.
 */
final class ArrivingMessage implements Incoming {

    /** Ours: bytes held for chunks that come before their turn. */
    private static final int AHEAD = 65536;

    /** Ours: a message slower than this, in bytes per second, is no message. */
    private static final int SLOWEST = 1024;

    private record Due(Connection connection, MsrpHead request) {}

    private final HomeSession session;
    private final Arrivals arrivals;
    private final Head head;
    private volatile long total;
    private volatile int refusal;
    private BodySink sink = BodySink.DROPPING;
    private @Nullable Connection link;

    private long received;
    private final TreeMap<Long, ByteBuf> ahead = new TreeMap<>();
    private int aheadBytes;
    private final List<Due> whenRoom = new ArrayList<>();
    private final List<Due> whenDecided = new ArrayList<>();
    private @Nullable Runnable letGo;
    private boolean hasRoom = true;
    private boolean sinkDone;
    private boolean complete;
    private boolean over;
    private int decided;
    private int failed;

    private final Passed came;
    private final Instant began;
    private Instant lastBytes;
    private @Nullable Instant blockedSince;
    private Duration blocked = Duration.ZERO;
    private Loop.@Nullable Cancel silence;

    /**
     * @param total as its first chunk says it
     */
    ArrivingMessage(HomeSession session, Arrivals arrivals, Head head, long total) {
        this.session = session;
        this.arrivals = arrivals;
        this.head = head;
        this.total = total;
        this.came = new Passed(session, Track.Way.IN);
        this.began = session.loop().now();
        this.lastBytes = began;
    }

    void begin(BodySink sink, Connection connection) {
        this.sink = sink;
        this.link = connection;
        watch(session.settings().timers().silence());
    }

    // ---- Incoming

    @Override
    public Head head() {
        return head;
    }

    @Override
    public long total() {
        return total;
    }

    @Override
    public void accept() {
        session.loop().execute(this::accepted);
    }

    @Override
    public void refuse(int code) {
        // The first one says why; what follows from it is no other reason.
        if (refusal == 0) refusal = code;
        session.loop().execute(() -> refused(refusal));
    }

    private void accepted() {
        if (over || !complete) return;
        over = true;
        decided = 200;
        answer(whenDecided, 200);
        if (head.successReport() && !whenDecided.isEmpty())
            session.reportSuccess(whenDecided.getFirst().request(), received);
        arrivals.finished(head.messageId(), 200);
        whenDecided.clear();
    }

    private void refused(int code) {
        if (over) return;
        if (failed == 0) fail(code);
        answer(whenRoom, code);
        whenRoom.clear();
        answer(whenDecided, code);
        if (complete) {
            over = true;
            decided = code;
            arrivals.finished(head.messageId(), code);
            whenDecided.clear();
        }
    }

    private void answer(List<Due> due, int code) {
        for (var one : due) one.connection().answer(one.request(), code);
        if (!due.isEmpty() && due == whenDecided)
            session.track()
                    .message(
                            Track.Way.OUT,
                            due.getFirst().connection().name(),
                            Integer.toString(code),
                            new byte[0]);
    }

    // ---- chunks

    ArrivingChunk chunk(Connection connection, MsrpHead request) {
        link = connection;
        var part = new Part(connection, request);
        part.begin();
        return part;
    }

    private final class Part implements ArrivingChunk {
        private final Connection connection;
        private final MsrpHead request;
        private final ByteRange range;
        private long at;
        private int code;
        private boolean answered;

        Part(Connection connection, MsrpHead request) {
            this.connection = connection;
            this.request = request;
            this.range = request.byteRange();
            this.at = range.start() - 1;
        }

        void begin() {
            // RFC 4975 section 7.3.1: what was refused once is refused to its end.
            if (refusal != 0 && failed == 0) fail(refusal);
            if (failed != 0) {
                code = failed;
                return;
            }
            long most = session.maxSize();
            if (range.total() >= 0) {
                if (total >= 0 && total != range.total()) reject(400);
                else total = range.total();
                if (most > 0 && total > most) rejectNow(413);
            }
        }

        @Override
        public void body(ByteBuf bytes) {
            int count = bytes.readableBytes();
            if (code == 0) check(at + count);
            if (code != 0) {
                bytes.release();
                return;
            }
            lastBytes = connection.lastRead();
            take(at, bytes);
            at += count;
            if (failed != 0 && code == 0) rejectNow(failed);
        }

        private void check(long end) {
            if (refusal != 0) rejectNow(refusal);
            else if (failed != 0) code = failed;
            else if (complete) return;
            else if (range.end() >= 0 && end > range.end()) reject(400);
            else if (total >= 0 && end > total) reject(400);
            else if (session.maxSize() > 0 && end > session.maxSize()) rejectNow(413);
        }

        private void reject(int why) {
            code = why;
            if (!complete) fail(why);
        }

        /** RFC 4975 section 7.3.1: a 413 need not wait for the end of the chunk. */
        private void rejectNow(int why) {
            reject(why);
            if (!answered) connection.answer(request, why);
            answered = true;
        }

        @Override
        public void end(Flag flag) {
            long count = at - range.start() + 1;
            came.chunk(connection, count, range.start(), range.end(), range.total(), flag);
            boolean shorter = range.end() >= 0 && at < range.end() && flag != Flag.ABORTED;
            if (code == 0 && shorter) reject(400);
            if (code == 0 && refusal != 0 && !complete) reject(refusal);
            if (code == 0 && failed != 0) code = failed;
            if (code != 0) {
                if (!answered) connection.answer(request, code);
                return;
            }
            switch (flag) {
                case MORE -> answerWhenTaken();
                case ABORTED -> {
                    connection.answer(request, 200);
                    aborted();
                }
                case COMPLETE -> last();
            }
        }

        private void answerWhenTaken() {
            if (hasRoom) connection.answer(request, 200);
            else whenRoom.add(new Due(connection, request));
        }

        private void last() {
            if (complete) {
                // The last chunk once more.
                if (decided != 0) connection.answer(request, decided);
                else whenDecided.add(new Due(connection, request));
                return;
            }
            if (total < 0) total = at;
            if (received != total) {
                // Delivering with a hole is worse than not delivering; the sender may try again.
                connection.answer(request, 413);
                stopSink();
                over = true;
                arrivals.forget(head.messageId());
                session.tell(new MsrpEvent.Aborted(session, ArrivingMessage.this));
                return;
            }
            complete = true;
            sinkDone = true;
            whenDecided.add(new Due(connection, request));
            stopWatching();
            sink.end(total);
            var event = new MsrpEvent.Complete(session, ArrivingMessage.this, total);
            if (!session.tell(event)) refuse(481);
        }

        @Override
        public void lost() {}
    }

    private void aborted() {
        if (complete) return;
        stopSink();
        over = true;
        arrivals.finished(head.messageId(), 413);
        session.tell(new MsrpEvent.Aborted(session, this));
    }

    /** This message will not be delivered: what still comes of it is dropped. */
    private void fail(int code) {
        // What caused it says why; further chunks only hear that they should stop.
        failed = code == 400 ? 413 : code;
        if (complete) return;
        stopSink();
        over = refusal == 0;
        arrivals.finished(head.messageId(), failed);
        if (refusal == 0) session.tell(new MsrpEvent.Aborted(session, this));
    }

    // ---- the sink

    private void take(long offset, ByteBuf bytes) {
        int count = bytes.readableBytes();
        if (complete || offset + count <= received) {
            bytes.release();
            return;
        }
        if (offset > received) {
            keep(offset, bytes);
            return;
        }
        put(bytes.skipBytes((int) (received - offset)));
        while (!ahead.isEmpty() && ahead.firstKey() <= received && failed == 0) {
            var next = ahead.pollFirstEntry();
            var held = next.getValue();
            aheadBytes -= held.readableBytes();
            if (next.getKey() + held.readableBytes() <= received) held.release();
            else put(held.skipBytes((int) (received - next.getKey())));
        }
    }

    private void keep(long offset, ByteBuf bytes) {
        int count = bytes.readableBytes();
        var there = ahead.get(offset);
        if (there != null && there.readableBytes() >= count) {
            bytes.release();
            return;
        }
        if (aheadBytes + count > AHEAD) {
            bytes.release();
            fail(413);
            return;
        }
        aheadBytes += count;
        var old = ahead.put(offset, bytes);
        if (old != null) {
            aheadBytes -= old.readableBytes();
            old.release();
        }
    }

    private void put(ByteBuf bytes) {
        long offset = received;
        received += bytes.readableBytes();
        boolean roomBefore = hasRoom;
        hasRoom = false;
        boolean took = sink.accept(offset, bytes, this::room);
        if (took) hasRoom = roomBefore || hasRoom;
        if (!hasRoom && letGo == null && link != null) {
            letGo = link.hold();
            blockedSince = session.loop().now();
        }
    }

    private void room() {
        hasRoom = true;
        if (blockedSince != null) {
            var now = session.loop().now();
            blocked = blocked.plus(Duration.between(blockedSince, now));
            lastBytes = now;
        }
        blockedSince = null;
        answer(whenRoom, 200);
        whenRoom.clear();
        if (letGo != null) letGo.run();
        letGo = null;
    }

    private void stopSink() {
        stopWatching();
        if (!sinkDone) {
            sinkDone = true;
            sink.abort();
        }
        ahead.values().forEach(ByteBuf::release);
        ahead.clear();
        aheadBytes = 0;
        sink = BodySink.DROPPING;
        if (letGo != null) letGo.run();
        letGo = null;
        hasRoom = true;
        blockedSince = null;
    }

    // ---- silence

    private void watch(Duration d) {
        silence = session.loop().after(d, this::look);
    }

    private void look() {
        silence = null;
        var patience = session.settings().timers().silence();
        var now = session.loop().now();
        var last = blockedSince != null ? now : lastBytes;
        var quiet = Duration.between(last, now);
        if (quiet.compareTo(patience) >= 0) {
            session.fail(MsrpEvent.Lost.SILENT);
            return;
        }
        var active = Duration.between(began, now).minus(blocked).minus(patience);
        if (blockedSince == null && received < active.toSeconds() * SLOWEST) {
            session.fail("slower than " + SLOWEST + " bytes a second");
            return;
        }
        watch(patience.minus(quiet));
    }

    private void stopWatching() {
        if (silence != null) silence.cancel();
        silence = null;
    }

    /** The session is gone. */
    void lost() {
        came.tell();
        over = true;
        stopSink();
        whenRoom.clear();
        whenDecided.clear();
    }
}
