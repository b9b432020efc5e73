package io.posthorn.sip.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.posthorn.strand.Certificate;
import io.posthorn.strand.Link;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Net;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One TCP or TLS connection. Runs on its own loop; {@link #open} may be read anywhere. */
final class StreamFlow implements Flow, Link.Reader {

    // Ours: RFC 3261 names none of these
    static final Duration FIRST_MESSAGE = Duration.ofSeconds(10);
    static final Duration ONE_MESSAGE = Duration.ofSeconds(30);
    static final Duration IDLE = Duration.ofHours(1);
    static final Duration BETWEEN_PONGS = Duration.ofSeconds(10);
    static final int MAX_UNANSWERED = 512;
    static final int MAX_UNSENT = 1024 * 1024;

    private static final byte[] PONG = {'\r', '\n'};
    private static final byte[] PING = {'\r', '\n', '\r', '\n'};

    private final Transport transport;
    private final Link link;
    private final Net.Kind kind;
    private final Transport.Origin origin;
    private final StreamCutter cutter = new StreamCutter();
    private volatile boolean open = true;

    private boolean heard;
    private Instant quietSince;
    private @Nullable Instant messageSince;
    private @Nullable Instant lastPong;
    private @Nullable Instant armedFor;
    private Loop.@Nullable Cancel alarm;

    private int unanswered;
    private boolean paused;
    private boolean pumping;
    private long unsent;
    private long bytesIn;
    private boolean pinged;
    private boolean kept;
    private final List<Runnable> onEnd = new ArrayList<>();

    StreamFlow(Transport transport, Link link, Net.Kind kind, Transport.Origin origin) {
        this.transport = transport;
        this.link = link;
        this.kind = kind;
        this.origin = origin;
        this.quietSince = link.loop().now();
        arm();
    }

    @Override
    public Loop loop() {
        return link.loop();
    }

    @Override
    public Net.Kind kind() {
        return kind;
    }

    @Override
    public InetSocketAddress local() {
        return link.local();
    }

    @Override
    public InetSocketAddress remote() {
        return link.remote();
    }

    @Override
    public @Nullable Certificate certified() {
        return link.certified();
    }

    @Override
    public boolean open() {
        return open;
    }

    Transport.Origin origin() {
        return origin;
    }

    void send(byte[] bytes) {
        link.write(Unpooled.wrappedBuffer(bytes));
        link.flush();
        if (link.writable()) return;
        unsent += bytes.length;
        if (unsent > MAX_UNSENT) close("peer does not read");
    }

    /** RFC 5626 section 3.5.1: wants a CRLF back. */
    void ping() {
        if (!open) return;
        pinged = true;
        send(PING);
    }

    /** All bytes that ever came: more of them, and the other side lives. */
    long bytesIn() {
        return bytesIn;
    }

    /** From now on pings keep this open: who is registered may have nothing else to say. */
    void keep() {
        kept = true;
    }

    /** Once, when this has ended. */
    void onEnd(Runnable ended) {
        onEnd.add(ended);
    }

    /** One request that came in has got its first answer. */
    void answered() {
        unanswered--;
        if (paused) pump();
    }

    void close(String rule) {
        if (!open) return;
        transport.note(this, rule);
        shut();
    }

    /** Closes without a word: we are going down. */
    void shut() {
        open = false;
        link.close();
    }

    @Override
    public void bytes(ByteBuf bytes) {
        bytesIn += bytes.readableBytes();
        if (pinged) quietSince = loop().now(); // what came may be the pong
        pinged = false;
        try {
            if (open) cutter.feed(bytes);
        } finally {
            bytes.release();
        }
        pump();
    }

    /** Takes messages as long as there are some and the peer is not too far ahead of us. */
    private void pump() {
        if (pumping) return;
        pumping = true;
        try {
            boolean more = true;
            while (open && more && unanswered < MAX_UNANSWERED) more = step(cutter.next());
            pause(open && more);
        } finally {
            pumping = false;
        }
    }

    private void pause(boolean on) {
        if (on == paused || !open) return;
        paused = on;
        link.reading(!on);
        if (!on) messageSince = cutter.inside() ? loop().now() : null;
    }

    private boolean step(Cut cut) {
        switch (cut) {
            case Cut.Whole(var message) -> {
                heard = true;
                quietSince = loop().now();
                messageSince = cutter.inside() ? quietSince : null;
                if (transport.arrived(this, message)) unanswered++;
            }
            case Cut.Ping _ -> pong();
            case Cut.Stun _ -> close("STUN on a stream");
            case Cut.Refused(var why, var head) -> {
                transport.refuse(this, why, head);
                shut();
            }
            case Cut.Garbage(var rule) -> close(rule);
            case Cut.More _ -> {
                if (!cutter.inside()) messageSince = null;
                else if (messageSince == null) messageSince = loop().now();
                arm();
                return false;
            }
        }
        return true;
    }

    // RFC 5626 section 4.4.1: a double CRLF gets a single one. Ours: at most once in 10 s
    private void pong() {
        var now = loop().now();
        if (kept) quietSince = now;
        if (lastPong != null && now.isBefore(lastPong.plus(BETWEEN_PONGS))) return;
        lastPong = now;
        send(PONG);
    }

    private Instant due() {
        if (paused) return loop().now().plus(ONE_MESSAGE); // it is we who make it wait
        var due = quietSince.plus(IDLE);
        if (messageSince != null) due = messageSince.plus(ONE_MESSAGE);
        if (heard || origin != Transport.Origin.ACCEPTED) return due;
        var first = quietSince.plus(FIRST_MESSAGE);
        return first.isBefore(due) ? first : due;
    }

    private void arm() {
        var due = due();
        if (armedFor != null && !due.isBefore(armedFor)) return;
        if (alarm != null) alarm.cancel();
        armedFor = due;
        alarm = loop().after(Duration.between(loop().now(), due), this::alarmed);
    }

    private void alarmed() {
        armedFor = null;
        if (!open) return;
        if (loop().now().isBefore(due())) arm();
        else if (messageSince != null) close("message not whole after 30 s");
        else close(heard || origin != Transport.Origin.ACCEPTED ? "idle" : "no message in 10 s");
    }

    @Override
    public void writableAgain() {
        unsent = 0;
    }

    @Override
    public void closed(@Nullable Exception why) {
        open = false;
        if (alarm != null) alarm.cancel();
        transport.ended(this);
        onEnd.forEach(Runnable::run);
        onEnd.clear();
    }
}
