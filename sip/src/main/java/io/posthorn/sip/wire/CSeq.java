package io.posthorn.sip.wire;

import java.nio.charset.StandardCharsets;

/**
 * A sequence number and its method.
 *
 * @param number 0 to 2^31 - 1
 */
public record CSeq(long number, String method) {

    static final long MAX = Integer.MAX_VALUE;

    /**
     * @throws SipSyntax if {@code text} is not one
     */
    public static CSeq parse(String text) {
        byte[] b = text.getBytes(StandardCharsets.UTF_8);
        return parse(b, 0, b.length);
    }

    static CSeq parse(byte[] b, int from, int to) {
        int method = methodAt(b, from, to);
        int digits = from;
        while (Chars.digit(b[digits])) {
            digits++;
        }
        return new CSeq(
                Scan.number(b, from, digits, MAX, "CSeq"), SipRequest.method(b, method, to));
    }

    /** Checks the whole, and returns where the method starts. */
    static int methodAt(byte[] b, int from, int to) {
        int digits = from;
        while (digits < to && Chars.digit(b[digits])) {
            digits++;
        }
        // RFC 3261 section 8.1.1.5: below 2^31.
        Scan.number(b, from, digits, MAX, "CSeq");
        int method = Scan.skip(b, digits, to);
        if (method == digits || method == to || Scan.token(b, method, to) != to) {
            throw new SipSyntax(method, "CSeq without a method");
        }
        return method;
    }

    @Override
    public String toString() {
        return number + " " + method;
    }
}
