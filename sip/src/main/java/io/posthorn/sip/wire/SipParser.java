package io.posthorn.sip.wire;

import java.util.Arrays;
import java.util.Optional;

/**
 * Bytes to messages. Two readers of one message must never see two things in it: what could be read
 * in two ways is refused, not repaired. Any thread.
 */
public final class SipParser {
    private SipParser() {}

    /**
     * Reads one whole message, head and body. Fields are indexed and the start line, the mandatory
     * fields and what could be read in two ways are checked; other values wait until they are asked
     * for. Line breaks before the start line are skipped; what follows the body that Content-Length
     * names is left out (RFC 3261 section 18.3).
     *
     * @param message not to be changed afterwards
     * @throws SipSyntax if this is not a SIP message, or one that must be refused with the status
     *     it carries
     */
    public static SipMessage<?> parse(byte[] message) {
        return parse(message, SipLimits.of(message, 0));
    }

    /** As {@link #parse(byte[])}, within other limits. */
    public static SipMessage<?> parse(byte[] message, SipLimits limits) {
        int start = lineBreaks(message);
        byte[] b = start == 0 ? message : Arrays.copyOfRange(message, start, message.length);
        return isResponse(b, 0) ? response(b, limits) : request(b, limits);
    }

    private static int lineBreaks(byte[] b) {
        int i = 0;
        while (i + 1 < b.length && b[i] == '\r' && b[i + 1] == '\n') {
            i += 2;
        }
        return i;
    }

    static boolean isResponse(byte[] b, int from) {
        return b.length > from + 4 && b[from + 3] == '/' && Scan.is(b, from, from + 4, "sip/");
    }

    private static SipMessage<?> request(byte[] b, SipLimits limits) {
        int methodEnd = Scan.token(b, 0, b.length);
        if (methodEnd == 0 || methodEnd >= b.length || b[methodEnd] != ' ') {
            throw new SipSyntax(methodEnd, "start line without a method and one space");
        }
        int uri = methodEnd + 1;
        int uriEnd = uri;
        while (uriEnd < b.length && b[uriEnd] > ' ') {
            uriEnd++;
            if (uriEnd - uri > limits.line()) {
                throw new SipSyntax(414, uri, "Request-URI above " + limits.line() + " bytes");
            }
        }
        if (uriEnd == uri || uriEnd >= b.length || b[uriEnd] != ' ') {
            throw new SipSyntax(uriEnd, "start line without a Request-URI between two spaces");
        }
        int end = version(b, uriEnd + 1);
        if (end + 1 >= b.length || b[end] != '\r' || b[end + 1] != '\n') {
            throw new SipSyntax(end, "start line with more than its version");
        }
        SipUri.check(b, uri, uriEnd);
        Fields fields = Fields.scan(b, end + 2, limits);
        Checks.fields(b, fields, true);
        Checks.method(b, fields, methodEnd);
        return new SipRequest(new Form.Written(body(b, fields, limits), fields), methodEnd, uriEnd);
    }

    /** Behind {@code SIP/2.0}. */
    private static int version(byte[] b, int from) {
        int end = from;
        while (end < b.length && (Chars.token(b[end]) || b[end] == '/')) {
            end++;
        }
        if (Scan.is(b, from, end, "sip/2.0")) {
            return end;
        }
        boolean sip = end - from >= 7 && Scan.is(b, from, from + 4, "sip/");
        throw new SipSyntax(sip ? 505 : 400, from, "version is not SIP/2.0");
    }

    private static SipMessage<?> response(byte[] b, SipLimits limits) {
        int versionEnd = version(b, 0);
        int code = versionEnd + 1;
        int codeEnd = code;
        while (codeEnd < b.length && Chars.digit(b[codeEnd])) {
            codeEnd++;
        }
        if (versionEnd >= b.length || b[versionEnd] != ' ' || codeEnd - code != 3) {
            throw new SipSyntax(versionEnd, "status line without a code of three digits");
        }
        long status = Scan.number(b, code, codeEnd, 699, "status code");
        if (status < 100) {
            throw new SipSyntax(code, "status code below 100");
        }
        int end = reason(b, codeEnd, codeEnd + limits.line());
        Fields fields = Fields.scan(b, end + 2, limits);
        Checks.fields(b, fields, false);
        return new SipResponse(new Form.Written(body(b, fields, limits), fields), (int) status);
    }

