package io.posthorn.msrp.session;

import io.netty.buffer.ByteBuf;
import io.posthorn.msrp.wire.ByteRange;
import io.posthorn.msrp.wire.Flag;
import io.posthorn.msrp.wire.MsrpEncoder;
import io.posthorn.msrp.wire.MsrpHead;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Track;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Passes what arrives in one session on in another of the same loop, while it arrives: a chunk's
 * bytes leave before its end is known. Keeps nothing, so it answers only what the next hop
 * answered. Source: RFC 4975 section 7, RFC 4976 section 6.
 */
final class Relay {

    /** Ours: what it remembers of messages, for REPORTs and for chunks after an error. */
    private static final int REMEMBERED = 64;

    private final HomeSession from;
    private final HomeSession onward;
    private final Admission admission;
    private final LinkedHashMap<String, Message> messages = new LinkedHashMap<>();

    /** Messages were forgotten, maybe before their beginning was looked at. */
    private boolean forgot;

    private final Deadlines<Chunk> deadlines;
    private final Passed came;
    private final Passed went;
    private byte @Nullable [] paths;
    private @Nullable Chunk newest;
    private int unanswered;
    private @Nullable Runnable letGo;
    private int cut;
    private int begun;
    private Instant lastBytes;
    private Loop.@Nullable Cancel silence;

    private static final class Message {
        final Gate gate;
        long total = ByteRange.OPEN;
        int failed;
        boolean begun;
        boolean over;

        /** Of its chunk before; that was taken. */
        @Nullable String type;

        Message(Gate gate) {
            this.gate = gate;
        }
    }

    Relay(HomeSession from, HomeSession onward, Admission admission) {
        this.from = from;
        this.onward = onward;
        this.admission = admission;
        this.came = new Passed(from, Track.Way.IN);
        this.went = new Passed(onward, Track.Way.OUT);
        this.lastBytes = from.loop().now();
        this.deadlines =
                new Deadlines<>(
                        from.loop(),
                        from.settings().timers().relayedAnswer(),
                        Chunk::waits,
                        Chunk::late);
    }

    boolean knows(String messageId) {
        return messages.containsKey(messageId);
    }

    // ---- SEND

    ArrivingChunk arriving(Connection connection, MsrpHead head) {
        var message = messages.computeIfAbsent(head.messageId(), _ -> begins(head));
        if (messages.size() > REMEMBERED) forgetOldest();
        var chunk = new Chunk(connection, head, message);
        chunk.enter();
        if (!onward.bound() && !onward.ended()) {
            var bound = connection.hold();
            onward.whenBoundOrLost(bound);
        }
        chunk.begin();
        return chunk;
    }

    private Message begins(MsrpHead head) {
        var message = new Message(new Gate(admission));
        // It may be one that was forgotten: nobody could tell any more how it began.
        if (forgot && head.byteRange().start() > 1) message.failed = 413;
        return message;
    }

    private void forgetOldest() {
        over(messages.pollFirstEntry().getValue());
        forgot = true;
    }

    /** They were agreed on before anything can go onward. */
    private byte[] onwardPaths() {
        if (paths == null) paths = MsrpEncoder.paths(onward.peerPath(), onward.ownPath());
        return paths;
    }

    private void full(Connection connection) {
        if (unanswered >= window() && letGo == null) letGo = connection.hold();
    }

    /**
     * Ours: more chunks than any sender leaves unanswered that keeps a window itself. A smaller
     * number would start and stop reading with every chunk, and where both ways are relayed,
     * whoever stops reading for one way also stops the answers of the other.
     */
    private int window() {
        return 8 * from.settings().window();
    }

    private void room() {
        if (unanswered < window() && letGo != null) {
            letGo.run();
            letGo = null;
        }
    }

    /** One chunk of the sender, and what becomes of it: mostly one chunk onward. */
    private final class Chunk implements ArrivingChunk, OpenChunk {
        private final Connection connection;
        private final MsrpHead head;
        private final Message message;
        private final ByteRange range;
        private final boolean answerable;
        private final boolean strict;
        private final boolean small;
        private List<ByteBuf> held = List.of();
        private List<String> sent = List.of();
        private @Nullable Chunk older;
        private @Nullable Chunk newer;
        private @Nullable Connection next;
        private String transaction = "";
        private long at;
        private long partFrom;
        private int parts;
        private int outstanding;
        private boolean counted;
        private boolean ended;
        private boolean last;
        private boolean done;

