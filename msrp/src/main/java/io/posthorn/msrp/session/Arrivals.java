package io.posthorn.msrp.session;

import io.netty.buffer.ByteBuf;
import io.posthorn.msrp.wire.Flag;
import io.posthorn.msrp.wire.MsrpHead;
import java.util.LinkedHashMap;
import java.util.List;

/** The messages that arrive in one session, for its receiver. Loop only. */
final class Arrivals {

    // Ours: what one session may have open, and what it remembers of what it had.
    private static final int MESSAGES = 32;
    private static final int REMEMBERED = 64;

    private final HomeSession session;
    private final Receiver receiver;
    private final LinkedHashMap<String, ArrivingMessage> open = new LinkedHashMap<>();
    private final LinkedHashMap<String, Integer> finished = new LinkedHashMap<>();

    Arrivals(HomeSession session, Receiver receiver) {
        this.session = session;
        this.receiver = receiver;
    }

    /** True while {@code messageId} needs further chunks. */
    boolean isOpen(String messageId) {
        return open.containsKey(messageId);
    }

    ArrivingChunk chunk(Connection connection, MsrpHead head) {
        var messageId = head.messageId();
        var message = open.get(messageId);
        if (message == null) {
            var code = finished.get(messageId);
            if (code != null) return new Late(connection, head, code);
            if (open.size() >= MESSAGES) return new Late(connection, head, 413);
            message = new ArrivingMessage(session, this, headOf(head), head.byteRange().total());
            open.put(messageId, message);
            message.begin(receiver.arriving(message), connection);
        }
        return message.chunk(connection, head);
    }

    private static Head headOf(MsrpHead head) {
        var type = head.contentType();
        var failure =
                switch (head.failureReport()) {
                    case "no" -> FailureReport.NO;
                    case "partial" -> FailureReport.PARTIAL;
                    default -> FailureReport.YES;
                };
        return new Head(
                head.messageId(),
                type == null ? "" : type,
                "yes".equals(head.header("Success-Report")),
                failure);
    }

    /** The message needs no further chunk; one that comes is answered {@code code}. */
    void finished(String messageId, int code) {
        open.remove(messageId);
        finished.put(messageId, code);
        if (finished.size() > REMEMBERED) finished.pollFirstEntry();
    }

    /** As if it had never begun: the sender may begin it again. */
    void forget(String messageId) {
        open.remove(messageId);
    }

    /** The session ends. */
    void lost() {
        for (var message : List.copyOf(open.values())) message.lost();
        open.clear();
    }

    /** Belongs to a message that is over, or that we cannot take. */
    private record Late(Connection connection, MsrpHead head, int code) implements ArrivingChunk {

        @Override
        public void body(ByteBuf bytes) {
            bytes.release();
        }

        @Override
        public void end(Flag flag) {
            connection.answer(head, code);
        }
    }
}
