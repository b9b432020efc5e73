package io.posthorn.sipcore;

import io.posthorn.sip.wire.SipMessage;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.strand.Clause;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What a sender wants to keep for himself: the values of its Privacy header. */
@Clause("RFC 3323 4.2")
record Privacy(Set<String> wishes) {

    /** RFC 3323 section 5.3: what tells of the user and is not needed to reach him. */
    private static final List<String> TELLING =
            List.of(
                    "Subject",
                    "Call-Info",
                    "Organization",
                    "User-Agent",
                    "Reply-To",
                    "In-Reply-To",
                    "P-Asserted-Identity");

    static Privacy of(SipMessage<?> message) {
        var wishes = new LinkedHashSet<String>();
        for (var field : message.fields("Privacy"))
            for (var value : field.split("[;,]"))
                if (!value.isBlank()) wishes.add(value.strip().toLowerCase(Locale.ROOT));
        // RFC 3323 section 4.2: none stands alone, and means what it says.
        return new Privacy(wishes.contains("none") ? Set.of() : wishes);
    }

    /** RFC 3325 section 9.3. */
    boolean id() {
        return wishes.contains("id") || user();
    }

    boolean user() {
        return wishes.contains("user");
    }

    /** What the network added on the way, and where the sender is. */
    boolean header() {
        return wishes.contains("header");
    }

    /**
     * RFC 3323 section 5: refused with 500 if it must be and cannot. Media are nobody's business
     * here.
     */
    boolean impossible() {
        return wishes.contains("critical") && wishes.contains("session");
    }

    /** {@code request} without what is to be kept, as it leaves the trust domain. */
    SipRequest kept(SipRequest request) {
        var left = id() ? request.without("P-Asserted-Identity") : request;
        if (user()) {
            left = left.with("From", Identity.anonymous(request.from()).toString());
            for (var name : TELLING) left = left.without(name);
        }
        if (header()) left = left.without("History-Info");
        return told(left);
    }

    /** RFC 3323 section 5: what was done is asked of nobody else. */
    private SipRequest told(SipRequest request) {
        if (!user() && !header()) return request;
        var rest = new LinkedHashSet<>(wishes);
        rest.removeAll(List.of("user", "header"));
        if (rest.isEmpty() || rest.equals(Set.of("critical"))) return request.without("Privacy");
        return request.with("Privacy", String.join(";", rest));
    }
}
