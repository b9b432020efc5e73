package io.posthorn.sip.auth;

import io.posthorn.sip.wire.SipSyntax;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * {@code Digest a=b, c="d"}: what challenges and credentials have in common. Source: RFC 3261
 * section 25.1, {@code auth-param}.
 */
final class DigestFields {

    static final String QOP = "auth";

    // Ours: what is longer is no credentials.
    private static final int LONGEST = 4_096;

    private final String text;
    private final Map<String, String> fields = new LinkedHashMap<>();
    private int at;

    private DigestFields(String text) {
        this.text = text;
    }

    /**
     * By their names in lower case, without quotes.
     *
     * @throws SipSyntax if {@code value} is of another scheme, is no list of parameters, or says
     *     one twice
     */
    static Map<String, String> parse(String value) {
        if (value.length() > LONGEST) throw new SipSyntax(LONGEST, "credentials of such length");
        var scanner = new DigestFields(value);
        scanner.scheme();
        do scanner.field();
        while (scanner.comma());
        return scanner.fields;
    }

    private void scheme() {
        white();
        if (!token("scheme").equalsIgnoreCase("Digest"))
            throw new SipSyntax(at, "another scheme than Digest");
        white();
    }

    private void field() {
        white();
        var name = token("parameter").toLowerCase(Locale.ROOT);
        white();
        if (at >= text.length() || text.charAt(at) != '=')
            throw new SipSyntax(at, name + " without a value");
        at++;
        white();
        var value = at < text.length() && text.charAt(at) == '"' ? quoted() : token(name);
        // Two readings of one thing are none.
        if (fields.put(name, value) != null) throw new SipSyntax(at, name + " twice");
        white();
    }

    private boolean comma() {
        if (at >= text.length()) return false;
        if (text.charAt(at) != ',') throw new SipSyntax(at, "no comma between parameters");
        at++;
        return true;
    }

    private void white() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++;
    }

    private String token(String what) {
        int from = at;
        while (at < text.length() && " \t\r\n,=\"".indexOf(text.charAt(at)) < 0) at++;
        if (at == from) throw new SipSyntax(at, what + " expected");
        return text.substring(from, at);
    }

    private String quoted() {
        var plain = new StringBuilder();
        for (at++; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                return plain.toString();
            }
            if (c == '\\' && at + 1 < text.length()) c = text.charAt(++at);
            plain.append(c);
        }
        throw new SipSyntax(at, "quoted string without end");
    }

    static String quote(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
