package io.posthorn.sip.dialog;

import io.posthorn.sip.transaction.Recent;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.strand.Entropy;
import io.posthorn.strand.Loop;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What lives on one loop, by our tags. Loop only. */
final class Table {

    private final Loop loop;
    private final Map<String, Participant> byTag = new HashMap<>();

    /** Tags. */
    private final Recent ended;

    /** What names a request, and by which branch it came. */
    private final Recent seen;

    Table(Loop loop, Entropy entropy, Settings settings) {
        this.loop = loop;
        this.ended = new Recent(loop, entropy, settings.life());
        this.seen = new Recent(loop, entropy, settings.life());
    }

    Loop loop() {
        return loop;
    }

    void add(String tag, Participant participant) {
        byTag.put(tag, participant);
    }

    @Nullable Participant find(String tag) {
        return byTag.get(tag);
    }

    /** It is over; a BYE that crossed ours may still come. */
    void remove(String tag) {
        if (byTag.remove(tag) != null) ended.add(tag, new byte[0]);
    }

    /** It is over by a BYE of the peer: another one finds nothing (RFC 3261 section 15.1.2). */
    void forget(String tag) {
        byTag.remove(tag);
    }

    boolean endedLately(String tag) {
        return ended.find(tag) != null;
    }

    /**
     * Whether the same request came before on another way (RFC 3261 section 8.2.2.2): same From
     * tag, Call-ID and CSeq, but another transaction. Remembers it.
     */
    boolean merged(SipRequest request) {
        var key = request.from().tag().orElse("") + " " + request.callId() + " " + request.cseq();
        byte[] branch = print(request.via().branch().orElse(""));
        byte[] first = seen.find(key);
        if (first == null) seen.add(key, branch);
        return first != null && !Arrays.equals(first, branch);
    }

    private byte[] print(String branch) {
        return ByteBuffer.allocate(Long.BYTES).putLong(seen.print(branch)).array();
    }
}