        Chunk(Connection connection, MsrpHead head, Message message) {
            this.connection = connection;
            this.head = head;
            this.message = message;
            this.range = head.byteRange();
            var failure = head.failureReport();
            this.answerable = !failure.equals("no");
            this.strict = answerable && !failure.equals("partial");
            // Its end is promised, so it must not be begun before it is here.
            this.small = range.end() >= 0 && range.length() <= LeavingMessage.UNINTERRUPTED;
            this.at = range.start() - 1;
        }

        boolean waits() {
            return !done;
        }

        /** Into the list of those that are open. */
        void enter() {
            older = newest;
            if (older != null) older.newer = this;
            newest = this;
        }

        void leave() {
            if (newest == this) newest = older;
            if (older != null) older.newer = newer;
            if (newer != null) newer.older = older;
            older = null;
            newer = null;
        }

        void begin() {
            if (cut != 0) message.failed = cut;
            if (message.failed != 0) {
                answer(message.failed);
                return;
            }
            began(message);
            var type = head.contentType();
            if (type != null && !type.equals(message.type) && !admission.takes(type)) {
                notAdmitted(415);
                return;
            }
            message.type = type;
            if (range.total() >= 0) {
                if (message.total >= 0 && message.total != range.total()) refuse(400);
                else message.total = range.total();
                if (from.maxSize() > 0 && message.total > from.maxSize()) refuse(413);
            }
        }

        @Override
        public void body(ByteBuf bytes) {
            lastBytes = connection.lastRead();
            if (!done && onward.link() == null) refuse(408);
            if (!done) check(at + bytes.readableBytes());
            if (!done) admit(message.gate.pass(at, bytes));
            var to = onward.link();
            if (done || to == null) {
                at += bytes.readableBytes();
                bytes.release();
                return;
            }
            if (small) {
                at += bytes.readableBytes();
                held = and(held, bytes);
                return;
            }
            if (next == null) open(to, ByteRange.OPEN);
            at += bytes.readableBytes();
            to.body(bytes);
            if (!to.writable()) whenWritable(to, connection.hold());
        }

        private void check(long end) {
            if (range.end() >= 0 && end > range.end()) refuse(400);
            else if (message.total >= 0 && end > message.total) refuse(400);
            else if (from.maxSize() > 0 && end > from.maxSize()) refuse(413);
        }

        private void admit(int code) {
            if (code != Admission.PASSES) notAdmitted(code);
        }

        private void notAdmitted(int code) {
            refuse(code);
            from.tell(new MsrpEvent.Refused(from, head.messageId(), code));
        }

        private void open(Connection to, long end) {
            next = to;
            partFrom = at;
            transaction = onward.nextId();
            var text = to.text(this);
            MsrpEncoder.request(text, transaction, "SEND", onwardPaths());
            boolean same = at == range.start() - 1 && end == range.end();
            if (!same)
                MsrpEncoder.header(
                        text, "Byte-Range", new ByteRange(at + 1, end, range.total()).toString());
            head.copy(text, same);
            if (head.hasBody()) MsrpEncoder.beginBody(text);
            parts++;
            to.open(this);
            if (!answerable) {
                to.excuse(transaction);
                return;
            }
            outstanding++;
            sent = and(sent, transaction);
            to.expect(transaction, this::answered);
            // RFC 4975 section 7.1.2: with "partial" only an error is answered.
            if (!strict) return;
            if (!counted) unanswered++;
            counted = true;
        }

        private void close(Flag flag) {
            var to = next;
            if (to == null) return;
            next = null;
            if (head.hasBody()) MsrpEncoder.endBody(to.text(this), transaction, flag);
            else MsrpEncoder.end(to.text(this), transaction, flag);
            to.done(this);
            went.chunk(to, at - partFrom, partFrom + 1, at, range.total(), flag);
        }

        @Override
        public void interrupt() {
            close(Flag.MORE);
        }

        @Override
        public void end(Flag flag) {
            long count = at - range.start() + 1;
            came.chunk(connection, count, range.start(), range.end(), range.total(), flag);
            boolean shorter = range.end() >= 0 && at < range.end() && flag != Flag.ABORTED;
            if (!done && shorter) refuse(400);
            if (!done && flag == Flag.COMPLETE) admit(message.gate.end(at));
            var to = onward.link();
            if (!done && to == null) refuse(408);
            if (done || to == null) {
                leave();
                return;
            }
            last = flag == Flag.COMPLETE;
            if (flag != Flag.MORE) over(message);
            if (small) sendHeld(to);
            // Interrupted before its last byte, or without any: the flag must pass all the same.
            if (next == null && (parts == 0 || flag != Flag.MORE)) open(to, ByteRange.OPEN);
            close(flag);
            ended = true;
            if (outstanding == 0) {
                answer(200);
                return;
            }
            deadlines.add(this);
            full(connection);
        }