    /** To the CRLF; the reason phrase may be empty, and the space before it missing. */
    private static int reason(byte[] b, int from, int limit) {
        int i = from;
        while (i < b.length && i < limit && (b[i] >= ' ' || b[i] < 0 || b[i] == '\t')) {
            i++;
        }
        if (i + 1 >= b.length || b[i] != '\r' || b[i + 1] != '\n') {
            throw new SipSyntax(i, "status line without its end");
        }
        if (i > from && b[from] != ' ') {
            throw new SipSyntax(from, "status code with something after it");
        }
        if (!Chars.utf8(b, from, i)) {
            throw new SipSyntax(from, "reason phrase is not UTF-8");
        }
        return i;
    }

    private static byte[] body(byte[] b, Fields fields, SipLimits limits) {
        int field = fields.find(FieldName.CONTENT_LENGTH, 0);
        int here = b.length - fields.body();
        long length =
                field < 0
                        ? here
                        : Scan.number(
                                b,
                                fields.value(field),
                                fields.valueEnd(field),
                                Integer.MAX_VALUE,
                                "Content-Length");
        if (length > here) {
            throw new SipSyntax(fields.body(), "body of " + here + " bytes, not " + length);
        }
        if (length > limits.body()) {
            throw new SipSyntax(413, fields.body(), "body above " + limits.body() + " bytes");
        }
        return length == here ? b : Arrays.copyOf(b, fields.body() + (int) length);
    }

    /**
     * Where the head in {@code b[from, to)} ends: the offset behind its empty line, or -1 if that
     * has not come yet. For streams, where more may come. Nothing is checked.
     *
     * @param from where the start line starts
     */
    public static int headEnd(byte[] b, int from, int to) {
        for (int i = from + 3; i < to; ) {
            byte c = b[i];
            if (c == '\n') {
                if (b[i - 1] == '\r' && b[i - 2] == '\n' && b[i - 3] == '\r') {
                    return i + 1;
                }
                i += 2;
            } else {
                i += c == '\r' ? 1 : 4;
            }
        }
        return -1;
    }

    /**
     * The Content-Length of a whole head, which {@link #headEnd} found; -1 if it has none, which on
     * a stream is an error (RFC 3261 section 18.3).
     *
     * @throws SipSyntax if it cannot be told for sure: the framing is lost
     */
    public static int contentLength(byte[] b, int from, int headEnd) {
        int found = -1;
        int line = nextLine(b, from, headEnd);
        while (line < headEnd) {
            int next = nextLine(b, line, headEnd);
            while (next < headEnd && (b[next] == ' ' || b[next] == '\t')) {
                next = nextLine(b, next, headEnd);
            }
            int nameEnd = Scan.token(b, line, next);
            int colon = nameEnd;
            while (colon < next && (b[colon] == ' ' || b[colon] == '\t')) {
                colon++;
            }
            if (isContentLength(b, line, nameEnd)) {
                if (found >= 0) {
                    throw new SipSyntax(line, "second Content-Length");
                }
                if (colon >= next || b[colon] != ':') {
                    throw new SipSyntax(colon, "Content-Length without a colon");
                }
                found = length(b, colon + 1, next);
            }
            line = next;
        }
        return found;
    }

    private static boolean isContentLength(byte[] b, int from, int to) {
        return (to - from == 1 && (b[from] | 0x20) == 'l')
                || Scan.is(b, from, to, "content-length");
    }

    private static int length(byte[] b, int from, int to) {
        int first = Scan.skip(b, from, to);
        int last = to;
        while (last > first && Chars.lws(b[last - 1])) {
            last--;
        }
        return (int) Scan.number(b, first, last, Integer.MAX_VALUE, "Content-Length");
    }

    private static int nextLine(byte[] b, int from, int to) {
        int i = from;
        while (i < to && b[i] != '\n') {
            i++;
        }
        return Math.min(i + 1, to);
    }

    /**
     * The refusal of a request that {@link #parse} threw at, if enough of it can be read to send
     * one back: a Via on top, and this is a request and no ACK. From, To, Call-ID and CSeq are
     * repeated as far as they are there and clean.
     *
     * @return empty if the message should be dropped
     */
    public static Optional<SipResponse> tryAnswer(byte[] message, SipSyntax why) {
        return Salvage.answer(message, lineBreaks(message), why);
    }
}
