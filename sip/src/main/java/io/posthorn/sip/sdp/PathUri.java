package io.posthorn.sip.sdp;

/**
 * The outside of an MSRP URI: enough to say that a path can be one. The session-id is opaque here.
 *
 * @param host IPv6 with brackets
 */
record PathUri(boolean tls, String host, int port) {

    private static final int MAX = 1_024;

    static PathUri parse(String uri, MsrpMedia.Rules rules) {
        int scheme = uri.indexOf("://");
        boolean tls = scheme == 5 && uri.regionMatches(true, 0, "msrps", 0, 5);
        boolean plain = scheme == 4 && uri.regionMatches(true, 0, "msrp", 0, 4);
        boolean legal = uri.length() <= MAX && (tls || plain);
        int slash = legal ? uri.indexOf('/', scheme + 3) : -1;
        int semicolon = uri.indexOf(';', Math.max(slash, 0));
        if (slash < 0 || semicolon <= slash + 1 || !visible(uri) || !tcp(uri, semicolon)) {
            throw SdpSyntax.unacceptable("path with something that is no MSRP URI");
        }
        int at = uri.lastIndexOf('@', slash);
        String place = uri.substring(Math.max(at + 1, scheme + 3), slash);
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
        return new PathUri(tls, host, port);
    }

    /** RFC 4975 section 6: the transport is mandatory; tcp is the only one there is. */
    private static boolean tcp(String uri, int semicolon) {
        int end = uri.indexOf(';', semicolon + 1);
        int length = (end < 0 ? uri.length() : end) - semicolon - 1;
        return length == 3 && uri.regionMatches(true, semicolon + 1, "tcp", 0, 3);
    }

    private static boolean visible(String uri) {
        for (int i = 0; i < uri.length(); i++) {
            char c = uri.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>') {
                return false;
            }
        }
        return true;
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
