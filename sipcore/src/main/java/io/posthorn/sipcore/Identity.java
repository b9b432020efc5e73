package io.posthorn.sipcore;

import io.posthorn.sip.wire.SipMessage;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.strand.Clause;

/** Who a message is from, as the core says it and not as the sender does. */
@Clause("RFC 3325 5")
final class Identity {

    private Identity() {}

    /**
     * A request of the registered user {@code aor}, with the identity and the service we vouch for.
     */
    static SipRequest asserted(SipRequest request, String aor) {
        var checked = stripped(request).with("P-Asserted-Identity", "<" + aor + ">");
        var service = request.header("P-Preferred-Service");
        if (service.isPresent()) checked = checked.with("P-Asserted-Service", service.get());
        return checked.without("P-Preferred-Service");
    }

    /**
     * A response of the device of {@code aor}. RFC 5876 leaves responses out; 3GPP TS 24.229
     * asserts them alike.
     */
    static SipResponse asserted(SipResponse response, String aor) {
        return stripped(response).with("P-Asserted-Identity", "<" + aor + ">");
    }

    /** What nobody but us and those we trust may say. */
    static <M extends SipMessage<M>> M stripped(M message) {
        return message.without("P-Asserted-Identity")
                .without("P-Preferred-Identity")
                .without("P-Asserted-Service")
                .without("P-Served-User");
    }

    /**
     * As a device may see it. RFC 3325 section 7: {@code Privacy: id} keeps the asserted identity
     * from it.
     */
    static SipRequest shown(SipRequest request) {
        var shown = request.without("P-Served-User");
        return request.lists("Privacy", "id") || hasPriv(request)
                ? shown.without("P-Asserted-Identity")
                : shown;
    }

    /** Privacy is a list with semicolons, RFC 3323 section 4.2. */
    private static boolean hasPriv(SipRequest request) {
        for (var value : request.header("Privacy").orElse("").split(";")) {
            if (value.strip().equalsIgnoreCase("id")) return true;
        }
        return false;
    }

    /** The address of record in From; empty if it is no SIP URI. */
    static String claimed(SipRequest request) {
        try {
            return SipUri.parse(request.from().uri()).aor();
        } catch (SipSyntax notSip) {
            return "";
        }
    }

    /** The first P-Preferred-Identity, else From. */
    static String preferred(SipRequest request) {
        var preferred = request.addresses("P-Preferred-Identity");
        try {
            return preferred.isEmpty()
                    ? claimed(request)
                    : SipUri.parse(preferred.getFirst().uri()).aor();
        } catch (SipSyntax notSip) {
            return claimed(request);
        }
    }
}
