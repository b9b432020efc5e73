package io.posthorn.sip.wire;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The grammar of values over bytes. Every method starts at an offset and returns the offset after
 * what it read; without somewhere to put the result it only checks, and allocates nothing.
 */
final class Scan {
    private Scan() {}

    /** Where a name-addr's parts stand: to be read at once, or thrown away. */
    static final class Address {
        int displayFrom = -1;
        int displayTo = -1;
        int uriFrom;
        int uriTo;
        final List<Params.Param> params = new ArrayList<>(4);
    }

    static int skip(byte[] b, int i, int end) {
        while (i < end && Chars.lws(b[i])) {
            i++;
        }
        return i;
    }

    static int token(byte[] b, int i, int end) {
        while (i < end && Chars.token(b[i])) {
            i++;
        }
        return i;
    }

    /** From the opening quote to behind the closing one. */
    static int quoted(byte[] b, int i, int end) {
        for (int k = i + 1; k < end; k++) {
            if (b[k] == '\\') {
                k++;
            } else if (b[k] == '"') {
                return k + 1;
            }
        }
        throw new SipSyntax(i, "quoted string without end");
    }

    static String text(byte[] b, int from, int to) {
        String text = new String(b, from, to - from, StandardCharsets.UTF_8);
        return text.indexOf('\r') < 0 && text.indexOf('\n') < 0 ? text : unfolded(text);
    }

