package io.posthorn.sip.wire;

/** Bytes are wrong: what, and where. Quoted and shortened, never a body. */
public final class SipSyntax extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int position;

    /**
     * @param position offset in the message, or in the value if only that is known
     */
    public SipSyntax(int position, String what) {
        super(what + " at " + position, null, false, false);
        this.position = position;
    }

    public int position() {
        return position;
    }
}
