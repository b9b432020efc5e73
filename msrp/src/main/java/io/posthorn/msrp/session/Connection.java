package io.posthorn.msrp.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.posthorn.msrp.wire.Fault;
import io.posthorn.msrp.wire.Flag;
import io.posthorn.msrp.wire.MsrpDecoder;
import io.posthorn.msrp.wire.MsrpEncoder;
import io.posthorn.msrp.wire.MsrpHead;
import io.posthorn.msrp.wire.MsrpSyntax;
import io.posthorn.strand.Certificate;
import io.posthorn.strand.Link;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Recorder;
import io.posthorn.strand.Unavailable;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One link and the sessions that it carries. Reads a part at a time, so that whoever cannot take
 * more stops it between two parts. Loop only.
 */
final class Connection implements Link.Reader {

    private static final System.Logger LOG = System.getLogger(Connection.class.getName());

    // Ours: what one connection may do wrong.
    private static final int UNKNOWN_SESSIONS = 3;
    private static final int STRAY_RESPONSES = 20;
    private static final int BAD_REQUESTS = 20;

    /** Ours: SENDs of which an answer may still come that nobody waits for. */
    private static final int EXCUSED = 64;

    // Ours: blocks for what is not passed by reference, from one answer to a turn of small chunks.
    private static final int TEXT = 2048;
    private static final int MOST_TEXT = 65536;
    private static final int ROOM = 512;

    /** Ours: fewer bytes are copied: a reference and its place in a gathered write cost more. */
    private static final int COPIED = 4096;

    private final LoopEndpoint home;
    private final Link link;
    private final boolean secure;
    private final String name;
    private @Nullable MsrpDecoder decoder;
    private @Nullable ByteBuf unread;
    private List<HomeSession> sessions = List.of();
    // Ours: most are empty most of the time, and there are two or more of each per call.
    private final Map<String, Pending> pending = new HashMap<>(1);
    private final Set<String> unanswered = new HashSet<>(1);
    private @Nullable ArrayDeque<String> excused;
    private final List<Runnable> whenWritable = new ArrayList<>();
    private ArrivingChunk chunk = ArrivingChunk.IGNORED;
    private @Nullable MsrpHead early;
    private @Nullable OpenChunk open;
    private @Nullable ByteBuf text;
    private int block = TEXT;
    private Loop.@Nullable Cancel firstSend;
    private Loop.@Nullable Cancel stall;
    private Instant lastRead;
    private int holds;
    private int unknownSessions;
    private int strayResponses;
    private int badRequests;
    private boolean reading;
    private boolean flushing;
    private boolean pumping;
    private boolean closed;

    /**
     * @param secure over TLS
     */
    Connection(LoopEndpoint home, Link link, boolean secure) {
        this.home = home;
        this.link = link;
        this.secure = secure;
        this.name = Recorder.link(link.local(), link.remote());
        this.lastRead = home.loop().now();
    }

    String name() {
        return name;
    }

    InetAddress source() {
        return link.remote().getAddress();
    }

    InetSocketAddress remote() {
        return link.remote();
    }

    boolean secure() {
        return secure;
    }

    @Nullable Certificate certified() {
        return link.certified();
    }

    boolean closed() {
        return closed;
    }

    /** When bytes came last. */
    Instant lastRead() {
        return lastRead;
    }

    // ---- sessions

    void carry(HomeSession session) {
        var more = new ArrayList<>(sessions);
        more.add(session);
        sessions = List.copyOf(more);
        home.bound(this);
        saidSomething();
    }

    private void saidSomething() {
        if (firstSend != null) firstSend.cancel();
        firstSend = null;
    }

    boolean carries() {
        return !sessions.isEmpty();
    }

    void drop(HomeSession session) {
        if (!sessions.contains(session)) return;
        sessions = sessions.stream().filter(other -> other != session).toList();
        if (sessions.isEmpty()) close("no session left");
    }

