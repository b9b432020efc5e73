package io.posthorn.cpm.policy;

import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipUri;
import java.util.Locale;
import java.util.Set;

/** Whether senders may hide who they are. "Anonymity" and "privacy" mean the same here. */
public enum Anonymity {
    ALLOWED,
    FORBIDDEN;

    private static final Set<String> HIDING = Set.of("id", "user", "header", "session");
    private static final String ANONYMOUS_HOST = "anonymous.invalid";

    /**
     * True if the originator asks not to be shown. Source: RFC 3323 section 4.2, RFC 3325 section
     * 9.3; {@code none} is no such request.
     */
    public static boolean requested(SipRequest request) {
        for (var field : request.fields("Privacy"))
            for (var value : field.split("[;,]"))
                if (HIDING.contains(value.strip().toLowerCase(Locale.ROOT))) return true;
        return hiddenFrom(request);
    }

    /** From says nobody, though P-Asserted-Identity says who. */
    private static boolean hiddenFrom(SipRequest request) {
        if (request.values("P-Asserted-Identity").isEmpty()) return false;
        var uri = request.from().uri();
        return !SipUri.scheme(uri).equals("tel") && SipUri.parse(uri).host().equals(ANONYMOUS_HOST);
    }
}
