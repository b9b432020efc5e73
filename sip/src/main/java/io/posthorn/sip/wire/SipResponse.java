package io.posthorn.sip.wire;

import io.posthorn.sip.wire.Form.Written;
import java.nio.charset.StandardCharsets;

/** A response. */
public final class SipResponse extends SipMessage<SipResponse> {

    private static final Written NO_BODY = Written.of("Content-Length: 0\r\n\r\n");

    private final int code;

    SipResponse(Form form, int code) {
        super(form);
        this.code = code;
    }

    /**
     * An answer to {@code request}: its Via, From, To, Call-ID and CSeq, and Content-Length 0. The
     * To tag is added by the transaction or the dialog, if there is none. The reason phrase is the
     * standard's for {@code code}.
     */
    public static SipResponse to(SipRequest request, int code) {
        return to(request, code, phrase(code));
    }

    /** As {@link #to(SipRequest, int)}, with another reason phrase. */
    public static SipResponse to(SipRequest request, int code, String reason) {
        Written asked = request.written();
        Written answer =
                asked.picked(startLine(code, reason), field -> copied(asked, field, code), NO_BODY);
        SipResponse response = new SipResponse(answer, code);
        response.inherit(request, FieldName.OTHER);
        return response;
    }

    private static boolean copied(Written asked, int field, int code) {
        return switch (asked.fields().id(field)) {
            // RFC 3261 section 8.2.6.1: a 100 repeats the Timestamp.
            case FieldName.OTHER ->
                    code == 100 && asked.fields().named(asked.bytes(), field, "Timestamp");
            default -> SipRequest.naming(asked, field);
        };
    }

    static byte[] startLine(int code, String reason) {
        if (code < 100 || code > 699) {
            throw new SipSyntax(8, "status code " + code);
        }
        for (int i = 0; i < reason.length(); i++) {
            if (reason.charAt(i) < ' ' || reason.charAt(i) == 0x7f) {
                throw new SipSyntax(12 + i, "control character in a reason phrase");
            }
        }
        return ("SIP/2.0 " + code + " " + reason + "\r\n").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    SipResponse copy(Form form) {
        return new SipResponse(form, code);
    }

    public int code() {
        return code;
    }

    /** The reason phrase; often empty. For people: decisions go by {@link #code()}. */
    public String reason() {
        Written written = written();
        int end = written.fields().line(0) - 2;
        return end <= 12 ? "" : Scan.text(written.bytes(), 12, end).strip();
    }

    /** The same response with another status line. */
    public SipResponse withStatus(int code, String reason) {
        SipResponse response =
                new SipResponse(form().edited().withStart(startLine(code, reason)), code);
        response.inherit(this, FieldName.OTHER);
        return response;
    }

    public boolean provisional() {
        return code() < 200;
    }

    public boolean success() {
        return code() / 100 == 2;
    }

    /** The standard's reason phrase; for others that of the class. */
    public static String phrase(int code) {
        return switch (code) {
            case 100 -> "Trying";
            case 180 -> "Ringing";
            case 181 -> "Call Is Being Forwarded";
            case 182 -> "Queued";
            case 183 -> "Session Progress";
            case 199 -> "Early Dialog Terminated";
            case 200 -> "OK";
            case 202 -> "Accepted";
            case 204 -> "No Notification";
            case 300 -> "Multiple Choices";
            case 301 -> "Moved Permanently";
            case 302 -> "Moved Temporarily";
            case 305 -> "Use Proxy";
            case 380 -> "Alternative Service";
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 402 -> "Payment Required";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 406 -> "Not Acceptable";
            case 407 -> "Proxy Authentication Required";
            case 408 -> "Request Timeout";
            case 410 -> "Gone";
            case 412 -> "Conditional Request Failed";
            case 413 -> "Request Entity Too Large";
            case 414 -> "Request-URI Too Long";
            case 415 -> "Unsupported Media Type";
            case 416 -> "Unsupported URI Scheme";
            case 417 -> "Unknown Resource-Priority";
            case 420 -> "Bad Extension";
            case 421 -> "Extension Required";
            case 422 -> "Session Interval Too Small";
            case 423 -> "Interval Too Brief";
            case 424 -> "Bad Location Information";
            case 428 -> "Use Identity Header";
            case 429 -> "Provide Referrer Identity";
            case 430 -> "Flow Failed";
            case 433 -> "Anonymity Disallowed";
            case 436 -> "Bad Identity Info";
            case 437 -> "Unsupported Credential";
            case 438 -> "Invalid Identity Header";
            case 439 -> "First Hop Lacks Outbound Support";
            case 440 -> "Max-Breadth Exceeded";
            case 469 -> "Bad Info Package";
            case 470 -> "Consent Needed";
            case 480 -> "Temporarily Unavailable";
            case 481 -> "Call/Transaction Does Not Exist";
            case 482 -> "Loop Detected";
            case 483 -> "Too Many Hops";
            case 484 -> "Address Incomplete";
            case 485 -> "Ambiguous";
            case 486 -> "Busy Here";
            case 487 -> "Request Terminated";
            case 488 -> "Not Acceptable Here";
            case 489 -> "Bad Event";
            case 491 -> "Request Pending";
            case 493 -> "Undecipherable";
            case 494 -> "Security Agreement Required";
            case 500 -> "Server Internal Error";
            case 501 -> "Not Implemented";
            case 502 -> "Bad Gateway";
            case 503 -> "Service Unavailable";
            case 504 -> "Server Time-out";
            case 505 -> "Version Not Supported";
            case 513 -> "Message Too Large";
            case 580 -> "Precondition Failure";
            case 600 -> "Busy Everywhere";
            case 603 -> "Decline";
            case 604 -> "Does Not Exist Anywhere";
            case 606 -> "Not Acceptable";
            case 607 -> "Unwanted";
            case 608 -> "Rejected";
            default -> ofClass(code);
        };
    }

    private static String ofClass(int code) {
        return switch (code / 100) {
            case 1 -> "Session Progress";
            case 2 -> "OK";
            case 3 -> "Redirection";
            case 4 -> "Bad Request";
            case 5 -> "Server Internal Error";
            default -> "Decline";
        };
    }
}
