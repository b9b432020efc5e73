package io.posthorn.sip.wire;

import java.nio.charset.StandardCharsets;

/**
 * More about a status code, for people. Source: RFC 3261 section 20.43.
 *
 * @param code 100 to 999; 399 for all that has no number
 * @param agent who warns: a host or a pseudonym, no spaces
 * @param text without quotes
 */
public record Warning(int code, String agent, String text) {

    /**
     * One of them; split lists first with {@link SipMessage#values}.
     *
     * @throws SipSyntax if {@code value} is not one
     */
    public static Warning parse(String value) {
        byte[] b = value.getBytes(StandardCharsets.UTF_8);
        int start = Scan.skip(b, 0, b.length);
        int space = start;
        while (space < b.length && !Chars.lws(b[space])) {
            space++;
        }
        if (space - start != 3) {
            throw new SipSyntax(start, "warning code that has not three digits");
        }
        int code = (int) Scan.number(b, start, space, 999, "warning code");
        int agent = Scan.skip(b, space, b.length);
        int agentEnd = agent;
        while (agentEnd < b.length && !Chars.lws(b[agentEnd]) && b[agentEnd] != '"') {
            agentEnd++;
        }
        int quote = Scan.skip(b, agentEnd, b.length);
        if (agentEnd == agent || quote >= b.length || b[quote] != '"') {
            throw new SipSyntax(quote, "warning without an agent or a quoted text");
        }
        int end = Scan.quoted(b, quote, b.length);
        if (Scan.skip(b, end, b.length) < b.length) {
            throw new SipSyntax(end, "warning with something after its text");
        }
        return new Warning(
                code, Scan.text(b, agent, agentEnd), Scan.unquoted(Scan.text(b, quote, end)));
    }

    /** As on the wire. */
    @Override
    public String toString() {
        return code + " " + agent + " " + Scan.quotedText(text);
    }
}
