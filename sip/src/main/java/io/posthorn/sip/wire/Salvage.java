package io.posthorn.sip.wire;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What can be read of a request that cannot be read. */
final class Salvage {
    private Salvage() {}

    // Ours: an answer never carries more Vias than a request within limits can have.
    private static final int VIAS = 70;

    static Optional<SipResponse> answer(byte[] b, int from, SipSyntax why) {
        int line = startLineEnd(b, from);
        if (line < 0) {
            return Optional.empty();
        }
        ByteArrayOutputStream head = new ByteArrayOutputStream(512);
        byte[] start = SipResponse.startLine(why.status(), SipResponse.phrase(why.status()));
        head.write(start, 0, start.length);
        if (!repeat(b, line, head)) {
            return Optional.empty();
        }
        byte[] end = "Content-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        head.write(end, 0, end.length);
        byte[] bytes = head.toByteArray();
        try {
            Fields fields = Fields.scan(bytes, start.length, SipLimits.DEFAULT);
            SipResponse answer = new SipResponse(new Form.Written(bytes, fields), why.status());
            answer.via();
            return Optional.of(tagged(answer));
        } catch (SipSyntax unreadable) {
            return Optional.empty();
        }
    }

    /**
     * Behind the start line of a request that may be answered; -1 if it may not: an ACK, a
     * response, or something that does not name SIP at all.
     */
    private static int startLineEnd(byte[] b, int from) {
        int end = from;
        while (end + 1 < b.length && !(b[end] == '\r' && b[end + 1] == '\n')) {
            end++;
        }
        int methodEnd = Scan.token(b, from, end);
        boolean request = methodEnd > from && methodEnd < end && b[methodEnd] == ' ';
        boolean ack = Scan.is(b, from, methodEnd, "ack");
        return request && !ack && end + 1 < b.length && namesSip(b, methodEnd, end) ? end + 2 : -1;
    }

    private static boolean namesSip(byte[] b, int from, int to) {
        for (int i = to - 4; i >= from; i--) {
            if (Scan.is(b, i, i + 4, "sip/")) {
                return true;
            }
        }
        return false;
    }

    private static boolean repeat(byte[] b, int from, ByteArrayOutputStream head) {
        int seen = 0;
        int vias = 0;
        int line = from;
        while (line < b.length) {
            int end = lineEnd(b, line);
            if (end < 0 || end == line + 2) {
                break;
            }
            int nameEnd = Scan.token(b, line, end);
            int id = FieldName.id(b, line, nameEnd, FieldName.hash(b, line, nameEnd));
            boolean wanted =
                    switch (id) {
                        case FieldName.VIA -> vias < VIAS;
                        case FieldName.FROM, FieldName.TO, FieldName.CALL_ID, FieldName.CSEQ ->
                                (seen & 1 << id) == 0;
                        default -> false;
                    };
            if (wanted && clean(b, line, nameEnd, end)) {
                head.write(b, line, end - line);
                seen |= 1 << id;
                vias += id == FieldName.VIA ? 1 : 0;
            } else if (id == FieldName.VIA && vias == 0) {
                // The way back starts at the topmost Via, not at the topmost that can be read.
                return false;
            }
            line = end;
        }
        return vias > 0;
    }

    /** Behind the CRLF that no white space follows; -1 if there is none. */
    private static int lineEnd(byte[] b, int from) {
        for (int i = from; i + 1 < b.length; i++) {
            if (b[i] == '\r' && b[i + 1] == '\n') {
                boolean folded =
                        i > from && i + 2 < b.length && (b[i + 2] == ' ' || b[i + 2] == '\t');
                if (!folded) {
                    return i + 2;
                }
            }
        }
        return -1;
    }

    private static boolean clean(byte[] b, int line, int nameEnd, int end) {
        int colon = nameEnd;
        while (colon < end && (b[colon] == ' ' || b[colon] == '\t')) {
            colon++;
        }
        if (end - line > SipLimits.DEFAULT.line() || b[colon] != ':') {
            return false;
        }
        for (int i = colon; i < end - 2; i++) {
            boolean fold = b[i] == '\r' && b[i + 1] == '\n';
            if (fold) {
                i++;
            } else if ((b[i] >= 0 && b[i] < ' ' && b[i] != '\t') || b[i] == 0x7f) {
                return false;
            }
        }
        return Chars.utf8(b, line, end);
    }

    /**
     * RFC 3261 section 8.2.7: who keeps no state gives copies of one request the same tag. Ours: it
     * is made of the topmost Via and the Call-ID.
     */
    private static SipResponse tagged(SipResponse answer) {
        try {
            if (answer.known(FieldName.TO).isEmpty() || answer.to().tag().isPresent()) {
                return answer;
            }
            String source = answer.via() + answer.known(FieldName.CALL_ID).orElse("");
            long hash = 0xcbf29ce484222325L;
            for (int i = 0; i < source.length(); i++) {
                hash = (hash ^ source.charAt(i)) * 0x100000001b3L;
            }
            return answer.with("To", answer.to().withTag(Long.toHexString(hash)).toString());
        } catch (SipSyntax toIsWrong) {
            return answer;
        }
    }
}