    void awaitFirstSend() {
        var patience = home.settings().timers().firstSend();
        firstSend = home.loop().after(patience, () -> close("no SEND"));
    }

    // ---- reading

    @Override
    public void bytes(ByteBuf bytes) {
        if (closed) {
            bytes.release();
            return;
        }
        // Link.reading: nothing comes before what came is read.
        if (unread != null) {
            bytes.release();
            throw new IllegalStateException(name + " does not stop");
        }
        lastRead = home.loop().now();
        unread = bytes;
        read();
    }

    /** Stops reading until what is returned has been run; running it again is harmless. */
    Runnable hold() {
        if (holds++ == 0 && !closed) link.reading(false);
        return new Runnable() {
            private boolean done;

            @Override
            public void run() {
                if (done) return;
                done = true;
                if (--holds == 0 && !closed) home.loop().execute(Connection.this::resume);
            }
        };
    }

    private void resume() {
        if (closed || holds > 0) return;
        read();
        if (!closed && holds == 0) link.reading(true);
    }

    private void read() {
        if (reading) return;
        reading = true;
        try {
            readAll();
            if (decoder != null && decoder.idle()) home.decoders().rests(this);
        } catch (MsrpSyntax lost) {
            LOG.log(System.Logger.Level.INFO, "RFC 4975 9 {0}: {1}", name, lost.getMessage());
            close("not MSRP: " + lost.getMessage());
        } catch (Unavailable failed) {
            LOG.log(System.Logger.Level.WARNING, "{0}: {1}", name, failed.getMessage());
            close("unavailable: " + failed.getMessage());
        } catch (RuntimeException bug) {
            LOG.log(System.Logger.Level.WARNING, name + ": a bug", bug);
            close("internal error");
        } finally {
            reading = false;
        }
    }

    private void readAll() {
        while (holds == 0 && !closed) {
            if (early != null) {
                var head = early;
                early = null;
                if (!carries()) awaitFirstSend();
                head(head);
                continue;
            }
            if (unread == null) return;
            if (decoder == null) decoder = home.decoders().take();
            var part = decoder.next(unread);
            if (part == null) dropUnread();
            else part(part);
        }
    }

    private void dropUnread() {
        if (unread != null) unread.release();
        unread = null;
    }

    /** Gives its decoder away, if it is between two messages; the next one needs another. */
    @Nullable MsrpDecoder handOver() {
        if (decoder == null || !decoder.idle()) return null;
        var given = decoder;
        decoder = null;
        return given;
    }

    private void part(MsrpDecoder.Part part) {
        switch (part) {
            case MsrpDecoder.Part.Head(var head) -> head(head);
            case MsrpDecoder.Part.Body(var bytes) -> chunk.body(bytes);
            case MsrpDecoder.Part.End(var flag) -> {
                var ended = chunk;
                chunk = ArrivingChunk.IGNORED;
                ended.end(flag);
            }
        }
    }

    private void head(MsrpHead head) {
        chunk = head.isRequest() ? request(head) : response(head);
    }

    private ArrivingChunk response(MsrpHead head) {
        var send = pending.remove(head.transaction());
        if (send == null) {
            if (excused != null && excused.remove(head.transaction())) return ArrivingChunk.IGNORED;
            if (++strayResponses > STRAY_RESPONSES) close("answers to nothing");
            return ArrivingChunk.IGNORED;
        }
        home.counts().pending.decrementAndGet();
        send.answered(head.code());
        return ArrivingChunk.IGNORED;
    }

    private ArrivingChunk request(MsrpHead head) {
        var fault = head.fault();
        if (fault != null) return bad(head, fault);
        return switch (head.method()) {
            case "SEND" -> send(head);
            case "REPORT" -> {
                var session = home.find(head);
                if (session != null) session.reported(head);
                yield ArrivingChunk.IGNORED;
            }
            default -> new Refused(head, 501);
        };
    }

