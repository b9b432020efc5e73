package io.posthorn.sip.wire;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A sip, sips or tel URI.
 *
 * @param scheme lower case
 * @param user as it is written, escapes kept; empty if there is none; the number of a tel URI
 * @param host lower case, IPv6 with its brackets; empty for tel
 * @param port -1 if there is none
 * @param headers what follows the question mark, or empty
 */
public record SipUri(
        String scheme, String user, String host, int port, Params params, String headers) {

    private static final List<String> KNOWN = List.of("sip", "sips", "tel");

    /**
     * @throws SipSyntax if {@code text} is not one, with status 416 if it is one of another scheme
     */
    public static SipUri parse(String text) {
        byte[] b = text.getBytes(StandardCharsets.UTF_8);
        return read(b, 0, b.length, true);
    }

    /** Checks without making anything. */
    static void check(byte[] b, int from, int to) {
        read(b, from, to, false);
    }

    private static final SipUri CHECKED = new SipUri("", "", "", -1, Params.NONE, "");

    private static SipUri read(byte[] b, int from, int to, boolean keep) {
        Scan.checkUri(b, from, to);
        int colon = Scan.scheme(b, from, to);
        if (Scan.is(b, from, colon, "tel")) {
            return tel(b, colon + 1, to, keep);
        }
        if (!Scan.is(b, from, colon, "sip") && !Scan.is(b, from, colon, "sips")) {
            throw new SipSyntax(416, from, "URI scheme " + Chars.shown(Scan.text(b, from, colon)));
        }
        int question = find(b, '?', userEnd(b, colon + 1, to), to);
        int userFrom = colon + 1;
        int userTo = userEnd(b, userFrom, to);
        if (userTo == userFrom && userTo < to && b[userTo] == '@') {
            throw new SipSyntax(userTo, "empty user");
        }
        escapes(b, userFrom, userTo);
        int hostFrom = userTo < to && b[userTo] == '@' ? userTo + 1 : userFrom;
        if (hostFrom == userFrom) {
            userTo = userFrom;
        }
        int hostTo = Scan.host(b, hostFrom, question);
        int i = hostTo;
        int port = -1;
        if (i < question && b[i] == ':') {
            int digits = ++i;
            while (i < question && Chars.digit(b[i])) {
                i++;
            }
            port = Scan.port(b, digits, i);
        }
        List<Params.Param> params = params(b, i, question, keep);
        escapes(b, i, to);
        if (!keep) {
            if (question < to) {
                throw new SipSyntax(question, "headers in a URI that must have none");
            }
            return CHECKED;
        }
        return new SipUri(
                colon - from == 3 ? "sip" : "sips",
                Scan.text(b, userFrom, userTo),
                Scan.text(b, hostFrom, hostTo).toLowerCase(Locale.ROOT),
                port,
                Params.of(params),
                question < to ? Scan.text(b, question + 1, to) : "");
    }

    /** The offset of the '@', or that where a URI without a user has its host. */
    private static int userEnd(byte[] b, int from, int to) {
        int at = find(b, '@', from, to);
        return at < to ? at : from;
    }

    private static int find(byte[] b, char c, int from, int to) {
        int i = from;
        while (i < to && b[i] != c) {
            i++;
        }
        return i;
    }

    private static void escapes(byte[] b, int from, int to) {
        for (int i = from; i < to; i++) {
            if (b[i] == '%' && (i + 2 >= to || !Chars.hex(b[i + 1]) || !Chars.hex(b[i + 2]))) {
                throw new SipSyntax(i, "'%' without two hex digits");
            }
        }
    }

    private static List<Params.Param> params(byte[] b, int i, int end, boolean keep) {
        List<Params.Param> out = keep ? new ArrayList<>(4) : List.of();
        while (i < end) {
            if (b[i] != ';') {
                throw new SipSyntax(i, "octet " + (b[i] & 0xff) + " after the host");
            }
            int name = i + 1;
            int stop = find(b, ';', name, end);
            int equals = Math.min(find(b, '=', name, end), stop);
            if (equals == name) {
                throw new SipSyntax(name, "URI parameter without a name");
            }
            if (keep) {
                out.add(
                        new Params.Param(
                                Params.name(b, name, equals),
                                equals < stop ? Scan.text(b, equals + 1, stop) : null));
            }
            i = stop;
        }
        return out;
    }

    /** RFC 3966: a global number with its plus, or a local one; visual separators stay. */
    private static SipUri tel(byte[] b, int from, int to, boolean keep) {
        int numberTo = Math.min(find(b, ';', from, to), to);
        boolean digits = false;
        for (int i = from; i < numberTo; i++) {
            boolean digit = Chars.hex(b[i]) || b[i] == '*' || b[i] == '#';
            boolean separator = b[i] == '-' || b[i] == '.' || b[i] == '(' || b[i] == ')';
            if (!digit && !separator && !(b[i] == '+' && i == from)) {
                throw new SipSyntax(i, "octet " + (b[i] & 0xff) + " in a telephone number");
            }
            digits |= digit;
        }
        if (!digits) {
            throw new SipSyntax(from, "telephone number without digits");
        }
        List<Params.Param> params = params(b, numberTo, to, keep);
        return keep
                ? new SipUri("tel", Scan.text(b, from, numberTo), "", -1, Params.of(params), "")
                : CHECKED;
    }

    /**
     * The scheme in lower case, of any URI.
     *
     * @throws SipSyntax if {@code text} has none
     */
    public static String scheme(String text) {
        byte[] b = text.getBytes(StandardCharsets.UTF_8);
        int colon = Scan.scheme(b, 0, b.length);
        for (String known : KNOWN) {
            if (Scan.is(b, 0, colon, known)) {
                return known;
            }
        }
        return Scan.text(b, 0, colon).toLowerCase(Locale.ROOT);
    }

    /**
     * Scheme, user and host only: what a user is known by. No port, no parameters. A tel URI
     * without parameters.
     */
    public String aor() {
        return scheme.equals("tel")
                ? "tel:" + user
                : scheme + ":" + (user.isEmpty() ? "" : user + "@") + host;
    }

    /** The {@code gr} parameter: empty string for a temporary GRUU. Source: RFC 5627. */
    public Optional<String> gruu() {
        return params.has("gr") ? Optional.of(params.get("gr").orElse("")) : Optional.empty();
    }

    public SipUri withUser(String other) {
        return new SipUri(scheme, other, host, port, params, headers);
    }

    public SipUri withParam(String name, @Nullable String value) {
        return new SipUri(scheme, user, host, port, params.with(name, value), headers);
    }

    /** Comparison by RFC 3261 section 19.1.4; tel by RFC 3966 section 4. */
    public boolean matches(SipUri other) {
        if (!scheme.equals(other.scheme)) {
            return false;
        }
        if (scheme.equals("tel")) {
            return digits(user).equals(digits(other.user)) && sameTelParams(other);
        }
        return unescaped(user).equals(unescaped(other.user))
                && host.equals(other.host)
                && port == other.port
                && sameParams(other)
                && headerSet(headers).equals(headerSet(other.headers));
    }

    /** Those in both must agree; user, ttl, method and maddr must stand in both or in none. */
    private boolean sameParams(SipUri other) {
        return agrees(other) && other.agrees(this);
    }

    private boolean agrees(SipUri other) {
        for (Params.Param param : params.list()) {
            String name = param.name().toLowerCase(Locale.ROOT);
            boolean must =
                    switch (name) {
                        // transport is here by RFC 3261's own example: it changes the target.
                        // RFC 5627 section 3.1 needs gr: without it every instance is the same.
                        case "user", "ttl", "method", "maddr", "transport", "gr" -> true;
                        default -> false;
                    };
            if (other.params.has(name)
                    ? !unescaped(params.get(name).orElse(""))
                            .equalsIgnoreCase(unescaped(other.params.get(name).orElse("")))
                    : must) {
                return false;
            }
        }
        return true;
    }

    private boolean sameTelParams(SipUri other) {
        return params.list().size() == other.params.list().size()
                && params.list().stream()
                        .allMatch(p ->
                                other.params.has(p.name())
                                        && params.get(p.name())
                                                .orElse("")
                                                .equalsIgnoreCase(
                                                        other.params.get(p.name()).orElse("")));
    }

    private static String digits(String number) {
        StringBuilder out = new StringBuilder(number.length());
        for (int i = 0; i < number.length(); i++) {
            char c = number.charAt(i);
            if (c != '-' && c != '.' && c != '(' && c != ')') {
                out.append(Character.toLowerCase(c));
            }
        }
        return out.toString();
    }

    private static List<String> headerSet(String headers) {
        return headers.isEmpty()
                ? List.of()
                : List.of(headers.split("&", -1)).stream().map(SipUri::header).sorted().toList();
    }

    private static String header(String text) {
        int equals = text.indexOf('=');
        return equals < 0
                ? unescaped(text).toLowerCase(Locale.ROOT)
                : unescaped(text.substring(0, equals)).toLowerCase(Locale.ROOT)
                        + "="
                        + unescaped(text.substring(equals + 1));
    }

    /**
     * For comparison only: escapes of unreserved characters are resolved, all others stay, in upper
     * case. So {@code %00} and an escaped '@' never turn into something else.
     */
    private static String unescaped(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '%'
                    || i + 2 >= text.length()
                    || !Chars.hex(text.charAt(i + 1))
                    || !Chars.hex(text.charAt(i + 2))) {
                out.append(c);
                continue;
            }
            int octet = Integer.parseInt(text, i + 1, i + 3, 16);
            if (Chars.alpha(octet) || Chars.digit(octet) || "-_.!~*'()".indexOf(octet) >= 0) {
                out.append((char) octet);
            } else {
                out.append(text.substring(i, i + 3).toUpperCase(Locale.ROOT));
            }
            i += 2;
        }
        return out.toString();
    }

    @Override
    public String toString() {
        StringBuilder out = new StringBuilder(64).append(scheme).append(':').append(user);
        if (!scheme.equals("tel")) {
            out.append(user.isEmpty() ? "" : "@").append(host);
        }
        if (port >= 0) {
            out.append(':').append(port);
        }
        params.write(out);
        return headers.isEmpty() ? out.toString() : out.append('?').append(headers).toString();
    }
}
