package io.posthorn.cpm.participating;

import io.netty.buffer.ByteBuf;
import io.posthorn.cpm.content.ContentSum;
import io.posthorn.cpm.content.Cpim;
import io.posthorn.cpm.content.CpimHead;
import io.posthorn.cpm.content.MessageId;
import io.posthorn.custody.Cursor;
import io.posthorn.custody.Spool;
import io.posthorn.custody.Spools;
import io.posthorn.msrp.session.FailureReport;
import io.posthorn.msrp.session.Head;
import io.posthorn.msrp.session.Incoming;
import io.posthorn.msrp.session.MsrpSession;
import io.posthorn.msrp.session.Outgoing;
import io.posthorn.msrp.session.Receiver;
import io.posthorn.strand.BodySink;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Track;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One message in, a cursor out for each device: devices come and go, each at its own pace, and none
 * ever sees a hole. Says what it does to the loop that owns the call's media; what is called from
 * the call's strand runs there in the order made.
 */
final class Bridge implements Receiver {

    private static final System.Logger LOG = System.getLogger(Bridge.class.getName());

    /** What tells the message from every other of the same originator and recipient. */
    private record Told(MessageId id, ContentSum.Value content) {}

    private final Loop home;
    private final Track track;
    private final Spools spools;
    private final Duplicates.Between before;
    private final long limit;

    /** Written on the loop, before the strand hears that the message is complete. */
    private volatile @Nullable Told told;

    private volatile @Nullable Instant deliveredBefore;

    // Loop only from here on.
    private final Map<MsrpSession, Way> ways = new LinkedHashMap<>();
    private @Nullable Incoming message;
    private @Nullable Spool spool;
    private boolean closed;

    /** The code for whoever sends when nobody takes it any more; 0 while somebody may. */
    private int refusing;

    private boolean complete;

    /** Nothing of this message is of use any more; what still comes is let go. */
    private boolean dropped;

    /** One device. */
    private static final class Way {
        @Nullable Cursor cursor;
        @Nullable Outgoing outgoing;
        boolean joined;
    }

    /**
     * @param limit the largest message, in bytes
     */
    Bridge(Loop home, Track track, Spools spools, Duplicates.Between before, long limit) {
        this.home = home;
        this.track = track;
        this.spools = spools;
        this.before = before;
        this.limit = limit;
    }

    // ---- from the call's strand

    /** A device that is being called: the message is kept for it from the first byte. */
    void expect(MsrpSession device) {
        home.execute(() -> ways.put(device, new Way()));
    }

    /** The device answered: it gets the message, from the first byte, as soon as there is one. */
    void join(MsrpSession device) {
        home.execute(() -> {
            var way = ways.get(device);
            if (way == null || closed) return;
            way.joined = true;
            send(device, way);
        });
    }

    /** The device is lost; nothing is kept for it any more. */
    void leave(MsrpSession device) {
        home.execute(() -> {
            var way = ways.remove(device);
            if (way != null) end(way);
        });
    }

    /** Whoever sends is told {@code code} at the next chunk, unless everything has come. */
    void refuse(int code) {
        home.execute(() -> {
            refusing = code;
            var arriving = message;
            if (arriving == null || complete) return;
            dropped = true;
            arriving.refuse(code);
            if (spool != null) spool.abort();
        });
    }

    /** The sender gave up, or is lost: devices get {@code #}. */
    void abort() {
        home.execute(() -> {
            if (complete) return;
            dropped = true;
            if (spool != null) spool.abort();
        });
    }

    /**
     * When the message, which is complete, was delivered before; then no device gets it again: all
     * lack its last byte, and are told {@code #}.
     */
    Optional<Instant> deliveredBefore() {
        return Optional.ofNullable(deliveredBefore);
    }

    /** A device has acknowledged the whole message: it is not delivered again. */
    void delivered(Instant now) {
        var message = told;
        if (message != null) before.remember(message.id(), message.content(), now);
    }

    /** Gives everything back. */
    void close() {
        home.execute(() -> {
            closed = true;
            ways.values().forEach(Bridge::end);
            ways.clear();
            if (spool != null) spool.discard();
        });
    }

