package io.posthorn.cpm.participating;

import io.posthorn.cpm.call.Onward;
import io.posthorn.cpm.call.Rejection;
import io.posthorn.cpm.content.CpmIds;
import io.posthorn.cpm.policy.Service;
import io.posthorn.msrp.session.MsrpEvent;
import io.posthorn.sip.dialog.Question;
import io.posthorn.sip.dialog.Reason;
import io.posthorn.sip.dialog.SessionTimer;
import io.posthorn.sip.wire.NameAddr;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipResponse;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.strand.Entropy;
import io.posthorn.strand.Track;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How a participating function speaks for itself: in its answers, and of its own address. */
record Answers(Settings settings, String contactUri, Entropy entropy) {

    static final String ALLOW = "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, NOTIFY, REGISTER";

    // What explains a refusal travels with it; everything else belongs to the hop that sent it.
    private static final List<String> EXPLAINING =
            List.of("Warning", "Error-Info", "Accept", "Unsupported", "Min-SE", "Reason");

    /** Ours: characters of a Reason; a certificate has as many names as its maker likes. */
    private static final int REASON = 200;

    /** Our address with the service in use. */
    String contact() {
        return "<" + contactUri + ">;" + Service.LARGE_MESSAGE.tag();
    }

    /** {@code carried}, and what every INVITE of ours says of us. */
    Onward rules(Onward carried) {
        return carried.set("Contact", contact()).set("Supported", "timer").set("Allow", ALLOW);
    }

    /**
     * Where a request goes on: to what the core put behind our own Route entry, which leads it back
     * to where it was (3GPP TS 24.229 section 5.7.3).
     */
    List<String> onward(SipRequest received) {
        var routes = received.values("Route");
        var behind =
                !routes.isEmpty() && ours(routes.getFirst())
                        ? routes.subList(1, routes.size())
                        : routes;
        return behind.isEmpty() ? List.of(settings.core()) : behind;
    }

    private boolean ours(String route) {
        try {
            var uri = SipUri.parse(NameAddr.parse(route).uri());
            var us = SipUri.parse(contactUri);
            if (uri.host().equalsIgnoreCase(us.host()) && port(uri) == port(us)) return true;
            var hostPort = uri.host() + ":" + port(uri);
            // What a name stands for, its port included, is the core's to know.
            return settings.names().stream()
                    .anyMatch(name ->
                            name.equalsIgnoreCase(uri.host()) || name.equalsIgnoreCase(hostPort));
        } catch (SipSyntax wrong) {
            throw new Rejection(400, "Route");
        }
    }

    private static int port(SipUri uri) {
        return uri.port() < 0 ? 5060 : uri.port();
    }

    /**
     * The 200 to the caller.
     *
     * @param answerer whom {@code answered} speaks for if it does not say
     */
    SipResponse ok(SipRequest invite, byte[] sdp, SipResponse answered, String answerer) {
        var identity = answered.header("P-Asserted-Identity").orElse("<" + answerer + ">");
        return SipResponse.to(invite, 200)
                .with("Contact", contact())
                .with("P-Asserted-Identity", identity)
                .with("Server", settings.release().toString())
                .with("Allow", ALLOW)
                .withBody("application/sdp", sdp);
    }

    /**
     * {@code invite} with the ids that join all legs and objects of its message, made here where
     * the client left them out. Source: OMA CPM Conv Appendix C.
     */
    SipRequest named(SipRequest invite, Track track) {
        var named = invite;
        for (var name : CpmIds.FIELDS) {
            if (named.header(name).isPresent()) continue;
            var id = CpmIds.uuid(entropy);
            named = named.with(name, id);
            track.id(name, id);
        }
        return named;
    }

    /**
     * What a large message has no use for. Source: RFC 3261 section 14.2: the session goes on as it
     * was; section 8.2.1.
     */
    void decline(Question question) {
        var request = question.request();
        var offer = request.method().equals("INVITE") || request.method().equals("UPDATE");
        var answer = SipResponse.to(request, offer ? 488 : 405).with("Allow", ALLOW);
        var warning = settings.checks().warnings().mediaNotAvailable();
        for (var header : offer ? warning.entrySet() : Map.<String, String>of().entrySet())
            answer = answer.with(header.getKey(), header.getValue());
        question.answer(answer.with("Server", settings.release().toString()));
    }

    /** Step "session timer" of every procedure. Source: RFC 4028 section 9. */
    void checkSessionTimer(SipRequest invite) {
        SessionTimer.refusal(invite, settings.sessions().minimum())
                .ifPresent(refusal -> {
                    throw rejection(refusal, "session interval");
                });
    }

    /**
     * What BYE says of media that is lost. Of a certificate it says what is wrong with it: whoever
     * can mend that sits at the other end.
     */
    static Reason lost(String why) {
        if (why.equals(MsrpEvent.Lost.SILENT)) return Reason.sip(408, "Request Timeout");
        int certificate = why.indexOf("certificate");
        if (certificate < 0) return Reason.sip(503, "Service Unavailable");
        int end = Math.min(why.length(), certificate + REASON);
        return Reason.sip(503, why.substring(certificate, end));
    }

    /**
     * A refusal from further on, as the caller gets it: 401, 407 and 503 concern only the hop that
     * sent them.
     */
    static Rejection relayed(SipResponse refusal) {
        return rejection(refusal, "refused further on");
    }

    private static Rejection rejection(SipResponse refusal, String why) {
        var code =
                switch (refusal.code()) {
                    case 401, 407, 503 -> 500;
                    // RFC 3261 section 8.1.3.4: we do not follow redirections for the caller.
                    case 300, 301, 302, 305, 380 -> 480;
                    default -> refusal.code();
                };
        Map<String, String> headers = new LinkedHashMap<>();
        for (var name : EXPLAINING)
            refusal.header(name).ifPresent(value -> headers.put(name, value));
        return new Rejection(code, why, headers);
    }
}
