package io.posthorn.msrp.session;

import io.posthorn.msrp.wire.ByteRange;
import io.posthorn.msrp.wire.Flag;
import io.posthorn.msrp.wire.MsrpEncoder;
import io.posthorn.strand.BodySource;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Track;
import org.jspecify.annotations.Nullable;

/**
 * A message that we send, cut into chunks: up to 2048 bytes with their end said, larger ones with
 * {@code *}, so that they can be ended anywhere. A chunk begins as soon as there is a byte and
 * waits for its source, but not for long: a source may wait for our answers.
 */
final class LeavingMessage implements Outgoing, OpenChunk {

    /** RFC 4975 section 7.1.1: a larger chunk must be interruptible. */
    static final int UNINTERRUPTED = 2048;

    private final HomeSession session;
    private final Head head;
    private final BodySource body;
    private final Passed went;
    private volatile long acknowledged;

    private @Nullable Connection link;
    private @Nullable Chunk chunk;
    private long at;
    private long total = ByteRange.OPEN;
    private boolean begun;
    private int outstanding;
    private boolean abort;
    private boolean allOut;
    private boolean over;
    private boolean waits;
    private Loop.@Nullable Cancel pause;

    LeavingMessage(HomeSession session, Head head, BodySource body) {
        this.session = session;
        this.head = head;
        this.body = body;
        this.went = new Passed(session, Track.Way.OUT);
    }

    @Override
    public Head head() {
        return head;
    }

    @Override
    public long acknowledged() {
        return acknowledged;
    }

    @Override
    public void abort() {
        session.loop()
                .execute(() -> {
                    abort = true;
                    if (session.bound()) giveUp();
                    else if (!session.ended()) session.pump();
                });
    }

    /** One SEND. */
    final class Chunk implements Pending {
        private final String transaction;
        private final long from;
        private long to;
        private final boolean body;
        private boolean waits = true;

        Chunk(String transaction, long from, boolean body) {
            this.transaction = transaction;
            this.from = from;
            this.to = from;
            this.body = body;
        }

        boolean waits() {
            return waits;
        }

        @Override
        public void answered(int code) {
            if (!waits) return;
            waits = false;
            if (head.failureReport() == FailureReport.YES) session.departures().answered();
            outstanding--;
            if (code != 200) failed(code);
            else if (body) acknowledge(this);
            session.pump();
        }

        void late() {
            var connection = link;
            if (connection != null) connection.forget(transaction);
            // RFC 4975 section 7.1.2: with "partial" no answer is a good answer.
            if (head.failureReport() == FailureReport.YES) answered(408);
            else waits = false;
        }
    }

    private void acknowledge(Chunk answered) {
        if (over) return;
        acknowledged = acknowledged + (answered.to - answered.from);
        if (allOut && outstanding == 0) delivered();
    }

    private void delivered() {
        over = true;
        session.tell(new MsrpEvent.Delivered(session, this));
    }

    private void failed(int code) {
        if (over) return;
        over = true;
        if (chunk != null) close(Flag.ABORTED);
        session.departures().handedOver(this);
        track(Track.Way.IN, Integer.toString(code));
        session.tell(new MsrpEvent.Failed(session, this, code));
    }

    /** Sends up to a chunk; true if there may be more to send at once. */
    boolean step() {
        if (abort || body.aborted()) {
            giveUp();
            return true;
        }
        var connection = session.link();
        if (over || connection == null) return false;
        link = connection;
        long most = session.peerMaxSize();
        if (most > 0 && (body.total() > most || at > most)) {
            failed(413);
            return true;
        }
        if (chunk == null && !begin(connection)) return false;
        return more(connection);
    }

    /** Begins a chunk if there is something to put into it. */
    private boolean begin(Connection connection) {
        if (!session.departures().mayBegin()) return false;
        if (!begun) total = body.total();
        long rest = body.complete() ? body.total() - at : Long.MAX_VALUE;
        long ready = body.sendable() - at;
        if (ready <= 0 && rest != 0) {
            await();
            return false;
        }
        boolean whole = rest <= UNINTERRUPTED && ready >= rest;
        begun = true;
        open(connection, whole ? at + rest : ByteRange.OPEN, true);
        return true;
    }

