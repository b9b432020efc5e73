package io.posthorn.sip.wire;

/** What every message must satisfy before anybody else sees it. Nothing is allocated here. */
final class Checks {
    private Checks() {}

    /** Expires and delta-seconds: RFC 3261 section 20.19. */
    private static final long MAX_SECONDS = 0xffff_ffffL;

    private static final int MANDATORY =
            1 << FieldName.VIA
                    | 1 << FieldName.FROM
                    | 1 << FieldName.TO
                    | 1 << FieldName.CALL_ID
                    | 1 << FieldName.CSEQ;

    /** Fields that must not come twice: to pick the first or the last would be smuggled by. */
    private static final int SINGLE =
            1 << FieldName.FROM
                    | 1 << FieldName.TO
                    | 1 << FieldName.CALL_ID
                    | 1 << FieldName.CSEQ
                    | 1 << FieldName.MAX_FORWARDS
                    | 1 << FieldName.CONTENT_LENGTH
                    | 1 << FieldName.CONTENT_TYPE
                    | 1 << FieldName.EXPIRES
                    | 1 << FieldName.SESSION_EXPIRES
                    | 1 << FieldName.EVENT
                    | 1 << FieldName.REFER_TO
                    | 1 << FieldName.MIN_EXPIRES
                    | 1 << FieldName.MIN_SE;

    static void fields(byte[] b, Fields fields, boolean request) {
        int seen = 0;
        for (int i = 0; i < fields.count(); i++) {
            int id = fields.id(i);
            if (id == FieldName.OTHER || id > FieldName.MIN_SE) {
                continue;
            }
            int bit = 1 << id;
            if ((seen & bit & SINGLE) != 0) {
                throw new SipSyntax(fields.line(i), "second " + FieldName.name(id));
            }
            value(b, id, fields.value(i), fields.valueEnd(i));
            seen |= bit;
        }
        if ((seen & MANDATORY) != MANDATORY) {
            int id = Integer.numberOfTrailingZeros(MANDATORY & ~seen);
            throw new SipSyntax(fields.line(fields.count()), "no " + FieldName.name(id));
        }
        if (!Chars.utf8(b, 0, fields.body())) {
            throw new SipSyntax(0, "head is not UTF-8");
        }
    }

    private static void value(byte[] b, int id, int from, int to) {
        switch (id) {
            case FieldName.VIA -> vias(b, from, to);
            case FieldName.FROM, FieldName.TO -> one(b, from, to);
            case FieldName.CONTACT -> {
                if (to - from != 1 || b[from] != '*') {
                    contacts(b, from, to);
                }
            }
            case FieldName.ROUTE, FieldName.RECORD_ROUTE -> addresses(b, from, to);
            case FieldName.REFER_TO -> one(b, from, to);
            case FieldName.CALL_ID -> callId(b, from, to);
            case FieldName.CSEQ -> CSeq.methodAt(b, from, to);
            case FieldName.MAX_FORWARDS -> Scan.number(b, from, to, 255, "Max-Forwards");
            case FieldName.CONTENT_LENGTH ->
                    Scan.number(b, from, to, Integer.MAX_VALUE, "Content-Length");
            case FieldName.EXPIRES, FieldName.MIN_EXPIRES ->
                    Scan.number(b, from, to, MAX_SECONDS, "Expires");
            case FieldName.RETRY_AFTER, FieldName.SESSION_EXPIRES, FieldName.MIN_SE ->
                    leadingNumber(b, from, to, FieldName.name(id));
            default -> {}
        }
    }

    private static void one(byte[] b, int from, int to) {
        int end = Scan.address(b, from, to, null);
        if (end < to) {
            throw new SipSyntax(end, "comma after an address");
        }
    }

    private static void addresses(byte[] b, int from, int to) {
        int i = from;
        while (true) {
            i = Scan.address(b, i, to, null);
            if (i >= to) {
                return;
            }
            i++;
        }
    }

    private static void contacts(byte[] b, int from, int to) {
        int i = from;
        while (true) {
            int end = Scan.address(b, i, to, null);
            contactParams(b, i, end);
            if (end >= to) {
                return;
            }
            i = end + 1;
        }
    }

