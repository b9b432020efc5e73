package io.posthorn.strand.sim;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.posthorn.strand.Certificate;
import io.posthorn.strand.Link;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One end of a TCP connection. What is flushed is cut into segments of any size, which are on the
 * wire until the peer's reader takes them; no more than a window of them.
 */
final class End implements Link {

    /** Ours: what may be on the wire and unread by the peer; the marks of {@link #writable()}. */
    private static final int WINDOW = 64 * 1024;

    /** RFC 1122 section 4.2.3.4: a window that opened by less is not worth a segment. */
    private static final int WORTHWHILE = 1024;

    private static final int HIGH = 64 * 1024;
    private static final int LOW = 32 * 1024;

    /** What arrives: bytes, or, without bytes, the end of the stream. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Segment(long arrival, byte @Nullable [] bytes) {}

    private final Network network;
    private final Agenda agenda;
    private final Node node;
    private final QueuedLoop loop;
    private final InetSocketAddress local;
    private final InetSocketAddress remote;
    private @Nullable Certificate certified;
    private @Nullable End peer;
    private @Nullable Reader reader;

    private final ByteQueue out = new ByteQueue();
    private int flushed;
    private long sent;
    private boolean unwritable;
    private boolean closing;

    private final ArrayDeque<Segment> wire = new ArrayDeque<>();
    private int onWire;
    private long lastArrival;
    private long resetAt = Agenda.NEVER;
    private Agenda.@Nullable Entry delivery;
    private boolean reading = true;
    private boolean open = true;

    End(
            Network network,
            Node node,
            QueuedLoop loop,
            InetSocketAddress local,
            InetSocketAddress remote) {
        this.network = network;
        this.agenda = network.agenda();
        this.node = node;
        this.loop = loop;
        this.local = local;
        this.remote = remote;
    }

    /** TLS: the other end has shown this. */
    void shown(Certificate other) {
        certified = other;
    }

    void join(End other) {
        peer = other;
        other.peer = this;
    }

    private End peer() {
        var other = peer;
        if (other == null) throw new IllegalStateException(this + " has no other end");
        return other;
    }

    Node node() {
        return node;
    }

    Node otherNode() {
        return peer().node;
    }

    boolean open() {
        return open;
    }

    /** This end goes without a word: the other hears a reset. */
    void tellOther() {
        peer().resetArrives();
    }

    /** From now on what arrives is read. */
    void readBy(Reader by) {
        reader = by;
        arrange();
    }

    @Override
    public QueuedLoop loop() {
        return loop;
    }

    @Override
    public InetSocketAddress local() {
        return local;
    }

    @Override
    public InetSocketAddress remote() {
        return remote;
    }

    @Override
    public @Nullable Certificate certified() {
        return certified;
    }

    @Override
    public void write(ByteBuf bytes) {
        loop.here(toString());
        if (!open || closing) {
            bytes.release();
            return;
        }
        out.add(bytes);
        if (out.size() >= HIGH) unwritable = true;
    }

    @Override
    public void flush() {
        loop.here(toString());
        if (!open || closing) return;
        flushed = out.size();
        send();
    }

    @Override
    public boolean writable() {
        return open && !closing && !unwritable;
    }

    @Override
    public void reading(boolean on) {
        loop.here(toString());
        reading = on;
        arrange();
    }

    @Override
    public void close() {
        loop.here(toString());
        closeItself();
    }

    /** As if this end had closed: not its reader's doing. */
    void closeItself() {
        if (!open || closing) return;
        closing = true;
        send();
    }

    /** Puts on the wire what fits. */
    private void send() {
        while (open && flushed > 0 && WINDOW - peer().onWire >= Math.min(flushed, WORTHWHILE)) {
            if (!peer().open) {
                resetArrives();
                flushed = 0;
                out.clear();
                return;
            }
            int most = Math.min(flushed, WINDOW - peer().onWire);
            long untilReset = network.bytesUntilReset(this, sent);
            if (untilReset == 0) {
                reset();
                return;
            }
            int count = (int) Math.min(network.segment(most), untilReset);
            flushed -= count;
            sent += count;
            peer().arrives(out.take(count));
        }
        if (unwritable && out.size() <= LOW) {
            unwritable = false;
            later(this::tellWritable);
        }
        if (closing && flushed == 0 && open) finish();
    }

    private void tellWritable() {
        if (open && !closing && reader != null) reader.writableAgain();
    }

    private void finish() {
        if (peer().open) peer().arrives(null);
        later(() -> ended(null));
    }

    private void later(Runnable task) {
        agenda.at(agenda.now(), Agenda.Kind.LINK, node, loop, task);
    }

    private void arrives(byte @Nullable [] bytes) {
        lastArrival = network.arrival(lastArrival);
        wire.add(new Segment(lastArrival, bytes));
        if (bytes != null) onWire += bytes.length;
        arrange();
    }

    /** The connection breaks: each end hears of it after what is on its wire. */
    void reset() {
        resetArrives();
        peer().resetArrives();
    }

    void resetArrives() {
        if (!open) return;
        lastArrival = network.arrival(lastArrival);
        resetAt = Math.min(resetAt, lastArrival);
        arrange();
    }

    /** Sees to it that what is on the wire is delivered when it is due, if it can be. */
    void arrange() {
        if (!open || network.blocked(peer().node, node)) return;
        if (resetAt != Agenda.NEVER) {
            long due = resetAt;
            resetAt = Agenda.NEVER;
            agenda.at(due, Agenda.Kind.LINK, node, loop, this::broken);
        }
        if (delivery != null || !reading || reader == null || wire.isEmpty()) return;
        delivery = agenda.at(wire.element().arrival(), Agenda.Kind.LINK, node, loop, this::deliver);
    }

    private void broken() {
        if (network.blocked(peer().node, node)) resetAt = agenda.now();
        else ended(new SocketException("Connection reset"));
    }

    private void deliver() {
        delivery = null;
        if (!open || !reading || reader == null || network.blocked(peer().node, node)) return;
        var segment = wire.remove();
        var bytes = segment.bytes();
        if (bytes == null) {
            ended(null);
            return;
        }
        onWire -= bytes.length;
        agenda.trace(bytes, 0, bytes.length);
        peer().send();
        try {
            reader.bytes(network.handOut(Unpooled.wrappedBuffer(bytes)));
        } finally {
            arrange();
        }
    }

    private void ended(@Nullable Exception why) {
        if (!open) return;
        vanish();
        if (reader != null) reader.closed(why);
    }

    /** The connection was given up while it was being made. */
    void abandon() {
        if (!open) return;
        peer().resetArrives();
        vanish();
    }

    /** Without a word to the reader. */
    void vanish() {
        open = false;
        if (delivery != null) agenda.cancel(delivery);
        delivery = null;
        out.clear();
        flushed = 0;
        wire.clear();
        onWire = 0;
        network.forget(this);
        agenda.trace(sent);
    }

    @Override
    public String toString() {
        return "link " + Network.text(local) + ">" + Network.text(remote) + " of " + node.name();
    }
}