        private void sendHeld(Connection to) {
            long end = at;
            at = range.start() - 1;
            // Less than was said only if it was aborted.
            open(to, end);
            for (var bytes : held) to.body(bytes);
            held = List.of();
            at = end;
        }

        void late() {
            var to = onward.link();
            if (to != null) sent.forEach(to::forget);
            // RFC 4975 section 7.1.2: with "partial" no answer is a good answer.
            answer(strict ? 408 : 200);
        }

        private void answered(int code) {
            outstanding--;
            if (done) return;
            if (code != 200) refuse(code);
            else if (ended && outstanding == 0) answer(200);
        }

        /** This message goes no further. */
        private void refuse(int code) {
            close(Flag.ABORTED);
            answer(code);
        }

        void answer(int code) {
            if (done) return;
            done = true;
            for (var bytes : held) bytes.release();
            held = List.of();
            if (code != 200) message.failed = code == 400 ? 413 : code;
            if (code != 200) over(message);
            if (code != 200 && next != null) close(Flag.ABORTED);
            if (ended || code != 200) leave();
            if (counted) unanswered--;
            counted = false;
            connection.answer(head, code);
            // Whoever waited for an answer was not silent.
            if (answerable) lastBytes = from.loop().now();
            room();
            if (last && code == 200) from.tell(new MsrpEvent.Relayed(from, head.messageId(), at));
        }

        @Override
        public void lost() {
            answer(408);
        }
    }

    // ---- REPORT

    /** From where the messages went to, back to where they came from. */
    void back(MsrpHead report) {
        var to = from.link();
        if (to != null) pass(report, to, from, from.pathOver(report.fromPath()));
    }

    private static void pass(MsrpHead report, Connection to, HomeSession session, String fromPath) {
        var transaction = session.nextId();
        var text = to.text(null);
        MsrpEncoder.request(text, transaction, "REPORT", session.peerPath(), fromPath);
        report.copy(text, true);
        MsrpEncoder.end(text, transaction, Flag.COMPLETE);
        session.track().message(Track.Way.OUT, to.name(), "REPORT", report.bytes());
    }

    // ---- silence

    private void began(Message message) {
        // A chunk that comes again begins nothing.
        if (message.begun || message.over) return;
        message.begun = true;
        lastBytes = from.loop().now();
        if (begun++ == 0 && silence == null) watch(from.settings().timers().silence());
    }

    private void over(Message message) {
        if (message.begun && !message.over) begun--;
        message.over = true;
    }

    private void whenWritable(Connection to, Runnable go) {
        to.whenWritable(() -> {
            lastBytes = from.loop().now();
            go.run();
        });
    }

    private void watch(Duration d) {
        silence = from.loop().after(d, this::look);
    }

    private void look() {
        silence = null;
        if (begun == 0) return;
        var patience = from.settings().timers().silence();
        var quiet = Duration.between(lastBytes, from.loop().now());
        if (quiet.compareTo(patience) >= 0) from.fail(MsrpEvent.Lost.SILENT);
        else watch(patience.minus(quiet));
    }

    // ---- end

    /** As {@link MsrpSession#cut}. */
    void cut(int code) {
        cut = code;
        settle(code);
    }

    /**
     * Nothing follows: what is cut off hears {@code code}. RFC 4975 section 7.1.2: where no answer
     * is a good answer, what was passed on whole has one.
     */
    private void settle(int code) {
        for (var chunk : open())
            if (!chunk.ended) chunk.answer(code);
            else if (!chunk.strict) chunk.answer(200);
    }

    /** The oldest first. */
    private List<Chunk> open() {
        var chunks = new ArrayList<Chunk>();
        for (var chunk = newest; chunk != null; chunk = chunk.older) chunks.add(chunk);
        return chunks.reversed();
    }

    private static <T> List<T> and(List<T> some, T one) {
        if (some.isEmpty()) return List.of(one);
        var all = some instanceof ArrayList<T> grown ? grown : new ArrayList<>(some);
        all.add(one);
        return all;
    }

    /** The sender's session is gone; its open chunk ends in {@code #}. */
    void ended() {
        settle(408);
        for (var chunk : open()) chunk.answer(408);
        came.tell();
        went.tell();
        deadlines.cancel();
        if (silence != null) silence.cancel();
        // The connection may carry other sessions.
        if (letGo != null) letGo.run();
        letGo = null;
    }

    /** The next hop is gone: whoever waits for it hears 408. */
    void onwardEnded() {
        for (var chunk : open()) chunk.refuse(408);
        went.tell();
        room();
    }
}
