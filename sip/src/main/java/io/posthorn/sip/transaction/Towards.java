package io.posthorn.sip.transaction;

import io.posthorn.sip.transport.Transport;
import io.posthorn.sip.wire.NameAddr;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.sip.wire.SipUri;
import io.posthorn.strand.Loop;
import io.posthorn.strand.Net;
import io.posthorn.strand.Target;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Where a request goes. Source: RFC 3261 section 8.1.2, RFC 3263 section 4. */
final class Towards {
    private Towards() {}

    /** The targets in the order to try, on {@code here}; none if there is no way. */
    static void find(
            Transport transport, Loop here, SipRequest request, Consumer<List<Target>> to) {
        SipUri next;
        try {
            next = SipUri.parse(nextUri(request));
        } catch (SipSyntax notSip) {
            to.accept(List.of());
            return;
        }
        if (next.host().isEmpty()) {
            to.accept(List.of()); // a tel URI without a Route
            return;
        }
        var host = host(next);
        var address = numeric(host);
        if (address != null && address.isMulticastAddress())
            to.accept(List.of()); // RFC 4475 section 3.3.10: nothing goes to many at once
        else if (address == null) transport.names().resolve(here, service(next, host), to);
        else to.accept(List.of(target(next, address)));
    }

    private static String nextUri(SipRequest request) {
        var routes = request.values("Route");
        if (routes.isEmpty()) return request.uri();
        var first = NameAddr.parse(routes.getFirst()).uri();
        // RFC 3261 section 8.1.2: a strict router stands in the Request-URI
        return SipUri.parse(first).params().has("lr") ? first : request.uri();
    }

    private static Target target(SipUri uri, InetAddress address) {
        var kind = kind(uri);
        int port = uri.port() >= 0 ? uri.port() : defaultPort(kind);
        return new Target(new InetSocketAddress(address, port), kind, uri.host());
    }

    static int defaultPort(Net.Kind kind) {
        return kind == Net.Kind.TLS ? 5061 : 5060;
    }

    private static Net.Kind kind(SipUri uri) {
        if (uri.scheme().equals("sips")) return Net.Kind.TLS;
        return switch (transport(uri)) {
            case "tcp" -> Net.Kind.TCP;
            case "tls" -> Net.Kind.TLS;
            default -> Net.Kind.UDP;
        };
    }

    private static String transport(SipUri uri) {
        return uri.params().get("transport").orElse("").toLowerCase(Locale.ROOT);
    }

    /** RFC 3261 section 19.1.1, RFC 3263 section 4: maddr stands in place of the host. */
    private static String host(SipUri uri) {
        return uri.params().get("maddr").orElse(uri.host());
    }

    private static String service(SipUri uri, String host) {
        var port = uri.port() >= 0 ? ":" + uri.port() : "";
        var transport = transport(uri);
        return uri.scheme()
                + ":"
                + host
                + port
                + (transport.isEmpty() ? "" : ";transport=" + transport);
    }

    /** An address as it stands in a URI or a Via; null if it is a name. */
    static @org.jspecify.annotations.Nullable InetAddress numeric(String host) {
        boolean six = host.startsWith("[") && host.endsWith("]");
        if (!six && !dotted(host)) return null;
        try {
            return InetAddress.ofLiteral(six ? host.substring(1, host.length() - 1) : host);
        } catch (IllegalArgumentException notAnAddress) {
            return null;
        }
    }

    /** Four numbers of at most three digits. */
    private static boolean dotted(String host) {
        int dots = 0;
        int digits = 0;
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            if (c == '.') {
                if (digits == 0) return false;
                dots++;
                digits = 0;
            } else if (c < '0' || c > '9' || ++digits > 3) {
                return false;
            }
        }
        return dots == 3 && digits > 0;
    }
}
