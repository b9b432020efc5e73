package io.posthorn.cpm.participating;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.posthorn.cpm.call.Rejection;
import io.posthorn.sip.wire.NameAddr;
import io.posthorn.sip.wire.SipRequest;
import io.posthorn.sip.wire.SipSyntax;
import io.posthorn.sip.wire.SipUri;
import java.net.InetAddress;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Who asks, and for whom. Source: OMA CPM Conv 6.1; RFC 3325, RFC 5502. */
final class Identity {

    private static final Set<String> ADDRESSES = Set.of("sip", "sips", "tel");

    private Identity() {}

    /**
     * The authenticated originator's CPM address: the first SIP URI that a trusted hop asserts,
     * else its tel URI.
     *
     * @throws Rejection 403 if nobody asserted one
     */
    static String originator(SipRequest request, Settings settings) {
        var asserted = asserted(request, settings);
        for (var uri : asserted) if (!uri.startsWith("tel:")) return uri;
        if (asserted.isEmpty())
            throw new Rejection(
                    403, "no asserted identity", settings.checks().warnings().notAuthorised());
        return asserted.getFirst();
    }

    /** Every address that a trusted hop asserts of who asks; RFC 3325 allows for two. */
    static List<String> asserted(SipRequest request, Settings settings) {
        if (!trusted(request, settings)) return List.of();
        var all = new ArrayList<String>(2);
        for (var value : request.values("P-Asserted-Identity")) {
            var uri = address(value).uri();
            if (ADDRESSES.contains(SipUri.scheme(uri))) all.add(uri);
        }
        return all;
    }

    /** True if {@code request} came from a hop that may assert who asks. */
    static boolean trusted(SipRequest request, Settings settings) {
        var via = request.via();
        // RFC 3261 section 18.2.1: "received" is there whenever the host is not what it claims.
        var host = via.params().get("received").orElse(via.host());
        var plain = host.replace("[", "").replace("]", "");
        return passes(request, settings.trust().pass())
                || settings.trust().hosts().stream().anyMatch(trusted -> same(trusted, plain));
    }

    /**
     * Whether what led here is known to our core only: the user part of our Route entry, or of the
     * Request-URI of what is meant for us.
     */
    private static boolean passes(SipRequest request, String pass) {
        if (pass.isEmpty()) return false;
        var routes = request.addresses("Route");
        var led = routes.isEmpty() ? request.uri() : routes.getFirst().uri();
        if (!SipUri.scheme(led).startsWith("sip")) return false;
        var shown = SipUri.parse(led).user();
        return MessageDigest.isEqual(pass.getBytes(UTF_8), shown.getBytes(UTF_8));
    }

    /** An IPv6 address has more than one form. */
    private static boolean same(String one, String other) {
        if (one.equalsIgnoreCase(other)) return true;
        try {
            return InetAddress.ofLiteral(one).equals(InetAddress.ofLiteral(other));
        } catch (IllegalArgumentException name) {
            return false;
        }
    }

    /** Whom the terminating function serves: P-Served-User of a trusted hop, else Request-URI. */
    static String served(SipRequest request, Settings settings) {
        var named = servedUser(request, trusted(request, settings));
        var uri = named.map(NameAddr::uri).orElseGet(request::uri);
        try {
            return SipUri.parse(uri).aor();
        } catch (SipSyntax wrong) {
            throw new Rejection(ADDRESSES.contains(SipUri.scheme(uri)) ? 400 : 416, "Request-URI");
        }
    }

    /** Whether a trusted hop says that nobody of the served user is registered. */
    static boolean unregistered(SipRequest request, Settings settings) {
        return servedUser(request, trusted(request, settings))
                .flatMap(served -> served.params().get("regstate"))
                .filter("unreg"::equals)
                .isPresent();
    }

    /**
     * P-Served-User, with {@code sescase} and {@code regstate}; nothing if the hop is not trusted.
     *
     * @throws Rejection 400 if it cannot be read
     */
    static Optional<NameAddr> servedUser(SipRequest request, boolean trusted) {
        return request.header("P-Served-User").filter(_ -> trusted).map(Identity::address);
    }

    private static NameAddr address(String value) {
        try {
            return NameAddr.parse(value);
        } catch (SipSyntax wrong) {
            throw new Rejection(400, "identity '" + wrong.getMessage() + "'");
        }
    }
}
