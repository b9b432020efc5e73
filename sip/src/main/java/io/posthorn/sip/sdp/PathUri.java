package io.posthorn.sip.sdp;

import java.util.Locale;

/**
 * The outside of an MSRP URI: enough to say that a path can be one. The session-id is opaque here.
 *
 * @param host IPv6 with brackets
 */
record PathUri(boolean tls, String host, int port) {

    private static final int MAX = 1_024;

    static PathUri parse(String uri, MsrpMedia.Rules rules) {
        int scheme = uri.indexOf("://");
        String name = scheme < 0 ? "" : uri.substring(0, scheme).toLowerCase(Locale.ROOT);
        boolean legal = uri.length() <= MAX && (name.equals("msrp") || name.equals("msrps"));
        int slash = legal ? uri.indexOf('/', scheme + 3) : -1;
        int semicolon = uri.indexOf(';', Math.max(slash, 0));
        if (slash < 0 || semicolon <= slash + 1 || !visible(uri) || !tcp(uri, semicolon)) {
            throw SdpSyntax.unacceptable("path with something that is no MSRP URI");
        }
        String authority = uri.substring(scheme + 3, slash);
        String place = authority.substring(authority.lastIndexOf('@') + 1);
        int bracket = place.lastIndexOf(']');
        int colon = place.indexOf(':', Math.max(bracket, 0));
        String host = colon < 0 ? place : place.substring(0, colon);
        if (!host(host)) {
            throw SdpSyntax.unacceptable("path with a URI without a host");
        }
        int port =
                colon < 0
                        ? MsrpMedia.DEFAULT_PORT
                        : (int) Lines.number(place.substring(colon + 1), 1, 65_535, "path port");
        if (port < 1_024 && !rules.lowPorts().contains(port)) {
            throw SdpSyntax.unacceptable("path port out of range");
        }
        return new PathUri(name.equals("msrps"), host, port);
    }

    /** RFC 4975 section 6: the transport is mandatory; tcp is the only one there is. */
    private static boolean tcp(String uri, int semicolon) {
        int end = uri.indexOf(';', semicolon + 1);
        String transport = uri.substring(semicolon + 1, end < 0 ? uri.length() : end);
        return transport.equalsIgnoreCase("tcp");
    }

    private static boolean visible(String uri) {
        return uri.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '"' && c != '<' && c != '>');
    }

    private static boolean host(String host) {
        if (host.startsWith("[")) {
            return host.endsWith("]")
                    && host.length() <= 48
                    && Lines.visible(host.substring(1, host.length() - 1), ":.");
        }
        return host.length() <= 255 && Lines.visible(host, ".-_");
    }
}