    private ArrivingChunk bad(MsrpHead head, Fault fault) {
        LOG.log(System.Logger.Level.INFO, "RFC 4975 7.3.1 {0}: {1}", name, fault.why());
        badRequests++;
        return head.method().equals("REPORT")
                ? ArrivingChunk.IGNORED
                : new Refused(head, fault.code());
    }

    private ArrivingChunk send(MsrpHead head) {
        if (!unanswered.add(head.transaction()))
            return new Refused(head, 400) {
                @Override
                void answerIt() {
                    write(head, 400);
                }
            };
        var session = home.find(head);
        if (session == null) {
            unknownSessions++;
            return new Refused(head, 481);
        }
        if (session.takesEarly(this)) {
            unanswered.remove(head.transaction());
            saidSomething();
            early = head;
            return ArrivingChunk.IGNORED;
        }
        int code = session.admits(this, head);
        if (code == 200) return session.arriving(this, head);
        if (code == 403) {
            answer(head, 403);
            close("not the peer that SDP named");
            return ArrivingChunk.IGNORED;
        }
        return new Refused(head, code);
    }

    /** Skips to the end-line, then answers an error. */
    private class Refused implements ArrivingChunk {
        private final MsrpHead head;
        private final int code;

        Refused(MsrpHead head, int code) {
            this.head = head;
            this.code = code;
        }

        @Override
        public void body(ByteBuf bytes) {
            bytes.release();
        }

        void answerIt() {
            answer(head, code);
        }

        @Override
        public void end(Flag flag) {
            answerIt();
            if (unknownSessions >= UNKNOWN_SESSIONS && sessions.isEmpty())
                close("guesses sessions");
            else if (badRequests >= BAD_REQUESTS) close("bad requests");
        }
    }

    // ---- answering

    /** Answers a SEND, once, as far as its Failure-Report wants it. */
    void answer(MsrpHead request, int code) {
        unanswered.remove(request.transaction());
        // RFC 4975 section 7.1.2.
        var wanted = request.failureReport();
        if (wanted.equals("no") || (wanted.equals("partial") && code == 200)) return;
        write(request, code);
    }

    private void write(MsrpHead request, int code) {
        if (closed) return;
        var to = first(request.fromPath(), peerUri());
        var from = first(request.toPath(), ownUri());
        if (to.isEmpty() || from.isEmpty()) {
            // Nobody could tell whom such an answer is for.
            close("no path to answer to");
            return;
        }
        MsrpEncoder.response(text(null), request.transaction(), code, to, from);
    }

    private static String first(List<String> path, String otherwise) {
        return path.isEmpty() ? otherwise : path.getFirst();
    }

    private String ownUri() {
        return sessions.isEmpty() ? "" : sessions.getFirst().uri();
    }

    private String peerUri() {
        return sessions.isEmpty() ? "" : sessions.getFirst().peerUri();
    }

    // ---- writing

    boolean writable() {
        return !closed && link.writable();
    }

    /** Runs {@code then} once, when bytes can be written again. */
    void whenWritable(Runnable then) {
        whenWritable.add(then);
        watchStall();
    }

    /**
     * Where to put start lines, headers and end-lines. Ends the open chunk of anybody but {@code
     * writer}.
     */
    ByteBuf text(@Nullable OpenChunk writer) {
        var other = open;
        if (other != null && other != writer) {
            open = null;
            other.interrupt();
        }
        return room(ROOM);
    }

    private ByteBuf room(int bytes) {
        // What is still written is for nobody.
        if (closed) return Unpooled.buffer();
        flushSoon();
        if (text != null && text.writableBytes() < bytes) {
            block = Math.min(MOST_TEXT, 2 * block);
            pushText();
        }
        if (text == null) text = ByteBufAllocator.DEFAULT.directBuffer(Math.max(bytes, block));
        return text;
    }

