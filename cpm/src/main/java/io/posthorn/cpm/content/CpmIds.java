package io.posthorn.cpm.content;

import io.posthorn.strand.Entropy;
import java.util.List;

/**
 * What names a message in SIP, on every leg and in every stored object.
 *
 * @param conversation the same for everything that two people say to each other
 * @param contribution one per message, file or session
 *     <p>Source: OMA CPM Conv Appendix C.
 */
public record CpmIds(String conversation, String contribution) {

    /** Their header fields, in this order. */
    public static final List<String> FIELDS = List.of("Conversation-ID", "Contribution-ID");

    public static CpmIds fresh(Entropy entropy) {
        return new CpmIds(uuid(entropy), uuid(entropy));
    }

    /** A random UUID in lower case, RFC 9562 version 4. */
    public static String uuid(Entropy entropy) {
        var hex = new StringBuilder(entropy.hex(128));
        hex.setCharAt(12, '4');
        hex.setCharAt(16, "89ab".charAt(Character.digit(hex.charAt(16), 16) & 3));
        return hex.insert(20, '-').insert(16, '-').insert(12, '-').insert(8, '-').toString();
    }
}
