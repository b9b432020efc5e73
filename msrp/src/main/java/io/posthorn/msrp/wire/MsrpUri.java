package io.posthorn.msrp.wire;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An MSRP URI. {@link #equals} compares as RFC 4975 section 6.1 wants it: scheme, host and
 * transport in any case, the session-id byte by byte, the port only if both or neither name it;
 * user and parameters do not count.
 */
public final class MsrpUri {

    /** RFC 4975 section 6: the port of a URI that names none. */
    public static final int DEFAULT_PORT = 2855;

    private static final int LONGEST = 1024;

    private final String text;
    private final boolean secure;
    private final String host;
    private final int port;
    private final String session;
    private final String transport;

    private MsrpUri(
            String text, boolean secure, String host, int port, String session, String transport) {
        this.text = text;
        this.secure = secure;
        this.host = host;
        this.port = port;
        this.session = session;
        this.transport = transport;
    }

    /** The URI, or null if {@code text} is none. */
    public static @Nullable MsrpUri parse(String text) {
        if (text.length() > LONGEST) return null;
        int authority;
        boolean secure;
        if (text.regionMatches(true, 0, "msrp://", 0, 7)) {
            secure = false;
            authority = 7;
        } else if (text.regionMatches(true, 0, "msrps://", 0, 8)) {
            secure = true;
            authority = 8;
        } else return null;

        int semi = text.indexOf(';', authority);
        if (semi < 0) return null;
        int slash = text.indexOf('/', authority);
        if (slash > semi) slash = -1;
        int at = text.lastIndexOf('@', slash < 0 ? semi : slash);
        int host = at >= authority ? at + 1 : authority;
        int hostPort = slash < 0 ? semi : slash;
        int hostEnd = hostEnd(text, host, hostPort);
        if (hostEnd <= host) return null;
        int port = port(text, hostEnd, hostPort);
        if (port < 0) return null;
        String session = slash < 0 ? "" : text.substring(slash + 1, semi);
        if (!isSession(session)) return null;
        int more = text.indexOf(';', semi + 1);
        String transport = text.substring(semi + 1, more < 0 ? text.length() : more);
        if (transport.isEmpty() || !isToken(transport)) return null;
        var name = text.substring(host, hostEnd).toLowerCase(Locale.ROOT);
        return new MsrpUri(text, secure, name, port, session, transport.toLowerCase(Locale.ROOT));
    }

    private static int hostEnd(String text, int from, int to) {
        if (from < to && text.charAt(from) == '[') {
            int close = text.indexOf(']', from);
            return close < 0 || close >= to || close == from + 1 ? -1 : close + 1;
        }
        int i = from;
        while (i < to && isHost(text.charAt(i))) i++;
        return i;
    }

    /** 0 if there is none, -1 if it is wrong. */
    private static int port(String text, int from, int to) {
        if (from == to) return 0;
        if (text.charAt(from) != ':' || to - from < 2 || to - from > 6) return -1;
        int port = 0;
        for (int i = from + 1; i < to; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) return -1;
            port = port * 10 + digit;
        }
        return port == 0 || port > 65535 ? -1 : port;
    }

    private static boolean isHost(char c) {
        return isAlphanumeric(c) || c == '.' || c == '-' || c == '_';
    }

    private static boolean isAlphanumeric(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    private static boolean isSession(String id) {
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            if (!isAlphanumeric(c) && "-._~+=/%!$&'()*,:@".indexOf(c) < 0) return false;
        }
        return true;
    }

    private static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++)
            if (!isAlphanumeric(text.charAt(i)) && "-.!%*_+`'~".indexOf(text.charAt(i)) < 0)
                return false;
        return true;
    }

    public boolean secure() {
        return secure;
    }

    /** In lower case; an IPv6 address with its brackets. */
    public String host() {
        return host;
    }

    /** The host as an address or name, without the brackets of IPv6. */
    public String bareHost() {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** The port to connect to. */
    public int port() {
        return port == 0 ? DEFAULT_PORT : port;
    }

    /** Empty if the URI names none, as a relay's may. */
    public String session() {
        return session;
    }

    /** In lower case. */
    public String transport() {
        return transport;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof MsrpUri that
                && secure == that.secure
                && port == that.port
                && host.equals(that.host)
                && session.equals(that.session)
                && transport.equals(that.transport);
    }

    @Override
    public int hashCode() {
        return host.hashCode() * 31 + session.hashCode();
    }

    /** As it was written. */
    @Override
    public String toString() {
        return text;
    }
}
