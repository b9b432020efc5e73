package io.posthorn.sip.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/** How digests are made, the better first. Source: RFC 8760 section 2.1. */
public enum Algorithm {
    SHA_256("SHA-256"),
    /** RFC 8760 section 2.1: only for those who know nothing else. */
    MD5("MD5");

    private final String token;

    Algorithm(String token) {
        this.token = token;
    }

    /**
     * @param token as on the wire, in any case; RFC 7616 section 3.3: none at all means MD5
     */
    static Optional<Algorithm> of(String token) {
        if (token.isEmpty()) return Optional.of(MD5);
        for (var algorithm : values())
            if (algorithm.token.equalsIgnoreCase(token)) return Optional.of(algorithm);
        return Optional.empty();
    }

    /** As on the wire. */
    @Override
    public String toString() {
        return token;
    }

    /** H(data) of RFC 7616 section 3.3: lower-case hexadecimal digits. */
    String hash(String text) {
        return HexFormat.of().formatHex(digest(text.getBytes(UTF_8)));
    }

    private byte[] digest(byte[] bytes) {
        try {
            return MessageDigest.getInstance(token).digest(bytes);
        } catch (NoSuchAlgorithmException missing) {
            // Every Java has both.
            throw new IllegalStateException(missing);
        }
    }

    /** H(A1) of RFC 7616 section 3.4.2: all that needs to be kept of a password. */
    public String secret(String username, String realm, String password) {
        return hash(username + ":" + realm + ":" + password);
    }

    /** RFC 7616 section 3.4.1, with {@code qop=auth}. */
    String response(
            String secret, String nonce, String count, String cnonce, String method, String uri) {
        var asked = hash(method + ":" + uri);
        return hash(String.join(":", secret, nonce, count, cnonce, DigestFields.QOP, asked));
    }
}
