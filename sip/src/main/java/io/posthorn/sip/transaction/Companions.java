package io.posthorn.sip.transaction;

import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import org.jspecify.annotations.Nullable;

/** The two requests that share their INVITE's branch. */
final class Companions {
    private Companions() {}

    /** RFC 3261 section 17.1.1.3. */
    static SipRequest ack(SipRequest invite, SipResponse refusal) {
        return like(invite, "ACK").with("To", refusal.header("To").orElseThrow());
    }

    /** RFC 3261 section 9.1. */
    static SipRequest cancel(SipRequest invite, @Nullable String reason) {
        var cancel = like(invite, "CANCEL");
        return reason == null ? cancel : cancel.with("Reason", reason);
    }

    /** RFC 3261 section 9.1: what a CANCEL must have in common with its request. */
    static boolean cancels(SipRequest cancel, SipRequest invite) {
        return cancel.uri().equals(invite.uri())
                && cancel.callId().equals(invite.callId())
                && cancel.cseq().number() == invite.cseq().number()
                && cancel.from().tag().equals(invite.from().tag());
    }

    private static SipRequest like(SipRequest invite, String method) {
        var companion =
                SipRequest.of(method, invite.uri())
                        .withFirst("Via", invite.via().toString())
                        .with("From", invite.header("From").orElseThrow())
                        .with("To", invite.header("To").orElseThrow())
                        .with("Call-ID", invite.callId())
                        .with("CSeq", invite.cseq().number() + " " + method);
        for (var route : invite.fields("Route")) companion = companion.withAdded("Route", route);
        return companion;
    }
}
