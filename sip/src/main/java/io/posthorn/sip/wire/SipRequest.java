package io.posthorn.sip.wire;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A request. */
public final class SipRequest extends SipMessage<SipRequest> {

    private static final byte[] REST =
            " SIP/2.0\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII);

    private final int methodEnd;
    private final int uriEnd;
    private @Nullable String method;
    private @Nullable String uri;

    SipRequest(byte[] bytes, Fields fields, int methodEnd, int uriEnd) {
        super(bytes, fields);
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
        byte[] target = uriBytes(uri);
        byte[] bytes = new byte[method.length() + 1 + target.length + REST.length];
        byte[] name = method.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(name, 0, bytes, 0, name.length);
        bytes[name.length] = ' ';
        int uriEnd = name.length + 1 + target.length;
        System.arraycopy(target, 0, bytes, name.length + 1, target.length);
        System.arraycopy(REST, 0, bytes, uriEnd, REST.length);
        Fields fields = Fields.scan(bytes, uriEnd + 10, SipLimits.DEFAULT);
        return new SipRequest(bytes, fields, name.length, uriEnd);
    }

    private static byte[] uriBytes(String uri) {
        byte[] target = uri.getBytes(StandardCharsets.UTF_8);
        Scan.checkUri(target, 0, target.length);
        return target;
    }

    @Override
    SipRequest copy(byte[] bytes, Fields fields) {
        return new SipRequest(bytes, fields, methodEnd, uriEnd);
    }

    public String method() {
        String known = method;
        if (known == null) {
            known = method(bytes, 0, methodEnd);
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
        for (int i = 0; i < to - from; i++) {
            if (known.isEmpty() || b[from + i] != known.charAt(i)) {
                return Scan.text(b, from, to);
            }
        }
        return known;
    }

    /** The Request-URI as it is written. */
    public String uri() {
        String known = uri;
        if (known == null) {
            known = Scan.text(bytes, methodEnd + 1, uriEnd);
            uri = known;
        }
        return known;
    }

    public SipRequest withUri(String uri) {
        byte[] target = uriBytes(uri);
        int delta = target.length - (uriEnd - methodEnd - 1);
        return new SipRequest(
                spliced(methodEnd + 1, uriEnd, target),
                fields.moved(delta),
                methodEnd,
                uriEnd + delta);
    }

    /** 70 if there is none. */
    public int maxForwards() {
        int field = fields.find(FieldName.MAX_FORWARDS, 0);
        return field < 0
                ? 70
                : (int)
                        Scan.number(
                                bytes,
                                fields.value(field),
                                fields.valueEnd(field),
                                255,
                                "Max-Forwards");
    }
}
