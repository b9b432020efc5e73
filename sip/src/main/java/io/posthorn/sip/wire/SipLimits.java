package io.posthorn.sip.wire;

/**
 * How large a message may be.
 *
 * @param fields field lines in a head
 * @param line bytes of one field, folded lines included
 * @param head bytes of start line and fields
 * @param body bytes of the body
 */
public record SipLimits(int fields, int line, int head, int body) {

    // Ours: RFC 3261 names no values. Heads of IMS requests stay under 4 KiB.
    public static final SipLimits DEFAULT = new SipLimits(128, 8_192, 16_384, 65_536);

    /** Of responses: that to a REGISTER names all devices of a user, a hundred at most. */
    public static final SipLimits RESPONSE = new SipLimits(128, 8_192, 65_536, 65_536);

    /** Those of the message that begins at {@code from}. */
    public static SipLimits of(byte[] message, int from) {
        return SipParser.isResponse(message, from) ? RESPONSE : DEFAULT;
    }
}
