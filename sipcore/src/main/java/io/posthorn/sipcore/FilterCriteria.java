package io.posthorn.sipcore;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.posthorn.sip.wire.SipRequest;
import io.posthorn.strand.Clause;
import java.net.URLDecoder;
import java.util.List;
import java.util.Locale;

/**
 * Which requests of a user are shown to an application server. Source: 3GPP TS 29.228 annex B.
 *
 * @param methods for example INVITE, MESSAGE; with REGISTER the server is told of registrations
 * @param services part of a service identifier, for example {@code oma.cpm}; looked for in
 *     Accept-Contact, Contact and the service headers, percent-decoded; none: whatever the service
 * @param server where to send them, a SIP URI
 * @param told what a third-party REGISTER carries
 */
@Clause("3GPP TS 24.229 5.4.3.2")
public record FilterCriteria(
        List<String> methods, List<String> services, String server, Told told) {

    /** IncludeRegisterRequest and IncludeRegisterResponse of 3GPP TS 29.228 annex B. */
    public enum Told {
        NOTHING,
        REQUEST,
        REQUEST_AND_RESPONSE
    }

    private static final List<String> FIELDS =
            List.of("P-Asserted-Service", "P-Preferred-Service", "Accept-Contact", "Contact");

    public FilterCriteria {
        methods = List.copyOf(methods);
        services = services.stream().map(s -> s.toLowerCase(Locale.ROOT)).toList();
    }

    /** A third-party REGISTER carries the client's. */
    public FilterCriteria(List<String> methods, List<String> services, String server) {
        this(methods, services, server, Told.REQUEST);
    }

    boolean match(SipRequest request) {
        if (!methods.contains(request.method())) return false;
        if (services.isEmpty()) return true;
        for (var field : FIELDS) {
            for (var value : request.fields(field)) {
                var text = decoded(value).toLowerCase(Locale.ROOT);
                if (services.stream().anyMatch(text::contains)) return true;
            }
        }
        return false;
    }

    /** Whether the server is told of registrations at all. */
    boolean registrations() {
        return methods.contains("REGISTER");
    }

    private static String decoded(String value) {
        try {
            return URLDecoder.decode(value.replace("+", "%2B"), UTF_8);
        } catch (IllegalArgumentException notEscaped) {
            return value;
        }
    }
}
