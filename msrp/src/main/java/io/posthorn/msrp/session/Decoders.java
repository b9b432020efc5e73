package io.posthorn.msrp.session;

import io.posthorn.msrp.wire.MsrpDecoder;
import java.util.LinkedHashSet;
import org.jspecify.annotations.Nullable;

/**
 * The decoders of one loop. One has room for a head and knows the head before: a lot for a
 * connection that says nothing for hours. So between two messages only those that read last keep
 * theirs; in the middle of one a connection keeps it. Loop only.
 */
final class Decoders {

    /** Ours: connections between two messages that have a decoder. */
    private static final int RESTING = 32;

    /** Whoever read last is the last. */
    private final LinkedHashSet<Connection> resting = new LinkedHashSet<>();

    private @Nullable MsrpDecoder spare;

    /** For whoever has none. */
    MsrpDecoder take() {
        var taken = spare;
        spare = null;
        return taken == null ? new MsrpDecoder() : taken;
    }

    /** {@code reader} is between two messages. */
    void rests(Connection reader) {
        resting.addLast(reader);
        if (resting.size() > RESTING) spare = resting.removeFirst().handOver();
    }

    /** {@code reader} is closed. */
    void forget(Connection reader) {
        resting.remove(reader);
    }
}
