package io.posthorn.cpm.participating;

import io.posthorn.sip.wire.NameAddr;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.strand.Clause;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** For whom a core sends us a request: for its sender, or for its recipient. */
@Clause("3GPP TS 24.229 5.7.1.3A")
enum SessionCase {
    ORIGINATING,
    TERMINATING;

    private static final String ORIG = "orig";
    private static final String TERM = "term";

    /**
     * What P-Served-User of a trusted hop says (RFC 5502); else whether the core marked our Route
     * entry or its own behind it with {@code orig}; else which of two addresses of ours the core
     * was told: {@code sip:orig@...} or {@code sip:term@...}.
     *
     * @throws io.posthorn.sip.wire.SipSyntax if one of these is wrong
     */
    static SessionCase of(SipRequest request, boolean trusted) {
        var served = served(request, trusted);
        if (served.isPresent()) return served.get();
        var nearest = nearest(request);
        return marked(nearest).or(() -> addressed(nearest)).orElse(TERMINATING);
    }

    private static Optional<SessionCase> served(SipRequest request, boolean trusted) {
        return Identity.servedUser(request, trusted)
                .map(NameAddr::params)
                .flatMap(params ->
                        // RFC 8498: after a diversion the user is served as a sender.
                        params.has("orig-cdiv")
                                ? Optional.of(ORIGINATING)
                                : params.get("sescase").flatMap(SessionCase::named));
    }

    private static Optional<SessionCase> named(String sescase) {
        return switch (sescase) {
            case ORIG -> Optional.of(ORIGINATING);
            case TERM -> Optional.of(TERMINATING);
            default -> Optional.empty();
        };
    }

    private static Optional<SessionCase> marked(List<SipUri> nearest) {
        return nearest.stream().anyMatch(uri -> uri.params().has(ORIG))
                ? Optional.of(ORIGINATING)
                : Optional.empty();
    }

    private static Optional<SessionCase> addressed(List<SipUri> nearest) {
        for (var uri : nearest) {
            if (uri.user().equals(ORIG)) return Optional.of(ORIGINATING);
            if (uri.user().equals(TERM)) return Optional.of(TERMINATING);
        }
        return Optional.empty();
    }

    /** Our entry and the one by which we go back; those behind are of others. */
    private static List<SipUri> nearest(SipRequest request) {
        var entries = new ArrayList<SipUri>(2);
        for (var route : request.values("Route")) {
            if (entries.size() == 2) break;
            entries.add(SipUri.parse(NameAddr.parse(route).uri()));
        }
        return entries;
    }
}
