package io.posthorn.sip.dialog;

import io.posthorn.sip.wire.SipRequest;
import io.posthorn.strand.Loop;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What lives on one loop, by our tags. Loop only. */
final class Table {

    // Ours: so much is remembered of what is over; the oldest goes first.
    private static final int REMEMBERED = 10_000;

    private final Loop loop;
    private final Settings settings;
    private final Map<String, Participant> byTag = new HashMap<>();
    private final LinkedHashMap<String, Instant> ended = new LinkedHashMap<>();
    private final LinkedHashMap<String, Seen> seen = new LinkedHashMap<>();

    private boolean forgetting;

    private record Seen(String branch, Instant at) {}

    Table(Loop loop, Settings settings) {
        this.loop = loop;
        this.settings = settings;
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
        if (byTag.remove(tag) == null) return;
        forgetOld();
        ended.put(tag, loop.now());
        forgetLater();
    }

    /** It is over by a BYE of the peer: another one finds nothing (RFC 3261 section 15.1.2). */
    void forget(String tag) {
        byTag.remove(tag);
    }

    boolean endedLately(String tag) {
        var at = ended.get(tag);
        return at != null && at.plus(settings.life()).isAfter(loop.now());
    }

    /**
     * Whether the same request came before on another way (RFC 3261 section 8.2.2.2): same From
     * tag, Call-ID and CSeq, but another transaction. Remembers it.
     */
    boolean merged(SipRequest request) {
        forgetOld();
        var key = request.from().tag().orElse("") + " " + request.callId() + " " + request.cseq();
        var branch = request.via().branch().orElse("");
        var first = seen.putIfAbsent(key, new Seen(branch, loop.now()));
        forgetLater();
        return first != null && first.at.isAfter(old()) && !first.branch.equals(branch);
    }

    private Instant old() {
        return loop.now().minus(settings.life());
    }

    /** What nothing follows goes by time alone: it would stay until the next call. */
    private void forgetLater() {
        if (forgetting || ended.isEmpty() && seen.isEmpty()) return;
        forgetting = true;
        loop.after(
                settings.life().plus(settings.life().dividedBy(8)),
                () -> {
                    forgetting = false;
                    forgetOld();
                    forgetLater();
                });
    }

    private void forgetOld() {
        var old = old();
        prune(ended, e -> e.isBefore(old));
        prune(seen, s -> s.at.isBefore(old));
    }

    private static <V> void prune(
            LinkedHashMap<String, V> map, java.util.function.Predicate<V> gone) {
        var entries = map.entrySet().iterator();
        while (entries.hasNext()) {
            var entry = entries.next();
            if (map.size() < REMEMBERED && !gone.test(entry.getValue())) return;
            entries.remove();
        }
    }
}
