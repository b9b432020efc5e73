package io.posthorn.sip.wire;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * An address with an optional display name and parameters: From, To, Contact, Route,
 * P-Asserted-Identity.
 *
 * @param display without quotes; empty if there is none
 * @param uri as it is written
 */
public record NameAddr(String display, String uri, Params params) {

    public static NameAddr of(String uri) {
        return new NameAddr("", uri, Params.NONE);
    }

    /**
     * One address; split lists first with {@link SipMessage#values}.
     *
     * @throws SipSyntax if {@code text} is not one
     */
    public static NameAddr parse(String text) {
        byte[] b = text.getBytes(StandardCharsets.UTF_8);
        return parse(b, 0, b.length);
    }

    static NameAddr parse(byte[] b, int from, int to) {
        Scan.Address at = new Scan.Address();
        int end = Scan.address(b, from, to, at);
        if (end < to) {
            throw new SipSyntax(end, "comma after an address");
        }
        return new NameAddr(
                at.displayFrom < 0 ? "" : Scan.unquoted(Scan.text(b, at.displayFrom, at.displayTo)),
                Scan.text(b, at.uriFrom, at.uriTo),
                Params.of(at.params));
    }

    public Optional<String> tag() {
        return params.get("tag");
    }

    public NameAddr withTag(String tag) {
        return new NameAddr(display, uri, params.with("tag", tag));
    }

    /** As on the wire, always with angle brackets. */
    @Override
    public String toString() {
        String address = "<" + uri + ">" + params;
        return display.isEmpty() ? address : Scan.quotedText(display) + " " + address;
    }
}