    private void open(Connection connection, long end, boolean content) {
        var transaction = session.nextId();
        var text = connection.text(this);
        MsrpEncoder.request(text, transaction, "SEND", session.peerPath(), session.ownPath());
        MsrpEncoder.header(text, "Message-ID", head.messageId());
        var range = new ByteRange(at + 1, end, total);
        MsrpEncoder.header(text, "Byte-Range", range.toString());
        if (head.successReport()) MsrpEncoder.header(text, "Success-Report", "yes");
        switch (head.failureReport()) {
            case YES -> {}
            case NO -> MsrpEncoder.header(text, "Failure-Report", "no");
            case PARTIAL -> MsrpEncoder.header(text, "Failure-Report", "partial");
        }
        if (!head.contentType().isEmpty())
            MsrpEncoder.header(text, "Content-Type", head.contentType());
        MsrpEncoder.beginBody(text);
        var opened = new Chunk(transaction, at, content);
        chunk = opened;
        connection.open(this);
        if (head.failureReport() == FailureReport.NO) connection.excuse(transaction);
        else connection.expect(transaction, opened);
        if (head.failureReport() == FailureReport.YES) session.departures().begun();
        outstanding++;
    }

    private boolean more(Connection connection) {
        var filling = chunk;
        if (filling == null) return false;
        long room = session.settings().chunkBytes() - (at - filling.from);
        int count = (int) Math.min(room, Math.max(0, body.sendable() - at));
        if (count > 0) {
            body.write(at, count, connection.raw());
            at += count;
            filling.to = at;
            session.departures().sent(head.messageId(), at);
        }
        if (body.complete() && at == body.total()) {
            close(Flag.COMPLETE);
            handedOver();
            return true;
        }
        if (at - filling.from >= session.settings().chunkBytes()) {
            close(Flag.MORE);
            return true;
        }
        await();
        return false;
    }

    private void handedOver() {
        allOut = true;
        session.departures().sent(head.messageId(), at);
        session.departures().handedOver(this);
        if (head.failureReport() != FailureReport.YES) {
            acknowledged = at;
            delivered();
        }
    }

    private void close(Flag flag) {
        var closing = chunk;
        var connection = link;
        if (closing == null || connection == null) return;
        chunk = null;
        if (pause != null) pause.cancel();
        pause = null;
        MsrpEncoder.endBody(connection.text(this), closing.transaction, flag);
        connection.done(this);
        if (head.failureReport() != FailureReport.NO && closing.waits)
            session.departures().await(closing);
        long count = closing.to - closing.from;
        went.chunk(connection, count, closing.from + 1, closing.to, total, flag);
    }

    @Override
    public void interrupt() {
        close(Flag.MORE);
    }

    private void await() {
        if (!waits) {
            waits = true;
            body.whenMore(() -> {
                waits = false;
                if (!over) session.pump();
            });
        }
        if (chunk != null && pause == null)
            pause =
                    session.loop()
                            .after(
                                    session.settings().timers().pause(),
                                    () -> {
                                        pause = null;
                                        if (chunk != null && at > chunk.from) close(Flag.MORE);
                                    });
    }

    private void giveUp() {
        if (over || allOut) return;
        var connection = session.link();
        if (chunk == null && at > 0 && connection != null) {
            link = connection;
            open(connection, ByteRange.OPEN, false);
        }
        if (chunk != null) close(Flag.ABORTED);
        over = true;
        session.departures().handedOver(this);
        session.tell(new MsrpEvent.Failed(session, this, 0));
        session.pump();
    }

    /** The session ends: nothing is told any more. */
    void stop() {
        if (chunk != null) close(Flag.ABORTED);
        went.tell();
        over = true;
        if (pause != null) pause.cancel();
        pause = null;
    }

    /** The session had ended before. */
    void drop() {
        over = true;
    }

    private void track(Track.Way way, String label) {
        var connection = link;
        if (connection != null) session.track().message(way, connection.name(), label, new byte[0]);
    }
}
