package io.posthorn.sip.wire;

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
     * @throws SipSyntax if {@code text} is not one
     */
    public static NameAddr parse(String text) {
        throw new UnsupportedOperationException("being written");
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
        throw new UnsupportedOperationException("being written");
    }
}
