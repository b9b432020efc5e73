package io.posthorn.sipcore;

import io.posthorn.sip.transport.Flow;
import io.posthorn.sip.wire.NameAddr;
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
 * @param gruu public GRUU; empty without an instance
 * @param temporaryGruu empty without an instance
 * @param expires on the registrar's loop's clock
 * @param path the Path values of its REGISTER
 * @param flow what it registered over
 */
record Binding(
        String aor,
        String id,
        NameAddr contact,
        String instance,
        String gruu,
        String temporaryGruu,
        String callId,
        long cseq,
        Instant expires,
        List<String> path,
        Flow flow) {

    Binding {
        path = List.copyOf(path);
    }
}
