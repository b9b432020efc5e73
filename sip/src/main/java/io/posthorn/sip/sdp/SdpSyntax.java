package io.posthorn.sip.sdp;

/** A session description is wrong, or asks for what cannot be. */
public final class SdpSyntax extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;

    /**
     * @param status 400 if it cannot be read, 488 if it cannot be accepted
     * @param what one line in plain ASCII; goes into a Warning 399
     */
    public SdpSyntax(int status, String what) {
        super(what, null, false, false);
        this.status = status;
    }

    static SdpSyntax unreadable(String what) {
        return new SdpSyntax(400, what);
    }

    static SdpSyntax unacceptable(String what) {
        return new SdpSyntax(488, what);
    }

    /** What the request with it is answered: 400 or 488. */
    public int status() {
        return status;
    }

    /** For the answer's Warning 399. */
    public String warning() {
        return String.valueOf(getMessage());
    }
}
