package io.posthorn.sip.dialog;

/**
 * Why a call was cancelled or ended. Source: RFC 3326.
 *
 * @param protocol {@code SIP} or {@code Q.850}
 */
public record Reason(String protocol, int cause, String text) {

    public static Reason sip(int cause, String text) {
        return new Reason("SIP", cause, text);
    }

    /** As on the wire. */
    @Override
    public String toString() {
        return protocol + ";cause=" + cause + (text.isEmpty() ? "" : ";text=\"" + text + "\"");
    }
}