    // ---- on the loop

    @Override
    public BodySink arriving(Incoming incoming) {
        // One message per session in this mode; a second one has no place to go.
        var code = message != null ? 403 : refusal(incoming);
        if (code != 0) {
            incoming.refuse(code);
            return BodySink.DROPPING;
        }
        message = incoming;
        var opened = spools.open(home, track, incoming.total());
        if (incoming.total() >= 0) opened.expect(incoming.total());
        spool = opened;
        ways.forEach((device, way) -> {
            way.cursor = opened.cursor();
            send(device, way);
        });
        return new Sink(incoming, opened);
    }

    private int refusal(Incoming incoming) {
        if (closed) return 481;
        if (refusing != 0) return refusing;
        if (!Cpim.is(incoming.head().contentType())) return 415;
        return incoming.total() > limit ? 413 : 0;
    }

    private void send(MsrpSession device, Way way) {
        if (!way.joined || way.cursor == null || way.outgoing != null || message == null) return;
        var head = message.head();
        // The sender's Success-Report is ours to give, once one device has everything.
        way.outgoing =
                device.send(
                        new Head(head.messageId(), head.contentType(), false, FailureReport.YES),
                        way.cursor);
    }

    private static void end(Way way) {
        if (way.outgoing != null) way.outgoing.abort();
        if (way.cursor != null) way.cursor.close();
    }

    /** The spool, and a look at the head as it passes. */
    private final class Sink implements BodySink {
        private final Incoming incoming;
        private final Spool kept;
        private final CpimHead head = new CpimHead();
        private boolean looking = true;
        private boolean refused;
        private @Nullable MessageId id;
        private @Nullable ContentSum sum;

        Sink(Incoming incoming, Spool kept) {
            this.incoming = incoming;
            this.kept = kept;
        }

        @Override
        public boolean accept(long at, ByteBuf bytes, Runnable room) {
            if (refused || dropped) {
                bytes.release();
                return true;
            }
            if (at + bytes.readableBytes() > limit) return refuse(413, bytes);
            if (looking) {
                if (at == head.length() && !look(bytes)) return refuse(400, bytes);
            } else if (sum != null) sum.add(bytes);
            return kept.accept(at, bytes, room);
        }

        private boolean refuse(int code, ByteBuf bytes) {
            refused = true;
            bytes.release();
            incoming.refuse(code);
            kept.abort();
            return true;
        }

        /** False if this is no CPIM. */
        private boolean look(ByteBuf bytes) {
            var before = head.length();
            return switch (head.add(bytes)) {
                case Cpim.Read.More _ -> true;
                case Cpim.Read.Malformed _ -> false;
                case Cpim.Read.Head(var cpim, var length) -> {
                    looking = false;
                    int skip = length - before;
                    cpim.messageId()
                            .ifPresent(named -> {
                                track.id("imdn.Message-ID", named.value());
                                id = named;
                                var begun = new ContentSum(cpim.content());
                                int from = bytes.readerIndex() + skip;
                                begun.add(bytes.slice(from, bytes.writerIndex() - from));
                                sum = begun;
                            });
                    yield true;
                }
            };
        }

        /** True if it was delivered before. */
        private boolean again() {
            if (id == null || sum == null) return false;
            var message = new Told(id, sum.value());
            told = message;
            return switch (before.earlier(message.id(), message.content(), home.now())
                    .orElse(null)) {
                case null -> false;
                case Duplicates.Earlier.Same(var delivered) -> {
                    deliveredBefore = delivered;
                    yield true;
                }
                case Duplicates.Earlier.Other _ -> {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "imdn.Message-ID {0} used again for another content: delivered",
                            message.id());
                    yield false;
                }
            };
        }

        @Override
        public void end(long total) {
            if (refused || dropped) return;
            if (looking) {
                refused = true;
                incoming.refuse(400);
                kept.abort();
                return;
            }
            complete = true;
            if (again()) kept.abort();
            else kept.end(total);
        }

        @Override
        public void abort() {
            kept.abort();
        }
    }
}
