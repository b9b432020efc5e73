package io.posthorn.sip.wire;

/** Bytes are wrong: what, and where. Quoted and shortened, never a body. */
public final class SipSyntax extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int position;
    private final int status;

    /**
     * @param position offset in the message, or in the value if only that is known
     */
    public SipSyntax(int position, String what) {
        this(400, position, what);
    }

    /**
     * @param status what a request with this fault is answered: 400, 413, 416, 505 or 513
     */
    public SipSyntax(int status, int position, String what) {
        super(what + " at " + position, null, false, false);
        this.position = position;
        this.status = status;
    }

    public int position() {
        return position;
    }

    /** What a request with this fault is answered; a response with one is dropped. */
    public int status() {
        return status;
    }
}
