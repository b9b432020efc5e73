package io.posthorn.sip.wire;

/** A response. */
public final class SipResponse extends SipMessage<SipResponse> {

    SipResponse() {}

    /**
     * An answer to {@code request}: its Via, From, To, Call-ID and CSeq, and Content-Length 0. The
     * To tag is added by the transaction or the dialog, if there is none. The reason phrase is the
     * standard's for {@code code}.
     */
    public static SipResponse to(SipRequest request, int code) {
        throw new UnsupportedOperationException("being written");
    }

    public int code() {
        throw new UnsupportedOperationException("being written");
    }

    public String reason() {
        throw new UnsupportedOperationException("being written");
    }

    public boolean provisional() {
        return code() < 200;
    }

    public boolean success() {
        return code() / 100 == 2;
    }
}