    /** RFC 3261 section 7.3.1: a line break and the white space around it stand for one space. */
    private static String unfolded(String text) {
        StringBuilder out = new StringBuilder(text.length());
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            if (c == '\r' || c == '\n') {
                while (i < text.length() && text.charAt(i) <= ' ') {
                    i++;
                }
                int last = out.length();
                while (last > 0 && (out.charAt(last - 1) == ' ' || out.charAt(last - 1) == '\t')) {
                    last--;
                }
                out.setLength(last);
                out.append(' ');
            } else {
                out.append(c);
                i++;
            }
        }
        return out.toString().strip();
    }

    /** {@code *(SEMI generic-param)}; stops at the end or at a comma. */
    static int params(byte[] b, int i, int end, @Nullable List<Params.Param> into) {
        i = skip(b, i, end);
        while (i < end && b[i] == ';') {
            int name = skip(b, i + 1, end);
            int nameEnd = token(b, name, end);
            if (nameEnd == name) {
                throw new SipSyntax(name, "parameter without a name");
            }
            i = skip(b, nameEnd, end);
            int value = -1;
            int valueEnd = -1;
            if (i < end && b[i] == '=') {
                value = skip(b, i + 1, end);
                valueEnd = paramValue(b, value, end);
                i = skip(b, valueEnd, end);
            }
            if (into != null) {
                into.add(
                        new Params.Param(
                                Params.name(b, name, nameEnd),
                                value < 0 ? null : text(b, value, valueEnd)));
            }
        }
        if (i < end && b[i] != ',') {
            throw new SipSyntax(i, "octet " + (b[i] & 0xff) + " after a parameter");
        }
        return i;
    }

    private static int paramValue(byte[] b, int i, int end) {
        if (i < end && b[i] == '"') {
            return quoted(b, i, end);
        }
        int from = i;
        while (i < end && Chars.value(b[i])) {
            i++;
        }
        if (i == from) {
            throw new SipSyntax(from, "parameter without a value");
        }
        return i;
    }

    /**
     * {@code (name-addr / addr-spec) *(SEMI param)}; stops at the end or at a comma. Without angle
     * brackets semicolons start the field's parameters, and there is no question mark (RFC 3261
     * section 20.10).
     */
    static int address(byte[] b, int i, int end, @Nullable Address into) {
        i = skip(b, i, end);
        int start = i;
        if (i < end && b[i] == '"') {
            int close = quoted(b, i, end);
            if (into != null) {
                into.displayFrom = i;
                into.displayTo = close;
            }
            i = skip(b, close, end);
            if (i >= end || b[i] != '<') {
                throw new SipSyntax(i, "display name without an address");
            }
            i = bracketed(b, i, end, into);
        } else {
            while (i < end && b[i] != '<' && b[i] != ',' && b[i] != ';' && b[i] != '"') {
                i++;
            }
            if (i < end && b[i] == '<') {
                displayTokens(b, start, i, into);
                i = bracketed(b, i, end, into);
            } else {
                bare(b, start, i, into);
            }
        }
        return params(b, i, end, into == null ? null : into.params);
    }

    private static void displayTokens(byte[] b, int from, int to, @Nullable Address into) {
        int last = to;
        while (last > from && Chars.lws(b[last - 1])) {
            last--;
        }
        for (int i = from; i < last; i++) {
            if (!Chars.token(b[i]) && !Chars.lws(b[i])) {
                throw new SipSyntax(i, "octet " + (b[i] & 0xff) + " in unquoted display name");
            }
        }
        if (into != null && last > from) {
            into.displayFrom = from;
            into.displayTo = last;
        }
    }

    private static int bracketed(byte[] b, int i, int end, @Nullable Address into) {
        int from = i + 1;
        int to = uri(b, from, end);
        if (to >= end) {
            throw new SipSyntax(i, "'<' without '>'");
        }
        if (b[to] != '>') {
            throw new SipSyntax(to, "octet " + (b[to] & 0xff) + " in a URI");
        }
        if (into != null) {
            into.uriFrom = from;
            into.uriTo = to;
        }
        return to + 1;
    }

    private static void bare(byte[] b, int from, int to, @Nullable Address into) {
        int last = to;
        while (last > from && Chars.lws(b[last - 1])) {
            last--;
        }
        checkUri(b, from, last);
        for (int i = from; i < last; i++) {
            if (b[i] == '?') {
                throw new SipSyntax(i, "'?' in an address without angle brackets");
            }
        }
        if (into != null) {
            into.uriFrom = from;
            into.uriTo = last;
        }
    }

    /** A scheme, a colon, and only octets that a URI may hold; not more. */
    static void checkUri(byte[] b, int from, int to) {
        int end = uri(b, from, to);
        if (end < to) {
            throw new SipSyntax(end, "octet " + (b[end] & 0xff) + " in a URI");
        }
    }

    /** Behind the last octet that a URI may hold; it has a scheme, and something after that. */
    private static int uri(byte[] b, int from, int to) {
        int colon = scheme(b, from, to);
        int i = colon + 1;
        while (i < to && Chars.uri(b[i])) {
            i++;
        }
        if (i == colon + 1) {
            throw new SipSyntax(colon, "URI with nothing after its scheme");
        }
        return i;
    }

    /** The offset of the colon. */
    static int scheme(byte[] b, int from, int to) {
        int i = from;
        while (i < to
                && (Chars.alpha(b[i])
                        || (i > from
                                && (Chars.digit(b[i])
                                        || b[i] == '+'
                                        || b[i] == '-'
                                        || b[i] == '.')))) {
            i++;
        }
        if (i == from || i >= to || b[i] != ':') {
            throw new SipSyntax(i, "URI without a scheme");
        }
        return i;
    }

    /** Where a Via's parts stand. */
    static final class Sent {
        int transportFrom;
        int transportTo;
        int hostFrom;
        int hostTo;
        int port = -1;
        final List<Params.Param> params = new ArrayList<>(4);
    }

    /**
     * {@code sent-protocol LWS sent-by *(SEMI via-params)} with white space wherever RFC 3261 has
     * it; stops at the end or at a comma.
     */
    static int via(byte[] b, int i, int end, @Nullable Sent into) {
        i = skip(b, i, end);
        int protocol = i;
        i = slash(b, token(b, i, end), end);
        int version = i;
        i = token(b, i, end);
        if (!is(b, protocol, token(b, protocol, end), "sip") || !is(b, version, i, "2.0")) {
            throw new SipSyntax(protocol, "Via of another protocol than SIP/2.0");
        }
        i = slash(b, i, end);
        int transport = i;
        i = token(b, i, end);
        if (i == transport || i >= end || !Chars.lws(b[i])) {
            throw new SipSyntax(i, "Via without transport or sent-by");
        }
        if (into != null) {
            into.transportFrom = transport;
            into.transportTo = i;
        }
        int host = skip(b, i, end);
        i = host(b, host, end);
        if (into != null) {
            into.hostFrom = host;
            into.hostTo = i;
        }
        int colon = skip(b, i, end);
        if (colon < end && b[colon] == ':') {
            int digits = skip(b, colon + 1, end);
            i = digits;
            while (i < end && Chars.digit(b[i])) {
                i++;
            }
            int port = port(b, digits, i);
            if (into != null) {
                into.port = port;
            }
        }
        int params = skip(b, i, end);
        if (params < end && b[params] != ';' && b[params] != ',') {
            throw new SipSyntax(params, "octet " + (b[params] & 0xff) + " after sent-by");
        }
        return params(b, params, end, into == null ? null : into.params);
    }

    private static int slash(byte[] b, int i, int end) {
        i = skip(b, i, end);
        if (i >= end || b[i] != '/') {
            throw new SipSyntax(i, "Via without '/'");
        }
        return skip(b, i + 1, end);
    }

    /** Whether {@code b[from, to)} is {@code text}, which is ASCII; with case. */
    static boolean same(byte[] b, int from, int to, String text) {
        boolean same = to - from == text.length();
        for (int i = 0; same && i < text.length(); i++) {
            same = b[from + i] == text.charAt(i);
        }
        return same;
    }

    static boolean is(byte[] b, int from, int to, String lower) {
        if (to - from != lower.length()) {
            return false;
        }
        for (int i = 0; i < lower.length(); i++) {
            if (Chars.lower(b[from + i]) != lower.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** A name, an IPv4 address, or an IPv6 address in brackets. */
    static int host(byte[] b, int i, int end) {
        int from = i;
        if (i < end && b[i] == '[') {
            while (++i < end && b[i] != ']') {
                boolean legal = Chars.hex(b[i]) || b[i] == ':' || b[i] == '.';
                // RFC 5118 section 4.10: the grammar of RFC 3261 let three colons through.
                boolean three = b[i] == ':' && b[i - 1] == ':' && b[i - 2] == ':';
                if (!legal || three || i - from > 46) {
                    throw new SipSyntax(i, "not an IPv6 address");
                }
            }
            if (i >= end || i - from < 3) {
                throw new SipSyntax(from, "not an IPv6 address");
            }
            return i + 1;
        }
        while (i < end
                && (Chars.alpha(b[i])
                        || Chars.digit(b[i])
                        || b[i] == '.'
                        || b[i] == '-'
                        || b[i] == '_')) {
            i++;
        }
        if (i == from) {
            throw new SipSyntax(from, "no host");
        }
        return i;
    }

    static int port(byte[] b, int from, int to) {
        long port = number(b, from, to, 65_535, "port");
        if (port == 0) {
            throw new SipSyntax(from, "port 0");
        }
        return (int) port;
    }

    /** Digits only; never wraps. */
    static long number(byte[] b, int from, int to, long max, String what) {
        if (from >= to) {
            throw new SipSyntax(from, what + " without digits");
        }
        long value = 0;
        for (int i = from; i < to; i++) {
            if (!Chars.digit(b[i])) {
                throw new SipSyntax(i, what + " with octet " + (b[i] & 0xff));
            }
            value = value * 10 + (b[i] - '0');
            if (value > max) {
                throw new SipSyntax(from, what + " above " + max);
            }
        }
        return value;
    }

    /** The text between quotes without its escapes; anything else as it is. */
    static String unquoted(String text) {
        if (text.length() < 2 || text.charAt(0) != '"' || !text.endsWith("\"")) {
            return text;
        }
        if (text.indexOf('\\') < 0) {
            return text.substring(1, text.length() - 1);
        }
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 1; i < text.length() - 1; i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length() - 1) {
                c = text.charAt(++i);
            }
            out.append(c);
        }
        return out.toString();
    }

    static String quotedText(String text) {
        StringBuilder out = new StringBuilder(text.length() + 8).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\' || (c < 0x20 && c != '\t') || c == 0x7f) {
                out.append('\\');
            }
            // RFC 3261 section 25.1: a quoted-pair holds anything but CR and LF.
            out.append(c == '\r' || c == '\n' ? ' ' : c);
        }
        return out.append('"').toString();
    }

    /**
     * Splits at commas outside quotes and angle brackets; each value trimmed, empty ones left. An
     * empty text has none.
     */
    static void list(String text, List<String> into) {
        if (text.isEmpty()) {
            return;
        }
        int from = 0;
        while (true) {
            int comma = next(text, from);
            into.add(text.substring(from, comma).strip());
            if (comma >= text.length()) {
                return;
            }
            from = comma + 1;
        }
    }

    /** Whether one of the values between commas is {@code token}; without case. */
    static boolean lists(String text, String token) {
        for (int from = 0, comma; from <= text.length(); from = comma + 1) {
            comma = next(text, from);
            if (text.substring(from, comma).strip().equalsIgnoreCase(token)) {
                return true;
            }
        }
        return false;
    }

    /** The offset of the next comma that separates, or the end. */
    static int next(String text, int from) {
        boolean bracket = false;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' && !bracket) {
                i = closing(text, i);
            } else if (c == '<') {
                bracket = true;
            } else if (c == '>') {
                bracket = false;
            } else if (c == ',' && !bracket) {
                return i;
            }
        }
        return text.length();
    }

    private static int closing(String text, int open) {
        for (int i = open + 1; i < text.length(); i++) {
            if (text.charAt(i) == '\\') {
                i++;
            } else if (text.charAt(i) == '"') {
                return i;
            }
        }
        return text.length();
    }
}
