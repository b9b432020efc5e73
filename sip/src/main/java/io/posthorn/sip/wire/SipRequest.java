package io.posthorn.sip.wire;

/** A request. */
public final class SipRequest extends SipMessage<SipRequest> {

    SipRequest() {}

    /** A new request with Max-Forwards 70 and Content-Length 0 and nothing else. */
    public static SipRequest of(String method, String uri) {
        throw new UnsupportedOperationException("being written");
    }

    public String method() {
        throw new UnsupportedOperationException("being written");
    }

    /** The Request-URI as it is written. */
    public String uri() {
        throw new UnsupportedOperationException("being written");
    }

    public SipRequest withUri(String uri) {
        throw new UnsupportedOperationException("being written");
    }

    /** 70 if there is none. */
    public int maxForwards() {
        throw new UnsupportedOperationException("being written");
    }
}
