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
 * @param methods for example INVITE, MESSAGE
 * @param services part of a service identifier, for example {@code oma.cpm}; looked for in
 *     Accept-Contact, Contact and the service headers, percent-decoded
 * @param server where to send them, a SIP URI
 */
@Clause("3GPP TS 24.229 5.4.3.2")
public record FilterCriteria(List<String> methods, List<String> services, String server) {

    private static final List<String> FIELDS =
            List.of("P-Asserted-Service", "P-Preferred-Service", "Accept-Contact", "Contact");

    public FilterCriteria {
        methods = List.copyOf(methods);
        services = services.stream().map(s -> s.toLowerCase(Locale.ROOT)).toList();
    }

    boolean match(SipRequest request) {
        if (!methods.contains(request.method())) return false;
        for (var field : FIELDS) {
            for (var value : request.fields(field)) {
                var text = decoded(value).toLowerCase(Locale.ROOT);
                if (services.stream().anyMatch(text::contains)) return true;
            }
        }
        return false;
    }

    private static String decoded(String value) {
        try {
            return URLDecoder.decode(value.replace("+", "%2B"), UTF_8);
        } catch (IllegalArgumentException notEscaped) {
            return value;
        }
    }
}