    /** q and expires of one Contact, whose grammar holds already. */
    private static void contactParams(byte[] b, int from, int to) {
        int i = behindAddress(b, from, to);
        while (i < to) {
            if (b[i] == '"') {
                i = Scan.quoted(b, i, to);
                continue;
            }
            if (b[i++] != ';') {
                continue;
            }
            int name = Scan.skip(b, i, to);
            int nameEnd = Scan.token(b, name, to);
            boolean q = nameEnd - name == 1 && (b[name] | 0x20) == 'q';
            if (q || Scan.is(b, name, nameEnd, "expires")) {
                int value = Scan.skip(b, nameEnd, to);
                value = value < to && b[value] == '=' ? Scan.skip(b, value + 1, to) : value;
                int end = Scan.token(b, value, to);
                if (q) {
                    qvalue(b, value, end);
                } else {
                    Scan.number(b, value, end, MAX_SECONDS, "expires");
                }
            }
        }
    }

    private static int behindAddress(byte[] b, int from, int to) {
        int i = Scan.skip(b, from, to);
        if (i < to && b[i] == '"') {
            i = Scan.quoted(b, i, to);
        }
        while (i < to && b[i] != ';' && b[i] != '<') {
            i++;
        }
        if (i < to && b[i] == '<') {
            while (b[i] != '>') {
                i++;
            }
        }
        return i;
    }

    /** 0 to 1 with at most three decimals: RFC 3261 section 25.1. */
    private static void qvalue(byte[] b, int from, int to) {
        boolean legal =
                to > from
                        && to - from <= 5
                        && (b[from] == '0' || b[from] == '1')
                        && (to == from + 1 || b[from + 1] == '.');
        for (int i = from + 2; legal && i < to; i++) {
            legal = Chars.digit(b[i]) && (b[from] == '0' || b[i] == '0');
        }
        if (!legal) {
            throw new SipSyntax(from, "q value out of range");
        }
    }

    private static void vias(byte[] b, int from, int to) {
        int i = from;
        while (true) {
            int end = Scan.via(b, i, to, null);
            branch(b, i, end);
            if (end >= to) {
                return;
            }
            i = end + 1;
        }
    }

    /** RFC 4475 section 3.2.1: the cookie alone would make all such transactions one. */
    private static void branch(byte[] b, int from, int to) {
        for (int i = from; i < to; i++) {
            if (b[i] == '"') {
                i = Scan.quoted(b, i, to) - 1;
            } else if (b[i] == ';') {
                int name = Scan.skip(b, i + 1, to);
                int nameEnd = Scan.token(b, name, to);
                if (Scan.is(b, name, nameEnd, "branch")) {
                    int equals = Scan.skip(b, nameEnd, to);
                    int value = equals < to ? Scan.skip(b, equals + 1, to) : to;
                    int end = Scan.token(b, value, to);
                    if (Scan.is(b, value, end, "z9hg4bk")) {
                        throw new SipSyntax(value, "branch with nothing after its cookie");
                    }
                }
            }
        }
    }

    private static void callId(byte[] b, int from, int to) {
        if (from == to) {
            throw new SipSyntax(from, "empty Call-ID");
        }
        for (int i = from; i < to; i++) {
            if (b[i] <= ' ') {
                throw new SipSyntax(i, "octet " + (b[i] & 0xff) + " in Call-ID");
            }
        }
    }

    /** Text is for whoever asks for it; a number out of range is refused (RFC 4475 3.1.2.5). */
    private static void leadingNumber(byte[] b, int from, int to, String name) {
        int end = from;
        while (end < to && Chars.digit(b[end])) {
            end++;
        }
        if (end > from) {
            Scan.number(b, from, end, MAX_SECONDS, name);
        }
    }

    /** RFC 3261 section 8.1.1.5: CSeq names the method of the start line. */
    static void method(byte[] b, Fields fields, int methodEnd) {
        int field = fields.find(FieldName.CSEQ, 0);
        int method = CSeq.methodAt(b, fields.value(field), fields.valueEnd(field));
        int length = fields.valueEnd(field) - method;
        boolean same = length == methodEnd;
        for (int i = 0; same && i < length; i++) {
            same = b[method + i] == b[i];
        }
        if (!same) {
            throw new SipSyntax(method, "CSeq of another method");
        }
    }
}
