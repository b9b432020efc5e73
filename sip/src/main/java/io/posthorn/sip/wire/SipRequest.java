package io.posthorn.sip.wire;

import io.posthorn.sip.wire.Form.Written;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A request. */
public final class SipRequest extends SipMessage<SipRequest> {

    private static final byte[] REST =
            " SIP/2.0\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII);
    private static final Written NOTHING = Written.of("\r\n");
    private static final Written ENDING =
            Written.of("Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n");
    private static final byte[] VERSION = Arrays.copyOf(REST, 10);
    private static final Fields REST_FIELDS = Fields.scan(REST, VERSION.length, SipLimits.DEFAULT);

    private final int methodEnd;
    private final int uriEnd;
    private @Nullable String method;
    private @Nullable String uri;

    SipRequest(Form form, int methodEnd, int uriEnd) {
        super(form);
        this.methodEnd = methodEnd;
        this.uriEnd = uriEnd;
    }

    /**
     * A new request with Max-Forwards 70 and Content-Length 0 and nothing else.
     *
     * @throws SipSyntax if {@code method} is no token, or {@code uri} cannot stand in a start line
     */
    public static SipRequest of(String method, String uri) {
        if (!Chars.token(method)) {
            throw new SipSyntax(0, "method " + Chars.shown(method));
        }
        byte[] bytes = startingWith(method, uri, REST);
        int rest = bytes.length - REST.length;
        Fields fields = new Fields(REST_FIELDS.count());
        fields.add(REST_FIELDS, 0, REST_FIELDS.count(), rest + REST_FIELDS.line(0));
        fields.end(bytes.length - 2);
        var request = new SipRequest(new Written(bytes, fields), method.length(), rest);
        request.uri = uri;
        return request;
    }

    /**
     * As {@link #of}, with those fields of {@code other} that have one of these names, as they are
     * written there; but one that is folded is written on one line, in which nobody sees two.
     */
    public static SipRequest carrying(
            String method, String uri, SipRequest other, FieldNames names) {
        byte[] start = startingWith(method, uri, VERSION);
        Written whole = other.written();
        Written made =
                whole.picked(
                        start, field -> names.has(whole, field) && !whole.folded(field), ENDING);
        SipRequest request = new SipRequest(made, method.length(), start.length - VERSION.length);
        request.uri = uri;
        for (int i = 0; i < whole.fields().count(); i++)
            if (names.has(whole, i) && whole.folded(i))
                request = request.withAdded(whole.name(i), whole.value(i));
        return request;
    }

    private static byte[] startingWith(String method, String uri, byte[] rest) {
        int from = method.length() + 1;
        byte[] out = new byte[from + Chars.size(uri) + rest.length];
        out[Chars.put(method, out, 0)] = ' ';
        int to = Chars.put(uri, out, from);
        Scan.checkUri(out, from, to);
        System.arraycopy(rest, 0, out, to, rest.length);
        return out;
    }

    @Override
    SipRequest copy(Form form) {
        return copy(form, uriEnd);
    }

    private SipRequest copy(Form form, int uriEnd) {
        SipRequest request = new SipRequest(form, methodEnd, uriEnd);
        request.method = method;
        request.uri = uri;
        return request;
    }

    public String method() {
        String known = method;
        if (known == null) {
            known = method(form().start(), 0, methodEnd);
            method = known;
        }
        return known;
    }

    /** The methods everybody uses, without a new string for each message. */
    static String method(byte[] b, int from, int to) {
        String known =
                switch (to - from) {
                    case 3 -> b[from] == 'A' ? "ACK" : "BYE";
                    case 4 -> "INFO";
                    case 5 -> b[from] == 'P' && b[from + 1] == 'R' ? "PRACK" : "REFER";
                    case 6 -> b[from] == 'I' ? "INVITE" : b[from] == 'C' ? "CANCEL" : "NOTIFY";
                    case 7 -> b[from] == 'M' ? "MESSAGE" : b[from] == 'O' ? "OPTIONS" : "PUBLISH";
                    case 8 -> "REGISTER";
                    case 9 -> "SUBSCRIBE";
                    default -> "";
                };
        // RFC 3261 section 7.1: method names are compared with case.
        return Scan.same(b, from, to, known) ? known : Scan.text(b, from, to);
    }

    /** The Request-URI as it is written. */
    public String uri() {
        String known = uri;
        if (known == null) {
            known = Scan.text(form().start(), methodEnd + 1, uriEnd);
            uri = known;
        }
        return known;
    }

    public SipRequest withUri(String uri) {
        byte[] line = startingWith(method(), uri, VERSION);
        SipRequest request = copy(form().edited().withStart(line), line.length - VERSION.length);
        request.inherit(this, FieldName.OTHER);
        request.uri = uri;
        return request;
    }

    /**
     * What is left when only copies can come: the start line, Via, From, To, Call-ID, CSeq and
     * Route. Responses, the ACK to a refusal, a CANCEL and a dialog are made of no more. A skeleton
     * is its own.
     */
    public SipRequest skeleton() {
        Written whole = written();
        if (bare(whole)) {
            return this;
        }
        byte[] start = Arrays.copyOf(whole.bytes(), whole.fields().line(0));
        Written left = whole.picked(start, field -> kept(whole, field), NOTHING);
        return new SipRequest(left, methodEnd, uriEnd);
    }

    private static boolean bare(Written request) {
        for (int i = 0; i < request.fields().count(); i++) {
            if (!kept(request, i)) {
                return false;
            }
        }
        return request.bodyLength() == 0;
    }

    private static boolean kept(Written request, int field) {
        return naming(request, field) || request.fields().id(field) == FieldName.ROUTE;
    }

    /** Whether responses repeat this field (RFC 3261 section 8.2.6.2). */
    static boolean naming(Written request, int field) {
        return switch (request.fields().id(field)) {
            case FieldName.VIA, FieldName.FROM, FieldName.TO, FieldName.CALL_ID, FieldName.CSEQ ->
                    true;
            default -> false;
        };
    }

    /** 70 if there is none. */
    public int maxForwards() {
        Written written = holding(FieldName.MAX_FORWARDS, "Max-Forwards");
        Fields fields = written.fields();
        int field = fields.find(FieldName.MAX_FORWARDS, 0);
        return field < 0
                ? 70
                : (int)
                        Scan.number(
                                written.bytes(),
                                fields.value(field),
                                fields.valueEnd(field),
                                255,
                                "Max-Forwards");
    }
}
