package io.posthorn.sip.wire;

/** Bytes to messages. */
public final class SipParser {
    private SipParser() {}

    /**
     * Reads one whole message, head and body. Fields are indexed and the start line, the mandatory
     * fields and what could be read in two ways are checked; other values wait until they are asked
     * for.
     *
     * @throws SipSyntax if this is not a SIP message, or one that must be refused with 400
     */
    public static SipMessage<?> parse(byte[] message) {
        throw new UnsupportedOperationException("being written");
    }
}
