package io.posthorn.sipcore;

import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.NameAddr;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * One device of a user, for as long as its registration lasts. Source: RFC 3261 section 10, RFC
 * 5626, RFC 5627.
 *
 * @param aor the user's address of record
 * @param id names this binding in reg events
 * @param contact with its feature tags
 * @param instance the value of {@code +sip.instance} without its angle brackets; empty if there is
 *     none
 * @param flowId {@code reg-id} if RFC 5626 is in use: then the device is reached over {@code flow}
 *     or over its path, and by no other way; else empty
 * @param gruu public GRUU; empty without an instance
 * @param temporary temporary GRUUs that are valid, the newest last; none without an instance
 * @param firstCseq the CSeq of the REGISTER that gave the first of them; -1 without an instance
 * @param expires on the registrar's loop's clock
 * @param path the Path values of its REGISTER
 * @param flow what it registered over
 * @param direct whether {@code flow} is the device's own: nobody stood between
 */
record Binding(
        String aor,
        String id,
        NameAddr contact,
        String instance,
        String flowId,
        String gruu,
        List<String> temporary,
        long firstCseq,
        String callId,
        long cseq,
        Instant expires,
        List<String> path,
        Flow flow,
        boolean direct) {

    Binding {
        path = List.copyOf(path);
        temporary = List.copyOf(temporary);
    }

    /** The newest; empty without an instance. */
    String temporaryGruu() {
        return temporary.isEmpty() ? "" : temporary.getLast();
    }

    /** Whether RFC 5626 is in use. */
    boolean outbound() {
        return !flowId.isEmpty();
    }

    long secondsLeft(Instant now) {
        return Math.max(0, Duration.between(now, expires).toSeconds());
    }
}
