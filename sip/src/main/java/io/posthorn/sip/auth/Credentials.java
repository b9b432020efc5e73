package io.posthorn.sip.auth;

import io.posthorn.sip.wire.SipSyntax;

/**
 * A value of Authorization or Proxy-Authorization.
 *
 * @param count {@code nc}: eight hexadecimal digits, how often this nonce was used
 */
record Credentials(
        String username,
        String realm,
        String nonce,
        String uri,
        String response,
        Algorithm algorithm,
        String cnonce,
        String count,
        String opaque) {

    /**
     * @throws SipSyntax if {@code value} is not one, is of an unknown algorithm, or does not count
     *     its nonces: RFC 7616 section 3.4 lets nobody leave {@code qop} out
     */
    static Credentials parse(String value) {
        var fields = DigestFields.parse(value);
        var algorithm =
                Algorithm.of(fields.getOrDefault("algorithm", ""))
                        .orElseThrow(() -> new SipSyntax(0, "unknown algorithm"));
        if (!fields.getOrDefault("qop", "").equals(DigestFields.QOP))
            throw new SipSyntax(0, "credentials without qop=auth");
        var count = fields.getOrDefault("nc", "");
        if (!count.matches("[0-9a-fA-F]{8}")) throw new SipSyntax(0, "nc not of eight digits");
        for (var name : new String[] {"username", "realm", "nonce", "uri", "response", "cnonce"})
            if (fields.getOrDefault(name, "").isEmpty())
                throw new SipSyntax(0, "credentials without " + name);
        return new Credentials(
                fields.getOrDefault("username", ""),
                fields.getOrDefault("realm", ""),
                fields.getOrDefault("nonce", ""),
                fields.getOrDefault("uri", ""),
                fields.getOrDefault("response", ""),
                algorithm,
                fields.getOrDefault("cnonce", ""),
                count,
                fields.getOrDefault("opaque", ""));
    }

    /** How often the nonce was used, this time included. */
    long times() {
        return Long.parseLong(count, 16);
    }

    /** As on the wire. */
    @Override
    public String toString() {
        return "Digest username="
                + DigestFields.quote(username)
                + ", realm="
                + DigestFields.quote(realm)
                + ", nonce="
                + DigestFields.quote(nonce)
                + ", uri="
                + DigestFields.quote(uri)
                + ", response=\""
                + response
                + "\", algorithm="
                + algorithm
                + ", cnonce="
                + DigestFields.quote(cnonce)
                + ", qop="
                + DigestFields.QOP
                + ", nc="
                + count
                + (opaque.isEmpty() ? "" : ", opaque=" + DigestFields.quote(opaque));
    }
}
