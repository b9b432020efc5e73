package io.posthorn.sip.wire;

/**
 * A sequence number and its method.
 *
 * @param number 0 to 2^31 - 1
 */
public record CSeq(long number, String method) {
    @Override
    public String toString() {
        return number + " " + method;
    }
}
