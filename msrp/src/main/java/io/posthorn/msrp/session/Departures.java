package io.posthorn.msrp.session;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The messages that one session sends, one after the other. Loop only. */
final class Departures {

    /** Ours: messages of which a REPORT may still speak. */
    private static final int REMEMBERED = 64;

    private final HomeSession session;
    private final ArrayDeque<LeavingMessage> waiting = new ArrayDeque<>();
    private final LinkedHashMap<String, Long> sent = new LinkedHashMap<>();
    private final Deadlines<LeavingMessage.Chunk> answers;
    private int unanswered;

    Departures(HomeSession session) {
        this.session = session;
        this.answers =
                new Deadlines<>(
                        session.loop(),
                        session.settings().timers().answer(),
                        LeavingMessage.Chunk::waits,
                        LeavingMessage.Chunk::late);
    }

    void add(LeavingMessage message) {
        waiting.add(message);
    }

    /** Sends up to a chunk; true if there may be more to send at once. */
    boolean step() {
        var message = waiting.peek();
        return message != null && message.step();
    }

    boolean mayBegin() {
        return unanswered < session.settings().window();
    }

    void begun() {
        unanswered++;
    }

    void answered() {
        unanswered--;
    }

    /** An answer to {@code chunk} is waited for from now. */
    void await(LeavingMessage.Chunk chunk) {
        answers.add(chunk);
    }

    /** All bytes of {@code message} are out, or none will follow: the next one. */
    void handedOver(LeavingMessage message) {
        waiting.remove(message);
    }

    /** Bytes of {@code messageId} went out: what a REPORT may speak of. */
    void sent(String messageId, long bytes) {
        sent.put(messageId, bytes);
        if (sent.size() > REMEMBERED) sent.pollFirstEntry();
    }

    /** How many bytes of {@code messageId} went out; null if nothing is known of it. */
    @Nullable Long sent(String messageId) {
        return sent.get(messageId);
    }

    /** The session ends. */
    void stop() {
        for (var message : List.copyOf(waiting)) message.stop();
        waiting.clear();
        answers.cancel();
    }
}