    /** From now until {@link #done} only {@code writer} writes, or it is interrupted. */
    void open(OpenChunk writer) {
        open = writer;
    }

    void done(OpenChunk writer) {
        if (open == writer) open = null;
    }

    /** Body bytes; takes the reference. */
    void body(ByteBuf bytes) {
        int count = bytes.readableBytes();
        if (count > COPIED) {
            raw().write(bytes);
            return;
        }
        room(count).writeBytes(bytes);
        bytes.release();
    }

    /** Where a source writes body bytes. */
    Link raw() {
        pushText();
        flushSoon();
        return link;
    }

    private void pushText() {
        if (text != null) link.write(text);
        text = null;
    }

    void expect(String transaction, Pending send) {
        pending.put(transaction, send);
        home.counts().pending.incrementAndGet();
    }

    void forget(String transaction) {
        if (pending.remove(transaction) == null) return;
        home.counts().pending.decrementAndGet();
        excuse(transaction);
    }

    /** An answer to this SEND is no wrong, though nobody waits for one. */
    void excuse(String transaction) {
        if (excused == null) excused = new ArrayDeque<>();
        if (excused.size() >= EXCUSED) excused.removeFirst();
        excused.add(transaction);
    }

    private void flushSoon() {
        if (flushing || closed) return;
        flushing = true;
        home.loop().execute(this::flush);
    }

    private void flush() {
        flushing = false;
        if (closed) return;
        if (text != null && text.readableBytes() < block / 4) block = Math.max(TEXT, block / 2);
        pushText();
        link.flush();
        if (!link.writable()) watchStall();
    }

    /** RFC 4975 says nothing of a peer that reads nothing. */
    private void watchStall() {
        if (stall != null || closed) return;
        var patience = home.settings().timers().stall();
        stall =
                home.loop()
                        .after(
                                patience,
                                () -> {
                                    stall = null;
                                    if (!closed && !link.writable()) close("takes no byte");
                                });
    }

    @Override
    public void writableAgain() {
        if (closed) return;
        if (stall != null) stall.cancel();
        stall = null;
        var waiting = new ArrayList<>(whenWritable);
        whenWritable.clear();
        for (var then : waiting) then.run();
        pump();
    }

    /** Lets the sessions send, a chunk each in turn. */
    void pump() {
        if (pumping || closed) return;
        pumping = true;
        try {
            boolean more = true;
            while (more && !closed) {
                more = false;
                for (var session : sessions) if (!closed && link.writable()) more |= session.step();
            }
        } finally {
            pumping = false;
        }
        if (!closed && !link.writable()) watchStall();
    }

    // ---- ending

    /** Ends the connection from our side; its sessions are lost. */
    void close(String why) {
        if (closed) return;
        if (open != null) open.interrupt();
        open = null;
        pushText();
        link.flush();
        finish(why);
        link.close();
    }

    @Override
    public void closed(@Nullable Exception why) {
        if (closed) return;
        var message = why == null ? null : why.getMessage();
        finish(message == null ? "closed by the peer" : message);
    }

    private void finish(String why) {
        closed = true;
        home.closed(this);
        saidSomething();
        if (stall != null) stall.cancel();
        open = null;
        if (text != null) text.release();
        text = null;
        dropUnread();
        decoder = null;
        home.decoders().forget(this);
        forgetEarly();
        home.counts().pending.addAndGet(-pending.size());
        pending.clear();
        unanswered.clear();
        // Whoever waits for room here may hold another connection, which must go on.
        var waiting = List.copyOf(whenWritable);
        whenWritable.clear();
        for (var then : waiting) then.run();
        var broken = chunk;
        chunk = ArrivingChunk.IGNORED;
        broken.lost();
        for (var session : sessions) session.lost(this, why);
        sessions = List.of();
    }

    private void forgetEarly() {
        var session = early == null ? null : home.find(early);
        early = null;
        if (session != null) session.earlyLost(this);
    }
}
