package io.posthorn.msrp.session;

import org.jspecify.annotations.Nullable;

/** Who opens the connection. Source: RFC 6135, RFC 4145 section 4.1, RFC 4975 section 5.4. */
enum Setup {
    DIAL,
    WAIT,
    /** Both say active: each dials, and answers the other. */
    BOTH,
    /** {@code actpass} is legal only in an offer. */
    ILLEGAL;

    static Setup of(Media ours, Media theirs) {
        var offer = ours.offered() ? ours : theirs;
        var answer = ours.offered() ? theirs : ours;
        var role = answer.setup();
        if ("actpass".equals(role)) return ILLEGAL;
        // RFC 4975 section 8.5 for an answer without the attribute; and somebody must dial if both
        // sides say passive: whoever began.
        if (!"active".equals(role)) return ours.offered() ? DIAL : WAIT;
        if (isActive(offer.setup())) return BOTH;
        return ours.offered() ? WAIT : DIAL;
    }

    // RFC 4145 section 4: an offer that says nothing says active.
    private static boolean isActive(@Nullable String offered) {
        return offered == null || offered.equals("active");
    }
}
