package io.posthorn.sip.sdp;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * The digest of the certificate that the peer will show. Source: RFC 8122 section 5.
 *
 * @param hash {@code sha-256}, {@code sha-384} or {@code sha-512}
 * @param hex upper case, with colons
 */
public record Fingerprint(String hash, String hex) {

    private static final HexFormat COLONS = HexFormat.ofDelimiter(":").withUpperCase();

    /**
     * @throws SdpSyntax if the digest is weak (MD5, SHA-1), or its length or its digits are wrong
     */
    public static Fingerprint parse(String text) {
        List<String> words = Lines.words(text, 3);
        if (words.size() != 2) {
            throw SdpSyntax.unacceptable("a=fingerprint without a digest");
        }
        String hash = words.getFirst().toLowerCase(Locale.ROOT);
        int size =
                switch (hash) {
                    case "sha-256" -> 32;
                    case "sha-384" -> 48;
                    case "sha-512" -> 64;
                    default -> throw SdpSyntax.unacceptable("a=fingerprint with a weak digest");
                };
        String hex = words.getLast().toUpperCase(Locale.ROOT);
        if (hex.length() != size * 3 - 1 || !hexWithColons(hex)) {
            throw SdpSyntax.unacceptable("a=fingerprint of a wrong form");
        }
        return new Fingerprint(hash, hex);
    }

    private static boolean hexWithColons(String hex) {
        for (int i = 0; i < hex.length(); i++) {
            char c = hex.charAt(i);
            boolean legal = i % 3 == 2 ? c == ':' : HexFormat.isHexDigit(c);
            if (!legal) {
                return false;
            }
        }
        return true;
    }

    /**
     * The SHA-256 of a certificate.
     *
     * @param certificate DER
     */
    public static Fingerprint of(byte[] certificate) {
        return new Fingerprint("sha-256", COLONS.formatHex(digest("sha-256", certificate)));
    }

    /**
     * @param certificate DER
     */
    public boolean matches(byte[] certificate) {
        return MessageDigest.isEqual(COLONS.parseHex(hex), digest(hash, certificate));
    }

    private static byte[] digest(String hash, byte[] bytes) {
        try {
            return MessageDigest.getInstance(hash.toUpperCase(Locale.ROOT)).digest(bytes);
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("this JDK has no " + hash, missing);
        }
    }

    @Override
    public String toString() {
        return hash + " " + hex;
    }
}
